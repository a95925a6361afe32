/**
 * The gallery in a real Chromium: a marketer fills in the blanks of a ready campaign, another person approves it, and it is launched, all in the console.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { customers, defineBasics, importCustomers } from '../support/campaigns.js';
import { openBrowser, type Visit, type VisitOptions } from '../support/chromium.js';
import { Guests, judge } from '../support/console-guests.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const VIEWS: (VisitOptions & { item: string; use: string; words: Record<string, string> })[] = [
  {
    language: 'ko',
    size: { width: 1_280, height: 800 },
    item: 'event-winners',
    use: '이벤트 당첨자 보상: 사용',
    words: {
      segment: '당첨자 명단',
      budget: '보상 예산',
      provider: '보상을 지급할 제공사',
      gateway: '메시지를 보낼 게이트웨이',
      amount: '보상 금액 (KRW)',
      key: '키',
      make: '초안 만들기',
      check: '오류 확인',
      approve: '승인',
    },
  },
  {
    language: 'en',
    dark: true,
    size: { width: 1_920, height: 1_080 },
    item: 'event-winners',
    use: 'Winners of an event, with a reward: Use',
    words: {
      segment: 'Uploaded list of winners',
      budget: 'Budget of the rewards',
      provider: 'Provider that pays',
      gateway: 'Gateway that carries the messages',
      amount: 'Reward (KRW)',
      key: 'Key',
      make: 'Make the draft',
      check: 'Check for faults',
      approve: 'Approve',
    },
  },
];

needs('chromium')('the gallery on the console', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;
  beforeAll(async () => {
    [stack, browser] = await Promise.all([Stack.start({ epoch: '2026-03-03T10:00:00+09:00' }), openBrowser()]);
    guests = new Guests(stack, browser);
    await defineBasics(stack);
    await importCustomers(
      stack,
      customers(7, () => ({ consents: { 'push:information': true } })),
    );
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  it.each(VIEWS)('makes a campaign that is approved by another and paid out, in $language', async (view) => {
    const { item, use, words, language } = view;
    const field = (name: string) => marketer.page.getByLabel(words[name] as string, { exact: false }).first();
    const button = ({ page }: Visit, name: string) => page.getByRole('button', { name: words[name], exact: true });
    const marketer = await guests.comesIn(['marketer'], view);
    await marketer.page.goto(new URL('/gallery', stack.api.url).href);
    await marketer.page.getByRole('link', { name: use }).waitFor();
    await judge(marketer, `gallery-${language}`);
    await marketer.page.getByRole('link', { name: use }).click();

    const key = `${item}-${language}`;
    await field('key').fill('No Key');
    await field('amount').fill('1,234');
    for (const [name, value] of [
      ['segment', 'everyone'],
      ['budget', 'main'],
      ['provider', 'sim-pay'],
      ['gateway', 'sim-gate'],
    ] as const)
      await field(name).selectOption(value);
    await button(marketer, 'make').click();
    await marketer.page
      .getByText(language === 'ko' ? 'a-z 0-9 - 1~40자여야 합니다' : 'is 1 to 40 of a-z 0-9 -')
      .waitFor();
    // the refusal is the browser's own, too
    marketer.complaints.splice(0);
    await judge(marketer, `gallery-fill-${language}`);
    await field('key').fill(key);
    await button(marketer, 'make').click();
    await marketer.page.waitForURL(`**/campaigns/${key}`);
    await button(marketer, 'check').click();

    const approver = await guests.comesIn(['approver'], view);
    await approver.page.goto(new URL(`/campaigns/${key}`, stack.api.url).href);
    await button(approver, 'approve').first().click();
    await approver.page.getByRole('dialog').locator('button[type=submit]').click();
    await approver.page.getByRole('dialog').waitFor({ state: 'detached' });
    await until('it is approved', async () => (await stack.ok('GET', `/v1/campaigns/${key}`)).state === 'approved');

    await stack.ok('POST', `/v1/campaigns/${key}/launch`, {}, { as: 'marketer', headers: { 'idempotency-key': key } });
    await until('everybody is paid', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from payouts where campaign = $1 and state = 'paid' and amount = 1234`,
        [key],
      );
      return Number(n) === 7;
    });
    expect([marketer.complaints, approver.complaints]).toEqual([[], []]);
  });
});
