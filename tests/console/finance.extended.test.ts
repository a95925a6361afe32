/**
 * The desk of finance in a real Chromium on a real installation: a settlement that differs is worked off by two persons until its day is matched, a
 * month is closed by two and its statement verified by the program for outsiders, a lucky box is closed and its draws computed again in the browser.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { main as verifyStatement } from '../../src/verifier/verify-statement.js';
import { customers, defineBasics, importCustomers, launch, respond, twoWaves } from '../support/campaigns.js';
import { openBrowser, type Visit, type VisitOptions } from '../support/chromium.js';
import { decide, Guests, HOSTILE, judge } from '../support/console-guests.js';
import { BOX, BOX_ENV, drawAll } from '../support/lucky-box.js';
import { differing, writeSettlements } from '../support/settlement-folder.js';
import { KEY } from '../support/signed-ledger.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

/** Three minutes and a half before the month is over: the payments are of March, and its closing of April. */
const EPOCH = '2026-03-31T23:56:30+09:00';
const APRIL = Date.parse('2026-04-01T00:00:00+09:00');
const BUYERS = 3;
const KEYS = { PADO_LEDGER_KEYS: Buffer.alloc(32, 1).toString('base64'), ...BOX_ENV };
const ZONE = 'Asia/Seoul';
/** Each language has a provider of its own. */
const VIEWS: (VisitOptions & { provider: string })[] = [
  { language: 'ko', size: { width: 1_280, height: 800 }, provider: 'sim-pay' },
  { language: 'en', dark: true, size: { width: 1_920, height: 1_080 }, provider: 'bank-pay' },
];

needs('chromium')('the desk of finance', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;
  const folder = mkdtempSync(join(tmpdir(), 'pado-finance-'));

  beforeAll(async () => {
    const simulator = { providers: VIEWS.map(({ provider }) => ({ name: provider })), gateways: [{}] };
    const env = { api: KEYS, worker: KEYS };
    [stack, browser] = await Promise.all([Stack.start({ epoch: EPOCH, simulator, env }), openBrowser()]);
    guests = new Guests(stack, browser);
    await defineBasics(stack);
    const night = { consents: { 'push:advertising': { granted: true, night: true } } };
    const buyers = customers(BUYERS, () => night);
    await importCustomers(stack, buyers);
    for (const { provider } of VIEWS) await launch(stack, twoWaves({ key: `of-${provider}`, provider, span: 'P2D' }));
    await until('everybody waits', async () => (await stack.simulator.gateway.readBook()).length === 2 * BUYERS);
    const ids = buyers.map(({ id }) => id);
    await respond(stack, ids);
    await until('all are paid', async () => {
      const { n } = await stack.one<{ n: string }>("select count(*) as n from payouts where state = 'paid'");
      return Number(n) === 2 * BUYERS;
    });
    await drawAll(stack, 'everyone');
    await stack.ok('POST', '/v1/campaigns/lucky/end', { reason: 'over' }, { as: 'marketer' });
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
    rmSync(folder, { recursive: true });
  });

  const settle = (name: string) => {
    const provider = stack.simulator.providers.find((one) => one.name === name);
    if (!provider) throw new Error(name);
    return writeSettlements(folder, provider, { from: '2026-03-01', to: '2026-04-03', zone: ZONE });
  };
  /** The day of the provider's first payment, and the lines of its settlement as it gives it. */
  async function settlementOf(provider: string): Promise<{ day: string; lines: string[] }> {
    const { day } = await stack.one<{ day: string }>(
      `select min((paid_at at time zone $2)::date)::text as day from payouts where provider = $1`,
      [provider, ZONE],
    );
    await settle(provider);
    return {
      day,
      lines: readFileSync(join(folder, provider, `${day}.csv`), 'utf8')
        .trim()
        .split('\n'),
    };
  }
  async function upload(came: Visit, name: string, csv: string, picture: string): Promise<void> {
    const { page } = came;
    const dialog = page.getByRole('dialog');
    await dialog.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(csv) });
    await dialog.locator('.preview tbody tr').first().waitFor();
    await decide(page, null, picture, came);
  }
  /** The page on paper: without what only a screen has a use for. */
  async function paper(page: Page, name: string): Promise<void> {
    const kept = process.env['PADO_PICTURES'] ?? folder;
    const pdf = await page.pdf({ format: 'A4', path: join(kept, `${name}.pdf`) });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(await page.locator('h1').isVisible()).toBe(true);
    await page.emulateMedia({ media: null });
  }
  const inert = async (page: Page) => expect(await page.title()).not.toBe('1');

  describe.each(VIEWS)('in $language', (options) => {
    const { provider } = options;
    const korean = options.language === 'ko';
    const say = (ko: string, en: string) => (korean ? ko : en);
    const named = (name: string) => `finance-${name}-${options.language}`;

    it('works off a settlement that differs, by two persons, until its day is matched', async () => {
      const came = await guests.comesIn(['finance'], options);
      const { page } = came;
      const { day, lines } = await settlementOf(provider);
      await page.goto(`/settlements?provider=${provider}`);
      await page.locator('[data-state=missing]').first().waitFor();
      await judge(came, named('settlements'));
      const row = page.locator('tbody tr', { hasText: day });
      const uploading = () => row.getByRole('button', { name: say('올리기', 'Upload') }).click();

      await uploading();
      const bad = lines.map((line, n) => (n === 1 ? line.replace(',KRW,', ',won,') : line)).join('\n');
      const dialog = page.getByRole('dialog');
      await dialog
        .locator('input[type=file]')
        .setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer: Buffer.from(bad) });
      await dialog.getByRole('alert').getByText('ISO 4217').waitFor();
      await judge(came, named('upload-refused'));
      await upload(came, `${HOSTILE}.csv`, differing(lines, HOSTILE), named('upload'));
      await inert(page);
      await row.locator('[data-state=differs]').waitFor();
      await row.getByRole('link').click();
      await page.waitForURL(/\/breaks\?/);
      await page.locator('tbody tr a').nth(1).waitFor();
      expect(new URL(page.url()).searchParams.get('provider')).toBe(provider);
      await judge(came, named('breaks'));
      await page.getByRole('link', { name: say('번호가 다름', 'Another reference') }).click();
      await page.getByText(HOSTILE).waitFor();
      await page.locator('[data-differs]').waitFor();
      await judge(came, named('break-hostile'));
      await inert(page);

      await page.goto(`/settlements?provider=${provider}`);
      await uploading();
      const corrected = differing(lines);
      await upload(came, 'corrected.csv', corrected, named('upload-again'));
      // as the provider has given it, for whoever verifies the statement
      writeFileSync(join(folder, provider, `${day}.csv`), corrected.replaceAll(/,(memo)?$/gm, ''));
      await row.getByRole('link', { name: say('차이 1건', '1 break') }).click();
      await page.getByRole('link', { name: say('금액이 다름', 'Another amount') }).click();
      await page.getByRole('button', { name: say('내가 처리', 'Take it on') }).click();
      await decide(page, null, named('break-mine'), came);
      await page.getByRole('button', { name: say('처리 제안', 'Propose a resolution') }).click();
      await decide(page, 'they have paid 1,000 too much', named('break-resolve'), came);
      await page.getByText(say('다른 사람의 승인을 기다립니다', 'A resolution waits for a second person')).waitFor();
      expect(await page.getByRole('button', { name: say('처리 승인', 'Approve the resolution') }).count()).toBe(0);
      await judge(came, named('break'));

      const second = await guests.comesIn(['finance'], options);
      await second.page.goto('/approvals');
      await second.page.getByText('they have paid 1,000 too much').waitFor();
      await second.page.getByRole('link', { name: say('금액이 다름', 'Another amount') }).click();
      await second.page.getByRole('button', { name: say('처리 승인', 'Approve the resolution') }).click();
      await decide(second.page, null, named('break-approve'), second);
      await second.page.locator('[data-state=resolved]').first().waitFor();
      await judge(second, named('break-resolved'));
      await page.locator('[data-live=true]').waitFor();
      await page.locator('[data-state=resolved]').first().waitFor(); // told, not asked for
      await page.goto(`/settlements?provider=${provider}`);
      await row.locator('[data-state=matched]').waitFor();
      await judge(came, named('settlements-matched'));
      const { items } = await stack.ok('GET', `/v1/ledger/settlement-days?provider=${provider}`);
      expect(items[0]).toMatchObject({ state: 'matched', open: 0, sums: [{ currency: 'KRW', open: '0' }] });
    });

    it('closes a month by two persons, and what an outsider verifies is its statement', async () => {
      await until('March is over', async () => (await stack.businessNow()) > APRIL, 280_000);
      const first = await guests.comesIn(['finance'], options);
      const second = await guests.comesIn(['finance'], options);
      const both = async (verb: string, approve: string, reason: string, state: string) => {
        await first.page.goto('/months');
        await first.page.getByRole('button', { name: verb }).click();
        await decide(first.page, reason, named(`month-${state}`), first);
        await first.page.getByText(reason).first().waitFor();
        await second.page.goto('/approvals');
        await second.page.locator('tr', { hasText: reason }).getByRole('button', { name: approve }).click();
        await decide(second.page, null, named(`month-${state}-approve`), second);
        await first.page.reload();
        await first.page.locator('tr', { hasText: '2026-03' }).locator(`[data-state=${state}]`).first().waitFor();
      };
      // the other language has closed it
      if (!korean) await both('Propose to reopen 2026-03', 'Reopen the month', 'a payment was forgotten', 'open');
      await both(
        say('2026-03 마감 제안', 'Propose to close 2026-03'),
        say('월 마감', 'Close the month'),
        `all is there: ${options.language}`,
        'closed',
      );
      await until('its head is signed', async () => {
        const { status } = await stack.request('GET', '/v1/ledger/statements/2026-03', undefined, { as: 'finance' });
        return status === 200;
      });
      const { page } = first;
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: say('2026-03 명세서', 'Statement of 2026-03') }).click(),
      ]);
      await page.locator('[data-same=true]').waitFor();
      await page.getByText(`./pado verify-statement statement-2026-03.jsonl`).waitFor();
      await page.getByText(KEY.publicKey).waitFor();
      await judge(first, named('months'));
      await paper(page, named('months'));
      const statement = join(folder, file.suggestedFilename());
      await file.saveAs(statement);
      if (korean) await settle('bank-pay'); // which nobody has worked off yet
      const asked = ['--provider-settlements', folder, '--public-key', KEY.publicKey, '--', statement];
      expect(await verifyStatement(asked)).toBe(0);
      writeFileSync(statement, readFileSync(statement, 'utf8').replace('"5000"', '"5001"'));
      expect(await verifyStatement(asked)).toBe(1);
    }, 300_000);

    it('closes a lucky box, reveals its seed, and computes every draw again', async () => {
      const came = await guests.comesIn(['finance'], options);
      const { page } = came;
      await page.goto('/lucky-boxes');
      await judge(came, named('boxes'));
      await page.getByRole('link', { name: '봄 럭키박스' }).click();
      if (korean) {
        await page.getByText('마감 전까지 비밀').waitFor();
        await page.getByRole('button', { name: '마감하고 시드 공개' }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByRole('textbox').fill('the spring is over');
        await judge(came, named('box-close'));
        const [soon, submit] = [{ timeout: 2_000 }, dialog.locator('button[type=submit]:not([data-loading])')];
        await until('nobody may draw late any more', async () => {
          await submit.click(soon).catch(() => undefined); // once it is closed there is nothing to click any more
          const gone = dialog.waitFor({ state: 'detached', ...soon });
          return await gone.then(() => true).catch(() => false);
        });
      }
      await page.locator('[data-seed]').waitFor();
      await page.getByRole('button', { name: say('모든 추첨 검증', 'Verify every draw') }).click();
      await page.locator('[data-verified=true]').waitFor();
      const { drawn } = await stack.ok('GET', `/v1/lucky-boxes/${BOX}`);
      expect(await page.locator('[data-equal=true]').count()).toBe(drawn);
      await judge(came, named('box'));
    });

    it('reports, with every number a link to its rows; takes tables out; shows the audit log', async () => {
      const came = await guests.comesIn(['finance'], options);
      const { page } = came;
      await page.goto('/reports');
      const rows = page.getByRole('table', { name: say('상태별 지급', 'Payouts by state') });
      await rows.locator('tbody tr').first().waitFor();
      await page.locator('svg.chart rect').first().waitFor();
      await judge(came, named('reports'));
      const link = rows.locator('tbody tr').last().getByRole('link').last();
      const count = Number(await link.textContent());
      await link.click();
      await page.waitForURL(/\/payouts\?/);
      await page.locator('.virtual tbody tr').first().waitFor();
      expect(await page.locator('.virtual tbody tr').count()).toBe(count);
      await page.goto('/owed?state=open');
      await page.getByText(say('조건에 맞는 항목이 없습니다.', 'Nothing fits these filters.')).waitFor();
      await judge(came, named('owed'));
      await page.goto('/exports');
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: say('내보내기', 'Take it out') }).click(),
      ]);
      expect(file.suggestedFilename()).toBe('payouts.csv');
      await page.locator('[data-same=true]').waitFor();
      await page.locator('tbody tr', { hasText: 'payouts.csv' }).first().waitFor();
      await judge(came, named('exports'));
      await page.goto('/audit-log?action=settlement');
      await page.locator('tbody tr', { hasText: 'settlement.upload' }).first().waitFor();
      await page.locator('summary').first().click();
      await judge(came, named('audit-log'));
      for (const [path, ready] of [
        ['trial-balance', '[data-balanced=true]'],
        ['reports', 'svg.chart rect'],
      ] as const) {
        await page.goto(`/${path}`);
        await page.locator(ready).first().waitFor();
        await paper(page, named(path));
      }
    });
  });

  it('shows whoever only reads no decision', async () => {
    const came = await guests.comesIn(['operator'], { language: 'en' });
    const { page } = came;
    await page.goto('/settlements');
    await page.locator('[data-state=matched]').first().waitFor();
    expect(await page.getByRole('button', { name: /Upload|Fetch|Match/ }).count()).toBe(0);
    await page.goto('/months');
    await page.locator('[data-state=closed]').first().waitFor();
    expect(await page.getByRole('button', { name: /Statement|Propose/ }).count()).toBe(0);
    expect(came.complaints).toEqual([]);
  });
});
