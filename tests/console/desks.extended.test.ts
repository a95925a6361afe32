/**
 * The console in a real Chromium on a real installation, its network closed: somebody signs in by a one-time link, does the main jobs of each desk in
 * both languages, and what a page may never do it does not.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { customers, defineBasics, importCustomers, launch, respond, twoWaves } from '../support/campaigns.js';
import { openBrowser, type VisitOptions } from '../support/chromium.js';
import { decide, Guests, HOSTILE, judge } from '../support/console-guests.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';
import { payoutDecisionCases } from './payout-decisions.cases.js';

const EPOCH = '2026-03-03T10:00:00+09:00';
const COUNT = 48;
const BUYERS = 12;
/** Each language has a campaign of its own to launch, a queue of its own to clear, and somebody of its own to erase. */
const VIEWS: (VisitOptions & { campaign: string; queue: string; gone: string })[] = [
  { language: 'ko', size: { width: 1_280, height: 800 }, campaign: 'summer', queue: 'odd-pay', gone: 'gone-1' },
  {
    language: 'en',
    dark: true,
    size: { width: 1_920, height: 1_080 },
    campaign: 'autumn',
    queue: 'even-pay',
    gone: 'gone-2',
  },
];
/** A campaign that nobody has ever entered. */
const NEVER = 'winter';

needs('chromium')('the console', () => {
  let stack: Stack;
  let browser: Browser;
  let run: string;
  let guests: Guests;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([Stack.start({ epoch: EPOCH }), openBrowser()]);
    guests = new Guests(stack, browser);
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    run = await launch(stack, {
      ...twoWaves({ key: 'spring', span: 'P2D' }),
      name: '봄맞이 캐시백',
      payoutApproval: 'always',
      hypothesis: '봄 소식을 받은 고객은 이틀 안에 더 많이 산다.',
    });
    await until('everybody waits', async () => (await stack.simulator.gateway.readBook()).length === COUNT);
    await respond(
      stack,
      customers(BUYERS).map(({ id }) => id),
    );
    await until('all have earned', async () => {
      const { n } = await stack.one<{ n: string }>("select count(*) as n from payouts where state = 'held'");
      return Number(n) === BUYERS;
    });
    // who has not consented is not counted among those who would get something
    const silent = { consents: { 'email:advertising': false }, addresses: { email: 'gone@example.com' } };
    await importCustomers(
      stack,
      VIEWS.map(({ gone: id }) => ({ id, ...silent, attributes: { name: HOSTILE } })),
    );
    for (const key of [...VIEWS.map(({ campaign }) => campaign), NEVER]) {
      const draft = { ...twoWaves({ key, span: 'P2D' }), name: `${HOSTILE} ${key}` };
      await stack.ok('PUT', `/v1/campaigns/${key}`, draft, { as: 'marketer', headers: { 'if-none-match': '*' } });
    }
    const raise = { kind: 'raise', amount: { value: '250000', currency: 'KRW' }, reason: 'more guests than planned' };
    await stack.ok('POST', '/v1/budgets/main/changes', raise, { as: 'finance' });
    for (const { queue } of VIEWS) {
      await stack.pool.query(
        `insert into queues (kind, name, shard, attention, attention_at)
         values ('payout', $1, 0, 'undocumented answer 402', clock_timestamp())`,
        [queue],
      );
    }
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  const title = (page: Page) => page.locator('h1');

  describe.each(VIEWS)('in $language', (options) => {
    const korean = options.language === 'ko';
    const named = (name: string) => `${name}-${options.language}`;

    it('shows the operator what needs somebody, and lets a stopped queue go on', async () => {
      const came = await guests.comesIn(['operator'], options);
      const { page } = came;
      await page.locator('[data-code=payout_unapproved]').waitFor();
      expect(await title(page).textContent()).toBe(korean ? '확인 필요' : 'Attention');
      await judge(came, named('attention'));
      const stopped = page.locator('[data-code=queue_stopped]', { hasText: options.queue });
      await stopped.getByRole('button').click();
      await decide(page, 'they have mended it', named('clear'), came);
      await stopped.waitFor({ state: 'detached' });
      await page.goto('/switches');
      await page.locator('section').first().waitFor();
      await judge(came, named('switches'));
    });

    it('lets a campaign be checked, approved by another, and launched to a count of people', async () => {
      const marketer = await guests.comesIn(['marketer'], options);
      const { page } = marketer;
      await page.goto(`/campaigns/${options.campaign}`);
      await page.getByRole('button', { name: korean ? '오류 확인' : 'Check for faults' }).click();
      await page.locator('[data-state=validated]').waitFor();
      expect(await page.getByRole('button', { name: korean ? '승인' : 'Approve' }).count()).toBe(0);
      expect(await title(page).textContent()).toBe(`${HOSTILE} ${options.campaign}`);
      const approver = await guests.comesIn(['approver'], options);
      await approver.page.goto(`/campaigns/${options.campaign}`);
      await approver.page.getByRole('button', { name: korean ? '승인' : 'Approve' }).click();
      // somebody changes it while the dialog shows what it was
      const at = `/v1/campaigns/${options.campaign}`;
      const { draft } = await stack.ok('GET', at);
      const edited = { ...draft, kpiTarget: 'more' };
      await stack.ok('PUT', at, edited, { as: 'marketer', headers: { 'if-match': '"1"' } });
      await stack.ok('POST', `${at}/validate`, undefined, { as: 'marketer' });
      const dialog = approver.page.getByRole('dialog');
      await dialog
        .getByText(korean ? '이 창을 연 뒤에 내용이 바뀌었습니다' : 'It has changed since you opened this')
        .waitFor();
      expect(await dialog.locator('button[type=submit]').isDisabled()).toBe(true);
      await approver.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await approver.page.getByRole('button', { name: korean ? '승인' : 'Approve' }).click();
      await decide(approver.page, null, named('approve'), approver);
      await approver.page.locator('[data-state=approved]').waitFor();
      await page.reload();
      await page.getByRole('button', { name: korean ? `${COUNT}명에게 발송` : `Launch to ${COUNT} people` }).click();
      await decide(page, null, named('launch'), marketer);
      await page.waitForURL(/\/runs\//);
      await page
        .getByText(korean ? '진행 중' : 'Running', { exact: true })
        .first()
        .waitFor();
      await page.getByRole('button', { name: korean ? '일시 정지' : 'Pause' }).click();
      await decide(page, 'a wrong picture', named('pause'), marketer);
      await page.locator('[data-state=paused]').waitFor();
      await page.getByRole('button', { name: korean ? '다시 진행' : 'Resume' }).click();
      await decide(page, 'the right picture', named('resume'), marketer);
      await page.locator('[data-state=paused]').waitFor({ state: 'detached' });
      expect(marketer.complaints).toEqual([]);
      expect(await page.title()).not.toBe('1');
    });

    it('shows the marketer campaigns and a live run whose sums add up', async () => {
      const came = await guests.comesIn(['marketer'], options);
      const { page } = came;
      await page.getByRole('link', { name: '봄맞이 캐시백' }).waitFor();
      await judge(came, named('campaigns'));
      await page.getByRole('link', { name: '봄맞이 캐시백' }).click();
      await page.getByRole('link', { name: run }).waitFor();
      await judge(came, named('campaign'));
      await page.getByRole('link', { name: run }).click();
      await page.locator('[data-stage=branch]').waitFor();
      const stages = await page
        .locator('[data-stage]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-stage')));
      expect(stages).toEqual(['trigger', 'audience', 'eligibility', 'offer', 'ledger', 'response', 'branch']);
      expect(await page.locator('[data-stage=audience]').textContent()).toContain(String(COUNT));
      expect(await page.locator('[data-adds=true]').count()).toBeGreaterThan(4);
      expect(await page.locator('[data-adds=false]').count()).toBe(0);
      await judge(came, named('run'));
    });

    it('shows why a customer got what they got, and everything about them; another one is erased', async () => {
      const came = await guests.comesIn(['operator'], options);
      const { page } = came;
      const [buyer = { id: '' }] = customers(1);
      await until('nothing is on its way', async () => {
        const { n } = await stack.one<{ n: string }>(
          `select count(*) as n from outbox where state in ('queued', 'submitting', 'ambiguous')`,
        );
        return n === '0';
      });
      await page.goto(`/customers/${buyer.id}`);
      await page.locator('[data-kind=payout]').first().waitFor();
      await page.locator('[data-outcome=accepted]').waitFor();
      const stages = await page
        .locator('.why > [data-stage]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-stage')));
      expect(stages).toEqual(['trigger', 'audience', 'eligibility', 'offer', 'ledger', 'response', 'branch']);
      expect(await page.locator('[data-stage=eligibility] [data-code=consent]').allTextContents()).toEqual(
        expect.arrayContaining([expect.stringContaining('granted')]),
      );
      await judge(came, named('customer'));
      // what the API says, the page says: never entered, judged today
      await page.goto(`/customers/${buyer.id}?campaign=${NEVER}`);
      await page.getByText(korean ? '이 캠페인에 들어온 적이 없습니다' : 'Never entered this campaign').waitFor();
      await judge(came, named('customer-never'));
      await page.goto('/customers');
      await page.getByLabel(korean ? '고객 번호' : 'Customer id').fill(options.gone);
      await page.getByRole('button', { name: korean ? '열기' : 'Open' }).click();
      await page.locator('[data-state=active]').waitFor();
      await page.getByText(HOSTILE).waitFor();
      expect(await page.title()).not.toBe('1');
      await page.getByRole('button', { name: korean ? '개인정보 삭제' : 'Erase' }).click();
      await decide(page, 'they asked for it', named('erase'), came);
      await page.locator('[data-state=withdrawn]').first().waitFor();
      const { addresses } = await stack.ok('GET', `/v1/customers/${options.gone}`);
      expect(addresses).toEqual({});
      await page.goto('/customers/nobody-1');
      await page.getByRole('alert').waitFor();
      expect(await page.getByRole('alert').count()).toBe(1);
    });

    it('shows finance payouts, approvals, budgets and the books', async () => {
      const came = await guests.comesIn(['finance'], options);
      const { page } = came;
      await page.getByText('more guests than planned').waitFor();
      await judge(came, named('approvals'));
      await page.goto('/payouts?state=held');
      await page
        .locator('tbody [data-state=held]')
        .nth(BUYERS - 2)
        .waitFor();
      await judge(came, named('payouts'));
      await page.locator('tbody a').first().click();
      await page.getByText(korean ? '장부 기록' : 'In the books').waitFor();
      await judge(came, named('payout'));
      await page.getByRole('button', { name: korean ? '승인' : 'Approve', exact: true }).click();
      await decide(page, 'looks right', named('payout-approve'), came);
      await page.locator('h1 + * [data-state=paid], [data-state=paid]').first().waitFor();
      await page.goto('/budgets');
      await page.getByText('₩1,000,000,000').first().waitFor();
      await judge(came, named('budgets'));
      await page.goto('/trial-balance');
      await page.locator('[data-balanced=true]').waitFor();
      await judge(came, named('trial-balance'));
      await page.locator('tbody a').first().click();
      await page.locator('tbody tr').first().waitFor();
      await judge(came, named('account'));
    });
  });

  describe.each(VIEWS)('as two of finance, in $language', (options) => {
    payoutDecisionCases(() => ({ stack, guests }), options);
  });

  it('shows nobody what their roles may not do, and lets nobody in without a session', async () => {
    const came = await guests.comesIn(['approver'], { language: 'en' });
    const { page } = came;
    expect(await page.locator('nav').getByRole('link').allTextContents()).toEqual([
      'Pado',
      'Campaigns',
      'Gallery',
      'Segments',
      'Messages',
      'Runs',
      'Calendar',
    ]);
    await page.goto(`/runs/${run}`);
    await page.locator('[data-stage=branch]').waitFor();
    expect(await page.getByRole('button', { name: /Pause|Stop/ }).count()).toBe(0);
    await page.goto('/trial-balance');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('Your roles do not allow that');
    await page.getByRole('button', { name: /^Person/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in/);
    await judge(came, 'sign-in-en');
    await page.goto('/payouts');
    await page.waitForURL(/\/sign-in/);
    await page.goto('/sign-in#token=used-before');
    await page.getByRole('alert').waitFor();
    expect(new URL(page.url()).hash).toBe('');
  });

  it('is found by ⌘K, and by keys alone', async () => {
    const came = await guests.comesIn(['admin'], { language: 'ko' });
    const { page } = came;
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('본문으로 건너뛰기');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill('봄맞이');
    await page.getByRole('button', { name: /봄맞이 캐시백/ }).waitFor();
    await judge(came, 'search-ko');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/campaigns\/spring/);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByText('Whom it reaches').first().waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.getByRole('button', { name: 'Dark' }).click();
    await judge(came, 'campaign-dark-en');
  });
});
