/**
 * Segments in a real Chromium on a real installation: a rule is built by the mouse, and another one by keys alone, with the API's own count as one edits;
 * the funnel of a campaign leads to customers and their why; a list is uploaded by whichever of its columns has the ids.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { defineBasics, importCustomers, oneSend } from '../support/campaigns.js';
import { openBrowser, type VisitOptions } from '../support/chromium.js';
import { decide, Guests, HOSTILE, judge } from '../support/console-guests.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';
import { buys, BY_KEYS, BY_MOUSE, PEOPLE } from '../support/vip-rules.js';

const KOREAN: VisitOptions = { language: 'ko', size: { width: 1_280, height: 800 } };
const ENGLISH: VisitOptions = { language: 'en', dark: true, size: { width: 1_920, height: 1_080 } };
needs('chromium')('segments', () => {
  let stack: Stack;
  let browser: Browser;
  let guests: Guests;
  const lake = mkdtempSync(join(tmpdir(), 'pado-lake-'));

  beforeAll(async () => {
    writeFileSync(join(lake, 'customers.csv'), 'id,grade\nc00001,gold\n');
    const customersFile = { files: 'customers.csv', id: 'id', fields: { 'attribute.grade': 'grade' } };
    const PADO_SOURCES = JSON.stringify([{ name: 'lake', folder: lake, customers: customersFile }]);
    [stack, browser] = await Promise.all([Stack.start({ workers: 0, env: { api: { PADO_SOURCES } } }), openBrowser()]);
    guests = new Guests(stack, browser);
    await defineBasics(stack);
    await importCustomers(stack, PEOPLE);
    const at = new Date((await stack.businessNow()) - 86_400_000).toISOString();
    const batch = PEOPLE.flatMap(({ id }, n) =>
      buys(n + 1)
        ? [
            {
              type: 'track',
              messageId: `p-${id}`,
              userId: id,
              event: 'purchase',
              timestamp: at,
              properties: { amount: 50_000 },
            },
          ]
        : [],
    );
    await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
    await stack.ok('PUT', '/v1/segments/hostile', {
      name: HOSTILE,
      rule: { combinator: 'and', rules: [{ field: 'attribute.grade', operator: '=', value: HOSTILE }] },
    });
  }, 180_000);
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
    rmSync(lake, { recursive: true, force: true });
  }, 180_000);

  const comes = (options: VisitOptions, path: string, role: 'marketer' | 'approver' = 'marketer') =>
    guests.comesTo(path, [role], options);
  const clause = (page: Page, pointer: string) => page.locator(`[data-clause="${pointer}"]`);
  /** As many as the API counts, once it has been asked about what is there. */
  const counted = (page: Page, count: number) => page.locator(`[data-count="${count}"]`).waitFor();
  const apiCount = async (rule: unknown): Promise<number> =>
    (await stack.ok('POST', '/v1/segments/count', { rule }, { as: 'marketer' })).count;

  it('lets a rule of five conditions be built by the mouse, and leads from a campaign’s funnel to a customer’s why', async () => {
    const came = await comes(KOREAN, '/segments');
    const { page } = came;
    await page.getByText(HOSTILE, { exact: true }).waitFor();
    await page.locator('[data-lake=lake] time').waitFor();
    await judge(came, 'segments-ko');
    await page.getByRole('link', { name: '새 세그먼트' }).click();
    // the list has a field whose label begins so, too
    await page.waitForURL(/\/new-segment/);
    await page.getByLabel(/^키/).fill('vip');
    await page.getByLabel(/^이름/).fill('큰손 고객');
    const root = page.locator('[data-group=""]');
    await page.locator('[data-add=""]').click();
    await clause(page, '/rules/1').getByLabel('항목').selectOption('attribute.grade');
    await clause(page, '/rules/1').getByLabel('값', { exact: true }).fill('gold');
    await page.locator('[data-add-event=""]').click();
    const events = clause(page, '/rules/2');
    await page.locator('[data-faulty]').waitFor();
    expect(await root.locator('.wrong, .mantine-InputWrapper-error').count()).toBeGreaterThan(0);
    await judge(came, 'segment-fault-ko');
    await events.getByLabel('이벤트', { exact: true }).fill('purchase');
    await events.getByLabel('언제').selectOption('rolling');
    await page.locator('[data-add-group=""]').click();
    const inner = page.locator('[data-group="/rules/3"]');
    await clause(page, '/rules/3/rules/0').getByLabel('항목').selectOption('attribute.spent');
    await clause(page, '/rules/3/rules/0').getByLabel('비교').selectOption('>=');
    await clause(page, '/rules/3/rules/0').getByLabel('값', { exact: true }).fill('180000');
    await inner.locator('[data-add="/rules/3"]').click();
    await clause(page, '/rules/3/rules/1').getByLabel('항목').selectOption('attribute.region');
    await clause(page, '/rules/3/rules/1').getByLabel('비교').selectOption('in');
    await clause(page, '/rules/3/rules/1').getByLabel('값 목록').fill('서울\n제주');
    const selected = 3;
    expect(await apiCount(BY_MOUSE)).toBe(selected);
    await counted(page, selected);
    await page.getByText('JSON 보기').click();
    expect(JSON.parse(await page.locator('.rule-json textarea').inputValue())).toEqual(BY_MOUSE);
    await page.getByText('규칙 만들기').click();
    await page.getByRole('button', { name: '몇 명 보기' }).click();
    await page.locator(`[data-sample="${selected}"]`).waitFor();
    await judge(came, 'segment-ko');
    await page.getByRole('button', { name: '버전 1(으)로 저장' }).click();
    await page.waitForURL(/\/segments\/vip$/);
    expect(await stack.ok('GET', '/v1/segments/vip')).toMatchObject({ version: 1, name: '큰손 고객', rule: BY_MOUSE });

    // everybody, so that somebody is stopped
    const draft = oneSend({ key: 'promo', segment: 'everyone' });
    const labels = [{ name: 'vip', segment: 'vip' }];
    await stack.ok(
      'PUT',
      '/v1/campaigns/promo',
      { ...draft, labels },
      { as: 'marketer', headers: { 'if-none-match': '*' } },
    );
    await page.reload();
    await page.getByRole('button', { name: '세기', exact: true }).click();
    const step = page.locator('[data-step=consent_refused]');
    await step.waitFor();
    expect(await step.getAttribute('data-about')).toBe('4');
    await step.getByRole('button').click();
    await page.locator('[data-sampled="4"]').waitFor();
    await judge(came, 'segment-funnel-ko');
    await page.locator('.funnel-sample a').first().click();
    await page.waitForURL(/\/customers\/c000\d\d\?campaign=promo$/);
    await page.getByText('consent_refused').first().waitFor();
    await page.goto('/campaigns/promo?step=sent');
    await page.locator('[data-sampled="20"]').waitFor();
    await judge(came, 'campaign-funnel-ko');
    await page.getByRole('link', { name: 'everyone', exact: true }).click();
    await page.waitForURL(/\/segments\/everyone$/);
    expect(await page.title()).not.toBe('1');
    expect(came.complaints).toEqual([]);
  }, 120_000);

  it('goes by keys alone, undoes, and overwrites nothing that somebody else has saved', async () => {
    const came = await comes(ENGLISH, '/new-segment');
    const { page } = came;
    const press = async (key: string, times = 1) => {
      for (let n = 0; n < times; n += 1) await page.keyboard.press(key);
    };
    const isFocused = async (on: Locator) => (await on.and(page.locator(':focus')).count()) === 1;
    /** Tab, until it is there. */
    const tabTo = async (on: Locator, key = 'Tab') => {
      await on.waitFor();
      for (let n = 0; n < 90; n += 1) {
        if (await isFocused(on)) return;
        await page.keyboard.press(key);
      }
      throw new Error('no way there by keys');
    };
    /** The field that comes next, typed into. */
    const next = async (text: string) => {
      await press('Tab');
      await page.keyboard.type(text);
    };
    const field = (pointer: string) => clause(page, pointer).getByLabel('Field', { exact: true });
    await tabTo(page.getByLabel(/^Key/));
    await page.keyboard.type('by-keys');
    await next('By keys');
    const add = async (button: string, pointer: string) => {
      await tabTo(page.locator(button));
      await press('Enter');
      await page.locator('select:focus').waitFor();
      if (pointer !== '') expect(await isFocused(field(pointer))).toBe(true);
    };
    await add('[data-add=""]', '/rules/1');
    await page.keyboard.type('grade');
    await press('Tab');
    await next('gold');
    await add('[data-add=""]', '/rules/2');
    await page.keyboard.type('spent');
    await press('Tab');
    await press('ArrowDown', 7);
    await next('60000');
    await add('[data-add-event=""]', '/rules/3');
    await tabTo(clause(page, '/rules/3').getByLabel('Event', { exact: true }));
    await page.keyboard.type('purchase');
    await add('[data-add-group=""]', '');
    await tabTo(clause(page, '/rules/4/rules/0').getByLabel('Value', { exact: true }));
    await page.keyboard.type('active');
    await counted(page, await apiCount(BY_KEYS));
    const second = field('/rules/1');
    const holds = (value: string) => until('it is there', async () => (await second.inputValue()) === value);
    // the second is moved down, and taken back
    await tabTo(clause(page, '/rules/1').getByLabel('Move down'), 'Shift+Tab');
    await press('Enter');
    await holds('attribute.spent');
    await press('Control+z');
    await holds('attribute.grade');
    await judge(came, 'segment-en');
    await tabTo(page.getByRole('button', { name: 'Save as version 1' }), 'Shift+Tab');
    await press('Enter');
    await page.waitForURL(/\/segments\/by-keys$/);
    expect(await stack.ok('GET', '/v1/segments/by-keys')).toMatchObject({ version: 1, name: 'By keys', rule: BY_KEYS });

    await page.getByRole('button', { name: 'Save as version 2' }).waitFor();
    await page.getByLabel(/^Name/).fill('Mine');
    await stack.ok('PUT', '/v1/segments/by-keys', { name: 'Theirs', rule: BY_KEYS });
    const keep = page.getByRole('button', { name: 'Keep mine over it' });
    await until('it is told', async () => {
      // as if one came back to the window
      await page.evaluate(`window.dispatchEvent(new Event('visibilitychange'))`);
      return await keep.isVisible();
    });
    expect(await page.getByRole('button', { name: 'Save as version 2' }).isEnabled()).toBe(false);
    await keep.click();
    await page.getByRole('button', { name: 'Save as version 3' }).click();
    await page.locator('[data-dirty=false]').waitFor();
    const { items } = await stack.ok('GET', '/v1/segments/by-keys/versions');
    expect(items.map(({ name: called }: { name: string }) => called)).toEqual(['Mine', 'Theirs', 'By keys']);

    const approver = await comes(ENGLISH, '/segments/by-keys', 'approver');
    await approver.page.locator('[data-count]').first().waitFor();
    expect(await approver.page.getByRole('button', { name: /Save|Condition|Show some/ }).count()).toBe(0);
    expect(approver.complaints).toEqual([]);
  }, 120_000);

  it('takes a list whose columns stand in another order, says what became of each row, and keeps what it replaces', async () => {
    const came = await comes(KOREAN, '/segment-upload');
    const { page } = came;
    const file = (rows: string[]) => ({
      name: `${HOSTILE}.csv`,
      mimeType: 'text/csv',
      buffer: Buffer.from(['when,=HYPERLINK(1),고객번호', ...rows].map((row) => `${row}\n`).join('')),
    });
    const rows = [
      `monday,${HOSTILE.replaceAll('"', '""').replace(/^.*$/, '"$&"')},c00001`,
      'monday,x,c00002',
      'monday,x,c00001',
      'monday,x,nobody-1',
    ];
    await page.locator('input[type=file]').setInputFiles(file(rows));
    // nobody has said which column it is: the first, which has no customers
    await page.locator('[data-counts=matched]', { hasText: '0' }).waitFor();
    await page.getByLabel('고객 번호가 있는 열').selectOption('고객번호');
    await page.locator('[data-counts=matched]', { hasText: '2' }).waitFor();
    await page.getByLabel(/^키/).fill('winners');
    await page.getByLabel(/^이름/).fill('당첨자');
    await page.locator('[data-ready=true]').waitFor();
    await judge(came, 'segment-look-ko');
    await page.getByRole('button', { name: '2명의 명단 저장…' }).click();
    await decide(page, null, 'segment-upload-ko', came);
    await page.locator('[data-kept="1"]').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: '선택되지 않은 모든 행' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toMatch(/4,.*repeats[^]*5,.*not the id/);
    await judge(came, 'segment-uploaded-ko');
    await page.getByRole('link', { name: '당첨자' }).click();
    await counted(page, 2);
    await page.getByRole('link', { name: '다음 명단 올리기' }).click();
    await page.locator('input[type=file]').setInputFiles(file(['monday,x,c00003']));
    await page.getByLabel('고객 번호가 있는 열').selectOption('고객번호');
    await page.locator('[data-counts=matched]', { hasText: '1' }).waitFor();
    await page.locator('[data-ready=true]').waitFor();
    await page.getByRole('button', { name: '1명의 명단 저장…' }).click();
    await decide(page, null, 'segment-upload-next-ko', came);
    await page.locator('[data-kept="2"]').waitFor();
    await page.getByRole('link', { name: '당첨자' }).click();
    await counted(page, 1);
    await page.locator('tbody tr').nth(1).waitFor();
    await judge(came, 'segment-list-ko');
    expect(await page.title()).not.toBe('1');
    const { customers: chosen } = await stack.ok('POST', '/v1/segments/winners/sample', {}, { as: 'marketer' });
    expect(chosen.map(({ id }: { id: string }) => id)).toEqual(['c00003']);
  }, 180_000);
});
