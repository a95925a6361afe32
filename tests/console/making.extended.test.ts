/**
 * What is made on the console, in a real Chromium on a real installation and in both languages: a budget with its first money, a lucky box, and customers
 * by a table whose columns are said first. What is wrong stands at its field; what a file holds is text.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/chromium.js';
import { decide, Guests, HOSTILE, judge, sayIn, VIEWS } from '../support/console-guests.js';
import { Stack } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

needs('chromium')('what is made on the console', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([Stack.start({ workers: 0 }), openBrowser()]);
    guests = new Guests(stack, browser);
    await stack.ok('PUT', '/v1/budgets/taken', { name: 'taken', currency: 'KRW' }, { as: 'finance' });
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
  });

  describe.each(VIEWS)('in $language', (options) => {
    const { language } = options;
    const say = sayIn(options);
    const named = (name: string) => `making-${name}-${language}`;
    const field = (page: Page, label: string) => page.getByLabel(label, { exact: true }).first();

    it('is a budget with its first money, by finance', async () => {
      const came = await guests.comesIn(['finance'], options);
      const { page } = came;
      await page.goto('/budgets');
      await page.getByRole('link', { name: say('새 예산', 'New budget') }).click();
      await page.waitForURL(/\/new-budget/);
      const make = page.locator('form button[type=submit]');
      await page.locator('h1').waitFor();
      const key = say('키', 'Key');
      const [name, amount] = [say('이름', 'Name'), say('처음 편성할 금액 (KRW)', 'What it begins with (KRW)')];
      const reference = say('편성 근거 번호', 'Reference of the funding');
      await page.getByLabel(new RegExp(`^${key}`)).fill('Spring 2026');
      await page.getByLabel(new RegExp(`^${name}`)).fill(HOSTILE);
      await make.click();
      await page.getByText(say('a-z 0-9 - 1~40자여야 합니다', 'is 1 to 40 of a-z 0-9 -')).waitFor();
      await judge(came, named('budget-fault'));
      await page.getByLabel(new RegExp(`^${key}`)).fill('taken');
      await make.click();
      await page.getByText(say('같은 키가 이미 있습니다', 'There is one of this key already')).waitFor();
      await page.getByLabel(new RegExp(`^${key}`)).fill(`made-${language}`);
      await field(page, amount).fill('1,250,000');
      await page.getByLabel(new RegExp(`^${reference}`)).fill('bad reference');
      expect(await make.textContent()).toContain('₩1,250,000');
      await make.click();
      // it is there; the money was refused alone
      await page.getByText(say('영문자, 숫자, _ . : - 1~64자여야 합니다', 'is 1 to 64 of letters')).waitFor();
      await page.getByLabel(new RegExp(`^${reference}`)).fill('memo-1');
      await make.click();
      await page.waitForURL(/\/budgets$/);
      await page.getByText(`made-${language}`, { exact: true }).waitFor();
      await judge(came, named('budgets'));
      expect(await stack.ok('GET', `/v1/budgets/made-${language}`, undefined, { as: 'finance' })).toMatchObject({
        name: HOSTILE,
        available: { value: '1250000', currency: 'KRW' },
      });
      // more, until something was reserved from it
      const card = page.locator('section', { hasText: `made-${language}` });
      await card.getByRole('button', { name: say('편성', 'Fund'), exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(new RegExp(say('^금액', '^Amount'))).fill('50000');
      await dialog.getByLabel(new RegExp(`^${reference}`)).fill('memo-2');
      expect(await dialog.locator('button[type=submit]').textContent()).toContain('₩50,000');
      await decide(page, null, named('budget-fund'), came);
      const { available } = await stack.ok('GET', `/v1/budgets/made-${language}`, undefined, { as: 'finance' });
      expect(available.value).toBe('1300000');
    });

    it('is a lucky box, by a marketer, and a draft of one is changed', async () => {
      const came = await guests.comesIn(['marketer'], options);
      const { page } = came;
      await page.goto('/lucky-boxes');
      await page
        .getByRole('link', { name: say('새 럭키박스', 'New lucky box') })
        .first()
        .click();
      await page.waitForURL(/\/new-lucky-box/);
      await page.getByLabel(new RegExp(say('^키', '^Key'))).fill(`box-${language}`);
      await page.getByLabel(new RegExp(say('^이름', '^Name'))).fill(`${HOSTILE} box`);
      await page.getByRole('button', { name: say('경품 추가', 'Add a prize') }).click();
      const of = (prize: string, what: string) => page.getByLabel(`${prize}: ${what}`, { exact: true });
      const [first, second, last] = [
        say('경품 1', 'Prize 1'),
        say('경품 2', 'Prize 2'),
        say('재고가 없을 때', 'Out of stock'),
      ];
      const legend = await page.locator('[data-prize="/fallback"] legend').textContent();
      const words = [
        say('경품', 'Prize'),
        say('금액', 'Amount'),
        say('가중치', 'Weight'),
        say('재고', 'Stock'),
      ] as const;
      const fill = async (prize: string, values: readonly string[]) => {
        for (const [n, value] of values.entries()) await of(prize, words[n] as string).fill(value);
      };
      await fill(first, ['grand', '3000', '1', '1000']);
      await fill(second, ['coffee', '1000', '9', 'many']);
      await of(legend ?? last, words[0]).fill('grand');
      await page.locator('form button[type=submit]').click();
      await page.locator('[data-prize="/prizes/1"] [aria-invalid=true]').waitFor();
      await judge(came, named('box-fault'));
      await of(second, words[3]).fill('2');
      await page.locator('form button[type=submit]').click();
      await page.locator('[data-prize="/fallback"] [aria-invalid=true]').waitFor();
      await of(legend ?? last, words[0]).fill('nothing');
      await page.locator('[data-cost="3002000"]').waitFor();
      const make = say('경품 1,002개로 럭키박스 만들기', 'Make the lucky box of 1,002 prizes');
      await judge(came, named('box'));
      await page.getByRole('button', { name: make }).click();
      await page.waitForURL(new RegExp(`/lucky-boxes/box-${language}$`));
      await page.getByText('coffee').waitFor();
      await judge(came, named('box-made'));
      const read = () => stack.ok('GET', `/v1/lucky-boxes/box-${language}`, undefined, { as: 'marketer' });
      expect(await read()).toMatchObject({
        state: 'draft',
        name: `${HOSTILE} box`,
        prizes: [
          { name: 'grand', kind: 'cashback', amount: { value: '3000', currency: 'KRW' }, weight: 1, stock: 1_000 },
          { name: 'coffee', amount: { value: '1000' }, weight: 9, stock: 2 },
        ],
        fallback: { name: 'nothing', kind: 'nothing', weight: 0 },
      });
      await page.getByRole('link', { name: say('바꾸기', 'Change') }).click();
      await page.waitForURL(/\/edit$/);
      await of(second, words[3]).fill('3');
      await page.getByRole('button', { name: say('경품 1,003개로 저장', 'Save with 1,003 prizes') }).click();
      await page.waitForURL(new RegExp(`/lucky-boxes/box-${language}$`));
      expect((await read()).prizes[1]).toMatchObject({ name: 'coffee', stock: 3 });
    });

    it('are customers by a table, whose columns are said first, by an operator', async () => {
      const came = await guests.comesIn(['operator'], options);
      const { page } = came;
      await page.goto('/customers');
      await page.getByRole('link', { name: say('고객 올리기', 'Upload customers') }).click();
      await page.waitForURL(/\/customer-upload/);
      const ids = [1, 2, 3].map((n) => `up-${language}-${n}`);
      const rows = ids.map((id, n) =>
        [id, quoted(n === 0 ? HOSTILE : `name ${n}`), n === 1 ? 'old' : 40 + n, 'x'].join(','),
      );
      const csv = (lines: string[]) => Buffer.from(['번호,성함,age,메모', ...lines].join('\n'));
      const choose = (buffer: Buffer) =>
        page.locator('input[type=file]').setInputFiles({ name: `${HOSTILE}.csv`, mimeType: 'text/csv', buffer });
      await choose(csv(rows));
      await page.getByText(HOSTILE).first().waitFor();
      const look = page.getByRole('button', { name: say('미리 보기', 'See what would become of it') });
      expect(await look.isDisabled()).toBe(true);
      await judge(came, named('upload-columns'));
      const column = (n: number) => page.locator(`[data-column="${n}"]`);
      await column(0).locator('select').selectOption('id');
      await column(1).locator('select').selectOption('attribute');
      await column(1).locator('input').fill('bad name');
      await column(2).locator('select').selectOption('attribute:number');
      expect(await column(2).locator('input').inputValue()).toBe('age');
      await look.click();
      await page.getByRole('alert').waitFor();
      await column(1).locator('input').fill('name');
      await look.click();
      // the row of a value that is no number
      await page.getByRole('alert').getByText('3', { exact: true }).waitFor();
      await judge(came, named('upload-fault'));
      await choose(csv(rows.map((row) => row.replace(',old,', ',41,'))));
      await column(0).locator('select').selectOption('id');
      await column(1).locator('select').selectOption('attribute');
      await column(1).locator('input').fill('name');
      await column(2).locator('select').selectOption('attribute:number');
      await look.click();
      await page.locator('[data-counts=created]', { hasText: '3' }).waitFor();
      await judge(came, named('upload-look'));
      expect((await stack.request('GET', `/v1/customers/${ids[0]}`)).status).toBe(404);
      await page.getByRole('button', { name: say('고객 3명 올리기', 'Take 3 customers') }).click();
      await decide(page, null, named('upload-take'), came);
      await page.locator('[data-taken="3"]').waitFor();
      await judge(came, named('upload-done'));
      const { attributes } = await stack.ok('GET', `/v1/customers/${ids[0]}`);
      expect(attributes).toEqual({ name: HOSTILE, age: 40 });
      expect(await page.title()).not.toBe('1');
    });

    it('is shown only to whom the API lets make it', async () => {
      const came = await guests.comesIn(['approver'], options);
      for (const path of ['/budgets', '/lucky-boxes', '/customers']) {
        await came.page.goto(path);
        await came.page.locator('h1').waitFor();
        expect(await came.page.locator('main a[href^="/new-"], main a[href="/customer-upload"]').count()).toBe(0);
      }
    });
  });
});
