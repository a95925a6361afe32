/**
 * Finance's reports: every number is what the path beside it lists, row by row.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { movePayouts, type PayoutMove } from '../../src/storage/payout-moves.js';
import { createPool, inTransaction } from '../../src/storage/pool.js';
import { freshState, padoBeside } from '../cli/launcher.js';
import { AMOUNT, seedPayouts } from '../support/payouts.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

const on = (day: string) => Date.parse(`2026-03-${day}:00+09:00`);

export function reportCases(stack: () => Stack): void {
  const read = (path: string) => stack().ok('GET', path, undefined, { as: 'finance' });
  /** All pages behind a path. */
  const listed = async (path: string): Promise<{ amount: { value: string } }[]> => {
    const all = [];
    for (let cursor = ''; ;) {
      const { items, next } = await read(`${path}&limit=2${cursor}`);
      all.push(...items);
      if (next === null) return all;
      cursor = `&cursor=${next}`;
    }
  };
  interface Sum {
    count: number;
    total: string;
    rows: string;
  }
  const expectTraced = async (items: Sum[]) => {
    for (const { count, total, rows } of items) {
      const behind = await listed(rows);
      const sum = behind.reduce((all, { amount }) => all + Number(amount.value), 0);
      expect([rows, behind.length, String(sum)]).toEqual([rows, count, total]);
    }
  };

  describe('the reports', () => {
    const state = freshState();
    afterAll(() => state.remove());

    beforeAll(async () => {
      const pool = createPool(stack().appUrl, { max: 1 });
      const move = (moves: PayoutMove[], day: string) =>
        inTransaction(pool, (client) => movePayouts(client, moves, { now: on(day), cause: 'reply' }));
      const a = await seedPayouts(stack().pool, pool, 'ra', 7, 'pay-ra');
      await seedPayouts(stack().pool, pool, 'rb', 2, 'pay-rb');
      const [paid = '', settled = '', old = '', fresh = '', held = '', rejected = ''] = a.keys;
      const sent = [paid, settled, old, fresh, rejected].map((key) => ({ key, to: 'submitting' as const }));
      await move(sent, '03T10:00');
      await move(
        [paid, settled].map((key) => ({ key, to: 'paid', paidAt: on('03T11:00') })),
        '03T11:00',
      );
      await move([{ key: settled, to: 'settled' }], '04T11:00');
      await move([{ key: old, to: 'ambiguous' }], '03T10:00'); // seven days and two hours ago
      await move([{ key: fresh, to: 'ambiguous' }], '10T00:00');
      await move([{ key: held, to: 'held', reason: 'incident' }], '09T11:59'); // a day and a minute ago
      await move([{ key: rejected, to: 'rejected', reason: 'closed' }], '05T10:00');
      await stack().pool.query(
        `insert into owed_items (payout_key, opened_at, reason) select $1, $2, 'closed'
         where not exists (select from owed_items where payout_key = $1)`,
        [rejected, new Date(on('05T10:00'))],
      );
      await pool.end();
    });

    it('add payouts up by day, campaign, provider and state, each with the path of exactly its rows', async () => {
      const { items, next } = await read('/v1/reports/payouts?from=2026-03-03&to=2026-03-03');
      const row = (campaign: string, state: string, count: number) => ({
        day: '2026-03-03',
        campaign: `c-${campaign}`,
        provider: `pay-${campaign}`,
        state,
        currency: 'KRW',
        count,
        total: String(count * AMOUNT),
        rows: expect.stringContaining('/v1/payouts?'),
      });
      expect([items, next]).toEqual([
        [
          row('ra', 'ambiguous', 2),
          row('ra', 'held', 1),
          row('ra', 'intended', 1),
          row('ra', 'paid', 1),
          row('ra', 'rejected', 1),
          row('ra', 'settled', 1),
          row('rb', 'intended', 2),
        ],
        null,
      ]);
      await expectTraced(items);
      expect((await read('/v1/reports/payouts?from=2026-03-04')).items).toEqual([]);
      const pages = [];
      for (let cursor = ''; ;) {
        const page = await read(`/v1/reports/payouts?provider=pay-ra&limit=4${cursor}`);
        pages.push(...page.items);
        if (page.next === null) break;
        cursor = `&cursor=${page.next}`;
      }
      expect(pages).toEqual(items.filter(({ provider }: { provider: string }) => provider === 'pay-ra'));
    });

    it('tell what is ambiguous, held and owed by its age as of business now', async () => {
      const { now, items } = await read('/v1/reports/open-items');
      expect(now).toMatch(/^2026-03-10T03:/);
      const own = items.filter(({ provider }: { provider: string }) => provider === 'pay-ra');
      expect(own.map(({ what, age, count, oldest }: Record<string, unknown>) => [what, age, count, oldest])).toEqual([
        ['ambiguous', 'under a day', 1, '2026-03-09T15:00:00.000Z'],
        ['ambiguous', 'under 30 days', 1, '2026-03-03T01:00:00.000Z'],
        ['held', 'under 7 days', 1, '2026-03-09T02:59:00.000Z'],
        ['owed', 'under 7 days', 1, '2026-03-05T01:00:00.000Z'],
      ]);
      await expectTraced(items);
    });

    it('tell each budget against what was spent, down to the entries', async () => {
      const { items } = await read('/v1/reports/budgets');
      const main = items.find(({ budget }: { budget: string }) => budget === 'main');
      expect(main).toMatchObject({ funded: { amount: '5000' }, available: { amount: '5000' }, spent: { amount: '0' } });
      const entries = await read(main.funded.rows);
      expect(entries.items).toMatchObject([{ transfer: 'main#fund/r-1', amount: '5000' }]);
      expect((await read('/v1/reports/budgets?by=business&at=2026-03-01')).items).toEqual([]);
      const spent = await listed('/v1/payouts?budget=b-ra&state=paid&state=settled');
      expect(spent.length).toBe(2);
    });

    it('come by the command line', async () => {
      const env = { PADO_URL: stack().api.url, PADO_API_KEY: stack().keys.finance };
      const run = (...args: string[]) => padoBeside(env, state.dir, 'ledger', 'report', ...args);
      const payouts = await run('payouts', '--provider', 'pay-rb');
      expect(payouts.stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
        ['day', 'campaign', 'provider', 'state', 'currency', 'count', 'total'],
        ['2026-03-03', 'c-rb', 'pay-rb', 'intended', 'KRW', '2', '10000'],
        [''],
      ]);
      expect((await run('open-items')).stdout).toMatch(/^what +campaign[^]*\nheld +c-ra/);
      expect((await run('budgets', '--json')).stdout).toMatch(/\nmain +KRW +5000 +5000 +0 +0\n[^]*\{"items":\[/);
      expect((await run('payouts', '--csv')).stdout).toMatch(/^\ufeff?"day","campaign"/);
      expect((await run('nothing')).code).toBe(2);
    });

    it.each([
      ['/v1/reports/payouts?from=2026-02-30', 'from'],
      ['/v1/reports/payouts?from=2026-03-02&to=2026-03-01', 'to'],
      ['/v1/reports/payouts?cursor=YQ', 'cursor'],
      ['/v1/reports/budgets?at=yesterday', 'at'],
      ['/v1/payouts?state=nice', 'state'],
      ['/v1/payouts?since=2026-03-01', 'since'],
      ['/v1/owed-items?before=1', 'before'],
    ])('%s is refused', async (path, parameter) => {
      expectProblem(await stack().request('GET', path), 400, 'invalid', [{ parameter }]);
    });
  });
}
