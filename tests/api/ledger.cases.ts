/**
 * The books at the edge: as of a moment and a day, page by page, as a table, and what is no time.
 */
import { describe, expect, it } from '@jest/globals';
import { appendTransfers } from '../../src/storage/ledger.store.js';
import { createPool, inTransaction } from '../../src/storage/pool.js';
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
          postedOn: first.businessOn,
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
    });

    it.each([
      ['trial-balance?at=yesterday', 'at'],
      ['trial-balance?at=2026-03-31', 'at'],
      ['trial-balance?by=business&at=2026-03-31T00:00:00Z', 'at'],
      ['trial-balance?by=business&at=2026-02-30', 'at'],
      ['trial-balance?by=value', 'by'],
      ['trial-balance.csv?currency=won', 'currency'],
      ['trial-balance?by=posted&at=2026-03', 'at'],
      ['accounts/budget:yen?at=1', 'at'],
      ['accounts/budget:yen/entries?from=1', 'from'],
      ['accounts/budget:yen/entries?cursor=YQ', 'cursor'],
    ])('%s is refused', async (path, parameter) => {
      const reply = await stack().request('GET', `/v1/ledger/${path}`);
      expectProblem(reply, 400, 'invalid', [{ parameter }]);
    });

    it('close a month under four eyes, once it is over', async () => {
      const pool = createPool(stack().appUrl, { max: 1 });
      const old = {
        debit: 'budget:yen',
        credit: 'funding:yen',
        amount: 1,
        currency: 'JPY',
        at: Date.parse('2020-01-15'),
      };
      await inTransaction(pool, (client) =>
        appendTransfers(client, [{ id: 'yen#fund/old', kind: 'fund', payoutKey: null, ...old }]),
      );
      await pool.end();
      const decide = (path: string, as: 'finance' | 'admin' | 'operator', body?: object) =>
        stack().request('POST', `/v1/ledger/periods/${path}`, body, { as });
      const because = { reason: 'all is in' };
      expectProblem(await decide('2020-01/close/approve', 'admin'), 409, 'conflict');
      const proposed = await decide('2020-01/close', 'finance', because);
      expect([proposed.status, proposed.body]).toEqual([
        202,
        {
          month: '2020-01',
          state: 'open',
          transfers: 1,
          late: 0,
          proposed: { move: 'close', by: expect.any(String), at: expect.any(String), ...because },
        },
      ]);
      expectProblem(await decide('2020-01/close/approve', 'finance'), 403, 'own_work');
      expectProblem(await decide('2020-01/close/approve', 'operator'), 403, 'forbidden');
      expectProblem(await decide('2020-02/close', 'finance', because), 409, 'conflict');
      expectProblem(await decide('2020-13/close', 'finance', because), 400, 'invalid', [{ parameter: 'month' }]);
      expectProblem(await decide('2020-01/close', 'finance', {}), 400, 'invalid', [{ pointer: '/reason' }]);
      expect((await decide('2020-01/close/approve', 'admin')).body).toMatchObject({ state: 'closed', proposed: null });
      const { zone, months, closings } = await read('periods');
      expect([zone, months[0]?.state, closings[0]?.move]).toEqual(['Asia/Seoul', 'closed', 'close']);

      const state = freshState();
      const run = (as: 'finance' | 'admin', ...args: string[]) =>
        padoBeside({ PADO_URL: stack().api.url, PADO_API_KEY: stack().keys[as] }, state.dir, 'ledger', ...args);
      expect((await run('finance', 'periods')).stdout).toMatch(
        /^month +state +transfers +late\n2020-01 +closed +1 +0\n2020-02 +open/,
      );
      expect((await run('finance', 'reopen', '2020-01')).code).toBe(2);
      expect((await run('finance', 'reopen', '2020-01', '--reason', 'one more')).stdout).toMatch(
        /reopen proposed by .*: one more/,
      );
      const own = await run('finance', 'reopen', '2020-01', '--approve');
      expect([own.code, own.stderr]).toEqual([1, expect.stringContaining('Who proposed it cannot approve it')]);
      expect((await run('admin', 'reopen', '2020-01', '--approve')).stdout).toMatch(/2020-01 +open/);
      const zoned = await stack().request('PUT', '/v1/ledger/zone', { zone: 'UTC', ...because }, { as: 'finance' });
      expectProblem(zoned, 409, 'conflict');
      state.remove();
    });

    it('have signed heads, page by page, as the audit reads them', async () => {
      const none = await read('heads');
      expect(none).toEqual({ items: [], next: null }); // this installation has no key
      const lines = ['1', '2', '3'].map((no) => ({
        no: Number(no),
        statement: `{"no":${no}}`,
        signatures: { k: 'c2ln' },
      }));
      for (const { no, statement, signatures } of lines) {
        await stack().pool.query(
          `insert into signed_heads (no, kind, key_id, statement, signatures) values ($1, 'key', 'k', $2, $3)`,
          [no, statement, JSON.stringify(signatures)],
        );
      }
      const first = await read('heads?limit=2');
      expect(first.items).toEqual(lines.slice(0, 2));
      expect(await read(`heads?limit=2&cursor=${first.next}`)).toEqual({ items: lines.slice(2), next: null });
      const bad = Buffer.from('x').toString('base64url');
      expectProblem(await stack().request('GET', `/v1/ledger/heads?cursor=${bad}`), 400, 'invalid', [
        { parameter: 'cursor' },
      ]);
      const state = freshState();
      const env = { PADO_URL: stack().api.url, PADO_API_KEY: stack().keys.finance };
      const { stdout } = await padoBeside(env, state.dir, 'ledger', 'heads');
      expect(stdout).toBe(
        lines.map(({ statement, signatures }) => `${JSON.stringify({ statement, signatures })}\n`).join(''),
      );
      state.remove();
    });

    it('have no account that nobody has', async () => {
      for (const path of ['accounts/budget:none', 'accounts/budget:none/entries'])
        expectProblem(await stack().request('GET', `/v1/ledger/${path}`), 404, 'not_found');
    });
  });
}
