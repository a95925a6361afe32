/**
 * The books at the edge: as of a moment and a day, page by page, as a table, and what is no time.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { freshState, padoBeside } from '../cli/launcher.js';
import { expectProblem } from './problems.js';

export function ledgerCases(stack: () => Stack): void {
  const read = (path: string) => stack().ok('GET', `/v1/ledger/${path}`, undefined, { as: 'finance' });
  const fund = (budget: string, value: string, currency = 'JPY') =>
    stack().ok(
      'POST',
      `/v1/budgets/${budget}/fundings`,
      { amount: { value, currency }, reference: `r-${value}` },
      { as: 'finance' },
    );
  const line = (account: string, debits: string, credits: string, balance: string, entries: number) => ({
    account,
    kind: account.split(':')[0],
    debits,
    credits,
    balance,
    entries,
  });

  describe('the books', () => {
    let first: { bookedAt: string; businessOn: string };

    it('tell every account as of a moment, by currency, and nothing before the first booking', async () => {
      for (const [key, currency] of [
        ['yen', 'JPY'],
        ['yen-too', 'JPY'],
        ['krone', 'NOK'],
      ])
        await stack().ok('PUT', `/v1/budgets/${key}`, { name: 'b', currency }, { as: 'finance' });
      await fund('yen', '500');
      [first] = (await read('accounts/budget:yen/entries')).items;
      await fund('yen', '70');
      await fund('yen-too', '3');
      await fund('krone', '9', 'NOK');
      const all = await read('trial-balance');
      expect(all).toMatchObject({ by: 'booked', at: null });
      expect(all.currencies.find(({ currency }: { currency: string }) => currency === 'JPY')).toEqual({
        currency: 'JPY',
        debits: '573',
        credits: '573',
        accounts: [
          line('budget:yen', '570', '0', '570', 2),
          line('budget:yen-too', '3', '0', '3', 1),
          line('funding:yen', '0', '570', '-570', 2),
          line('funding:yen-too', '0', '3', '-3', 1),
        ],
      });
      const then = await read(`trial-balance?currency=JPY&at=${first.bookedAt}`);
      expect(then.currencies).toEqual([
        {
          currency: 'JPY',
          debits: '500',
          credits: '500',
          accounts: [line('budget:yen', '500', '0', '500', 1), line('funding:yen', '0', '500', '-500', 1)],
        },
      ]);
      expect((await read('trial-balance?currency=JPY&by=business&at=2020-02-29')).currencies).toEqual([]);
      expect((await read(`trial-balance?currency=NOK&by=business&at=${first.businessOn}`)).currencies).toMatchObject([
        { currency: 'NOK', debits: '9', credits: '9' },
      ]);
    });

    it('tell one account, and the entries behind its number, page by page', async () => {
      expect(await read(`accounts/budget:yen?at=${first.bookedAt}`)).toEqual({
        by: 'booked',
        at: first.bookedAt,
        currency: 'JPY',
        ...line('budget:yen', '500', '0', '500', 1),
      });
      expect(await read('accounts/budget:yen?by=business&at=2020-01-01')).toMatchObject({ balance: '0', entries: 0 });
      const page = await read('accounts/budget:yen/entries?limit=1');
      expect(page.items).toEqual([
        {
          no: 1,
          transfer: 'yen#fund/r-500',
          kind: 'fund',
          payout: null,
          side: 'debit',
          amount: '500',
          currency: 'JPY',
          counter: 'funding:yen',
          debits: '500',
          credits: '0',
          balance: '500',
          at: expect.any(String),
          businessOn: first.businessOn,
          bookedAt: first.bookedAt,
        },
      ]);
      const next = await read(`accounts/budget:yen/entries?limit=1&cursor=${page.next}`);
      expect(next).toMatchObject({ items: [{ no: 2, amount: '70', balance: '570' }], next: null });
      const day = `by=business&from=${first.businessOn}&at=${first.businessOn}`;
      expect((await read(`accounts/budget:yen/entries?${day}`)).items.length).toBe(2);
      expect((await read('accounts/budget:yen/entries?by=business&at=2020-01-01')).items).toEqual([]);
    });

    it('come as a table, and by the command line', async () => {
      const { body, headers } = await stack().request('GET', '/v1/ledger/trial-balance.csv?currency=JPY', undefined, {
        as: 'finance',
      });
      expect(headers.get('content-disposition')).toContain('trial-balance.csv');
      expect(String(body).replace('\ufeff', '').replaceAll('"', '').split('\r\n')).toEqual([
        'currency,account,kind,debits,credits,debit_balance,credit_balance,entries',
        'JPY,budget:yen,budget,570,0,570,0,2',
        'JPY,budget:yen-too,budget,3,0,3,0,1',
        'JPY,funding:yen,funding,0,570,0,570,2',
        'JPY,funding:yen-too,funding,0,3,0,3,1',
        'JPY,total,,573,573,573,573,',
        '',
      ]);
      const state = freshState();
      const run = (...args: string[]) =>
        padoBeside({ PADO_URL: stack().api.url, PADO_API_KEY: stack().keys.finance }, state.dir, 'ledger', ...args);
      const balance = await run('balance', '--currency', 'JPY', '--at', first.bookedAt);
      expect(balance).toMatchObject({ code: 0 });
      expect(balance.stdout.split('\n').map((text) => text.split(/ +/))).toEqual([
        ['JPY', 'debits', 'credits', 'balance'],
        ['budget:yen', '500', '0', '500'],
        ['funding:yen', '0', '500', '-500'],
        ['total', '500', '500'],
        [''],
      ]);
      const entries = await run('entries', 'budget:yen', '--json');
      expect(
        entries.stdout
          .trimEnd()
          .split('\n')
          .map((text) => (JSON.parse(text) as { no: number }).no),
      ).toEqual([1, 2]);
      const refused = await run('entries', 'budget:none');
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('There is no such account')]);
      state.remove();
    }, 60_000);

    it.each([
      ['trial-balance?at=yesterday', 'at'],
      ['trial-balance?at=2026-03-31', 'at'],
      ['trial-balance?by=business&at=2026-03-31T00:00:00Z', 'at'],
      ['trial-balance?by=business&at=2026-02-30', 'at'],
      ['trial-balance?by=value', 'by'],
      ['trial-balance.csv?currency=won', 'currency'],
      ['accounts/budget:yen?at=1', 'at'],
      ['accounts/budget:yen/entries?from=1', 'from'],
      ['accounts/budget:yen/entries?cursor=YQ', 'cursor'],
    ])('%s is refused', async (path, parameter) => {
      const reply = await stack().request('GET', `/v1/ledger/${path}`);
      expectProblem(reply, 400, 'invalid', [{ parameter }]);
    });

    it('have no account that nobody has', async () => {
      for (const path of ['accounts/budget:none', 'accounts/budget:none/entries'])
        expectProblem(await stack().request('GET', `/v1/ledger/${path}`), 404, 'not_found');
    });
  });
}
