/**
 * Segments in a real Chromium on a real installation, in both languages: a rule is built by the mouse, and another one by keys alone, with the API's own count as one edits;
 * the funnel of a campaign leads to customers and their why; a list is uploaded by whichever of its columns has the ids.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { defineBasics, importCustomers, oneSend } from '../support/campaigns.js';
import { openBrowser, type VisitOptions } from '../support/chromium.js';
import { decide, Guests, HOSTILE, judge, sayIn, VIEWS } from '../support/console-guests.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';
import { buys, BY_KEYS, BY_MOUSE, PEOPLE } from '../support/vip-rules.js';

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
  });
  afterAll(async () => {
    await guests?.leave();
    await browser?.close();
    await stack?.stop();
    rmSync(lake, { recursive: true, force: true });
  });

  const comes = (options: VisitOptions, path: string, role: 'marketer' | 'approver' = 'marketer') =>
    guests.comesTo(path, [role], options);
  const clause = (page: Page, pointer: string) => page.locator(`[data-clause="${pointer}"]`);
  /** As many as the API counts, once it has been asked about what is there. */
  const counted = (page: Page, count: number) => page.locator(`[data-count="${count}"]`).waitFor();
  const apiCount = async (rule: unknown): Promise<number> =>
    (await stack.ok('POST', '/v1/segments/count', { rule }, { as: 'marketer' })).count;

  describe.each(VIEWS)('in $language', (view) => {
    const { language } = view;
    const say = sayIn(view);
    const labelled = (ko: string, en: string) => new RegExp(`^${say(ko, en)}`);
    const [vip, promo, byKeys, winners] = ['vip', 'promo', 'by-keys', 'winners'].map((key) => `${key}-${language}`) as [
      string,
      string,
      string,
      string,
    ];
    const named = `당첨자 ${language}`;
    const saveAs = (version: number) => say(`버전 ${version}(으)로 저장`, `Save as version ${version}`);
    const keep = (count: number) => say(`${count}명의 명단 저장…`, `Keep the list of ${count} …`);

    it('lets a rule of five conditions be built by the mouse, and leads from a campaign’s funnel to a customer’s why', async () => {
      const came = await comes(view, '/segments');
      const { page } = came;
      await page.getByText(HOSTILE, { exact: true }).waitFor();
      await page.locator('[data-lake=lake] time').waitFor();
      await judge(came, `segments-${language}`);
      await page.getByRole('link', { name: say('새 세그먼트', 'New segment') }).click();
      // the list has a field whose label begins so, too
      await page.waitForURL(/\/new-segment/);
      await page.getByLabel(labelled('키', 'Key')).fill(vip);
      await page.getByLabel(labelled('이름', 'Name')).fill('큰손 고객');
      const root = page.locator('[data-group=""]');
      await page.locator('[data-add=""]').click();
      await clause(page, '/rules/1').getByLabel(say('항목', 'Field')).selectOption('attribute.grade');
      await clause(page, '/rules/1').getByLabel(say('값', 'Value'), { exact: true }).fill('gold');
      await page.locator('[data-add-event=""]').click();
      const events = clause(page, '/rules/2');
      await page.locator('[data-faulty]').waitFor();
      expect(await root.locator('.wrong, .mantine-InputWrapper-error').count()).toBeGreaterThan(0);
      await judge(came, `segment-fault-${language}`);
      await events.getByLabel(say('이벤트', 'Event'), { exact: true }).fill('purchase');
      await events.getByLabel(say('언제', 'When')).selectOption('rolling');
      await page.locator('[data-add-group=""]').click();
      const inner = page.locator('[data-group="/rules/3"]');
      await clause(page, '/rules/3/rules/0').getByLabel(say('항목', 'Field')).selectOption('attribute.spent');
      await clause(page, '/rules/3/rules/0').getByLabel(say('비교', 'Comparison')).selectOption('>=');
      await clause(page, '/rules/3/rules/0').getByLabel(say('값', 'Value'), { exact: true }).fill('180000');
      await inner.locator('[data-add="/rules/3"]').click();
      await clause(page, '/rules/3/rules/1').getByLabel(say('항목', 'Field')).selectOption('attribute.region');
      await clause(page, '/rules/3/rules/1').getByLabel(say('비교', 'Comparison')).selectOption('in');
      await clause(page, '/rules/3/rules/1').getByLabel(say('값 목록', 'Values')).fill('서울\n제주');
      const selected = 3;
      expect(await apiCount(BY_MOUSE)).toBe(selected);
      await counted(page, selected);
      await page.getByText(say('JSON 보기', 'JSON')).click();
      expect(JSON.parse(await page.locator('.rule-json textarea').inputValue())).toEqual(BY_MOUSE);
      await page.getByText(say('규칙 만들기', 'Builder')).click();
      await page.getByRole('button', { name: say('몇 명 보기', 'Show some of them') }).click();
      await page.locator(`[data-sample="${selected}"]`).waitFor();
      await judge(came, `segment-${language}`);
      await page.getByRole('button', { name: saveAs(1) }).click();
      await page.waitForURL(new RegExp(`/segments/${vip}$`));
      expect(await stack.ok('GET', `/v1/segments/${vip}`)).toMatchObject({
        version: 1,
        name: '큰손 고객',
        rule: BY_MOUSE,
      });

      // everybody, so that somebody is stopped
      const draft = oneSend({ key: promo, segment: 'everyone' });
      const labels = [{ name: 'vip', segment: vip }];
      await stack.ok(
        'PUT',
        `/v1/campaigns/${promo}`,
        { ...draft, labels },
        { as: 'marketer', headers: { 'if-none-match': '*' } },
      );
      await page.reload();
      await page.getByRole('button', { name: say('세기', 'Count'), exact: true }).click();
      const step = page.locator('[data-step=consent_refused]');
      await step.waitFor();
      expect(await step.getAttribute('data-about')).toBe('4');
      await step.getByRole('button').click();
      await page.locator('[data-sampled="4"]').waitFor();
      await judge(came, `segment-funnel-${language}`);
      await page.locator('.funnel-sample a').first().click();
      await page.waitForURL(new RegExp(`/customers/c000\\d\\d\\?campaign=${promo}$`));
      await page.getByText('consent_refused').first().waitFor();
      await page.goto(`/campaigns/${promo}?step=sent`);
      await page.locator('[data-sampled="20"]').waitFor();
      await judge(came, `campaign-funnel-${language}`);
      await page.getByRole('link', { name: 'everyone', exact: true }).click();
      await page.waitForURL(/\/segments\/everyone$/);
      expect(await page.title()).not.toBe('1');
      expect(came.complaints).toEqual([]);
    });

    it('goes by keys alone, undoes, and overwrites nothing that somebody else has saved', async () => {
      const came = await comes(view, '/new-segment');
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
      const field = (pointer: string) => clause(page, pointer).getByLabel(say('항목', 'Field'), { exact: true });
      await tabTo(page.getByLabel(labelled('키', 'Key')));
      await page.keyboard.type(byKeys);
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
      await tabTo(clause(page, '/rules/3').getByLabel(say('이벤트', 'Event'), { exact: true }));
      await page.keyboard.type('purchase');
      await add('[data-add-group=""]', '');
      await tabTo(clause(page, '/rules/4/rules/0').getByLabel(say('값', 'Value'), { exact: true }));
      await page.keyboard.type('active');
      await counted(page, await apiCount(BY_KEYS));
      const second = field('/rules/1');
      const holds = (value: string) => until('it is there', async () => (await second.inputValue()) === value);
      // the second is moved down, and taken back
      await tabTo(clause(page, '/rules/1').getByLabel(say('아래로 옮기기', 'Move down')), 'Shift+Tab');
      await press('Enter');
      await holds('attribute.spent');
      await press('Control+z');
      await holds('attribute.grade');
      await judge(came, `segment-${language}`);
      await tabTo(page.getByRole('button', { name: saveAs(1) }), 'Shift+Tab');
      await press('Enter');
      await page.waitForURL(new RegExp(`/segments/${byKeys}$`));
      expect(await stack.ok('GET', `/v1/segments/${byKeys}`)).toMatchObject({
        version: 1,
        name: 'By keys',
        rule: BY_KEYS,
      });

      await page.getByRole('button', { name: saveAs(2) }).waitFor();
      await page.getByLabel(labelled('이름', 'Name')).fill('Mine');
      await stack.ok('PUT', `/v1/segments/${byKeys}`, { name: 'Theirs', rule: BY_KEYS });
      const keep = page.getByRole('button', { name: say('내 내용으로 덮기', 'Keep mine over it') });
      await keep.waitFor(); // told, not asked
      expect(await page.getByRole('button', { name: saveAs(2) }).isEnabled()).toBe(false);
      await keep.click();
      await page.getByRole('button', { name: saveAs(3) }).click();
      await page.locator('[data-dirty=false]').waitFor();
      const { items } = await stack.ok('GET', `/v1/segments/${byKeys}/versions`);
      expect(items.map(({ name: called }: { name: string }) => called)).toEqual(['Mine', 'Theirs', 'By keys']);

      const approver = await comes(view, `/segments/${byKeys}`, 'approver');
      await approver.page.locator('[data-count]').first().waitFor();
      expect(await approver.page.getByRole('button', { name: say('저장', 'Save') }).count()).toBe(0);
      expect(approver.complaints).toEqual([]);
    });

    it('takes a list whose columns stand in another order, says what became of each row, and keeps what it replaces', async () => {
      const came = await comes(view, '/segment-upload');
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
      await page.getByLabel(say('고객 번호가 있는 열', 'Column with the customer ids')).selectOption('고객번호');
      await page.locator('[data-counts=matched]', { hasText: '2' }).waitFor();
      await page.getByLabel(labelled('키', 'Key')).fill(winners);
      await page.getByLabel(labelled('이름', 'Name')).fill(named);
      await page.locator('[data-ready=true]').waitFor();
      await judge(came, `segment-look-${language}`);
      await page.getByRole('button', { name: keep(2) }).click();
      await decide(page, null, `segment-upload-${language}`, came);
      await page.locator('[data-kept="1"]').waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: say('선택되지 않은 모든 행', 'All rows that selected nobody') }).click(),
      ]);
      expect(readFileSync(await download.path(), 'utf8')).toMatch(/4,.*repeats[^]*5,.*not the id/);
      await judge(came, `segment-uploaded-${language}`);
      await page.getByRole('link', { name: named }).click();
      await counted(page, 2);
      await page.getByRole('link', { name: say('다음 명단 올리기', 'Upload the next list') }).click();
      await page.locator('input[type=file]').setInputFiles(file(['monday,x,c00003']));
      await page.getByLabel(say('고객 번호가 있는 열', 'Column with the customer ids')).selectOption('고객번호');
      await page.locator('[data-counts=matched]', { hasText: '1' }).waitFor();
      await page.locator('[data-ready=true]').waitFor();
      await page.getByRole('button', { name: keep(1) }).click();
      await decide(page, null, `segment-upload-next-${language}`, came);
      await page.locator('[data-kept="2"]').waitFor();
      await page.getByRole('link', { name: named }).click();
      await counted(page, 1);
      await page.locator('tbody tr').nth(1).waitFor();
      await judge(came, `segment-list-${language}`);
      expect(await page.title()).not.toBe('1');
      const { customers: chosen } = await stack.ok('POST', `/v1/segments/${winners}/sample`, {}, { as: 'marketer' });
      expect(chosen.map(({ id }: { id: string }) => id)).toEqual(['c00003']);
    });
  });
});
