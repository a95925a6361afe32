/**
 * Settlements at the edge: files of every kind, previewed, kept in versions and refused as a whole; fetched from the provider; matched; and what
 * differs worked off by two persons, by API and command line.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import iconv from 'iconv-lite';
import { XLSX_TYPE } from '../../src/api/files/table.js';
import { dayOf } from '../../src/domain/ledger/settlement.js';
import { call, payout } from '../simulator/harness.js';
import { freshState, padoBeside } from '../cli/launcher.js';
import { ifSeen } from '../support/proposals.js';
import type { Reply, Stack } from '../support/stack.js';
import { listBook } from '../support/workbooks.js';
import { expectProblem } from './problems.js';

const HEADER = 'key,reference,amount,currency,paid_at';
const DAY = '2026-03-03';
const ROW = `p/run/reward/1/c1/1,r-1,5000,KRW,${DAY}T11:00:00+09:00`;
const CSV = `${HEADER}\n${ROW}\n`;

export function settlementCases(stack: () => Stack): void {
  const path = (day = DAY, provider = 'sim-pay') => `/v1/ledger/settlements/${provider}/${day}`;
  const upload = async (body: string | Buffer, at = path(), type = 'text/csv'): Promise<Reply> => {
    const response = await fetch(stack().api.url + at, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack().keys.finance}`, 'content-type': type },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    const text = await response.text();
    const answer: unknown = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: answer };
  };
  const post = (at: string, body?: object, as: 'finance' | 'admin' | 'operator' = 'finance') =>
    stack().request('POST', at, body, { as });
  const approve = async (at: string, as: 'finance' | 'admin', seen?: Record<string, string>) => {
    const headers = seen ?? (await ifSeen(stack(), at));
    return await stack().request('POST', `${at}/resolve/approve`, undefined, { as, headers });
  };
  const read = (at: string) => stack().ok('GET', `/v1/ledger/${at}`, undefined, { as: 'finance' });
  const files = async (day = DAY) => (await read(`settlements?provider=sim-pay&day=${day}`)).items;

  describe('a settlement', () => {
    it('is previewed, kept, and replaced by other bytes only; every version stays', async () => {
      const preview = await upload(CSV, `${path()}?preview=true`);
      expect([preview.status, preview.body]).toEqual([
        200,
        {
          file: expect.objectContaining({ id: `sim-pay@${DAY}@1`, version: 1, rows: 1, source: 'uploaded' }),
          unchanged: false,
          head: { header: HEADER.split(','), rows: [{ line: 2, cells: ROW.split(',') }] },
        },
      ]);
      expect(await files()).toEqual([]);
      const first = await upload(CSV);
      expect(first.body).toMatchObject({ file: { version: 1, rows: 1 }, unchanged: false, head: null });
      expect((await upload(CSV)).body).toMatchObject({ file: { version: 1 }, unchanged: true });
      expect((await upload(`${CSV}p/x/1,,-7,KRW,${DAY}T12:00:00Z\n`)).body).toMatchObject({
        file: { version: 2, rows: 2 },
      });
      expect((await files()).map(({ version, rows }: { version: number; rows: number }) => [version, rows])).toEqual([
        [2, 2],
        [1, 1],
      ]);
      const page = await read(`settlements?provider=sim-pay&day=${DAY}&limit=1`);
      const rest = await read(`settlements?provider=sim-pay&day=${DAY}&limit=1&cursor=${page.next}`);
      expect([rest.items[0].version, rest.next]).toEqual([1, null]);
      const { rows } = await stack().pool.query(
        `select action, before ->> 'version' as before, after ->> 'version' as after from audit_log where subject = 'settlement/sim-pay/${DAY}' order by no`,
      );
      expect(rows).toEqual([
        { action: 'settlement.upload', before: null, after: '1' },
        { action: 'settlement.upload', before: '1', after: '2' },
      ]);
    });

    it.each<[string, () => Promise<Buffer> | Buffer, string]>([
      ['a CSV with a byte order mark', () => Buffer.from(`\ufeff${CSV}`), 'text/csv'],
      [
        'a CSV in EUC-KR, with columns in another order and one of their own',
        () =>
          iconv.encode(
            `비고,paid_at,currency,amount,key,reference\n확인,${DAY} 11:00:00,KRW,5000,p/1,참조-1\n`,
            'cp949',
          ),
        'text/csv; charset=euc-kr',
      ],
      ['a workbook', () => listBook([HEADER.split(','), ['p/1', '', '5000', 'KRW', `${DAY}T11:00:00`]]), XLSX_TYPE],
    ])('is taken as %s', async (_, bytes, type) => {
      const day = '2026-03-05';
      expect(await upload(await bytes(), path(day), type)).toMatchObject({ status: 200, body: { file: { rows: 1 } } });
      const [{ id }] = await files(day);
      const { rows } = await stack().pool.query(
        'select amount::int, currency, paid_at from settlement_rows where file = $1',
        [id],
      );
      expect(rows).toEqual([{ amount: 5000, currency: 'KRW', paid_at: new Date(`${DAY}T11:00:00+09:00`) }]);
    });

    it('with rows that cannot be read is refused as a whole, by line and reason and never with what stood there', async () => {
      const before = await files();
      const bad = [
        ',r,5000,KRW,2026-03-03T11:00:00Z',
        'p/secret-1,r,50.5,KRW,2026-03-03T11:00:00Z',
        'p/2,r,0,KRW,2026-03-03T11:00:00Z',
        'p/3,r,5000,won,2026-03-03T11:00:00Z',
        'p/4,r,5000,KRW,yesterday',
        'p/5,r,5000,KRW',
        'p/6,r,99999999999999,KRW,2026-03-03T11:00:00Z',
      ];
      const csv = `${CSV}${bad.join('\n')}\n`;
      for (const at of [path(), `${path()}?preview=true`]) {
        const reply = await upload(csv, at);
        expectProblem(
          reply,
          422,
          'unprocessable',
          bad.map((_, n) => ({ line: n + 3 })),
        );
        expect(JSON.stringify(reply.body)).not.toContain('secret');
      }
      const refused = await upload(csv, `${path()}/refused`);
      expect(refused.headers.get('content-type')).toContain('text/csv');
      expect(String(refused.body).split('\r\n')).toEqual([
        'line,reason',
        '3,key is not 1 to 128 of A-Z a-z 0-9 _ . : / -',
        ...[4, 5].map((line) => `${line},amount is not a whole number of minor units other than 0`),
        '6,currency is not an ISO 4217 code such as KRW',
        '7,paid_at is not a time such as 2026-03-03T10:00:00+09:00',
        '8,has 4 cells and the header has 5',
        '9,amount is not a whole number of minor units other than 0',
        '',
      ]);
      expect(String((await upload(CSV, `${path()}/refused`)).body)).toBe('line,reason\r\n');
      expect(await files()).toEqual(before);
    });

    it.each<[string, string, number, string, object]>([
      ['no header', '', 422, 'unprocessable', { line: 1 }],
      ['a column too few', 'key,amount,currency,paid_at\n', 422, 'unprocessable', { parameter: 'reference' }],
      ['a column twice', `${HEADER},key\n`, 422, 'unprocessable', { parameter: 'key' }],
    ])('with %s is refused', async (_, csv, status, kind, fault) => {
      for (const at of [path(), `${path()}/refused`]) expectProblem(await upload(csv, at), status, kind, [fault]);
    });

    it('is of a provider that there is, and of a day that has come', async () => {
      expectProblem(await upload(CSV, path(DAY, 'nobody')), 404, 'not_found');
      expectProblem(await upload(CSV, path('2026-02-30')), 400, 'invalid', [{ parameter: 'day' }]);
      expectProblem(await upload(CSV, path('2090-01-01')), 400, 'invalid', [{ parameter: 'day' }]);
      expectProblem(await upload('{}', path(), 'application/json'), 415, 'media_type');
      expectProblem(await post(`${path('2026-03-09')}/match`), 409, 'conflict');
      for (const at of [
        'settlements?day=1',
        'settlement-days?from=1',
        'settlement-days?cursor=YQ',
        'matches?cursor=YQ',
        'breaks?class=x',
        'breaks?cursor=YQ',
      ])
        expectProblem(await stack().request('GET', `/v1/ledger/${at}`), 400, 'invalid');
    });
  });

  describe('a match', () => {
    let today: string;
    let id: string;
    beforeAll(async () => {
      today = dayOf(await stack().businessNow(), 'Asia/Seoul');
      const { provider } = stack().simulator;
      const paid = await call(provider, 'POST', '/payouts', payout('p/stranger/1'), { key: 'p/stranger/1' });
      expect(paid.status).toBe(201);
    });

    it('of what the provider was asked for names what differs, and again changes nothing', async () => {
      const fetched = await post(`${path(today)}/fetch`);
      expect(fetched).toMatchObject({
        status: 200,
        body: { file: { source: 'fetched', rows: 1, version: 1 }, unchanged: false },
      });
      expect((await post(`${path(today)}/fetch`)).body).toMatchObject({ unchanged: true });
      const matched = await post(`${path(today)}/match`);
      // what others of this installation have paid is missing there
      expect(matched.body).toMatchObject({ changed: true, settled: 0, match: { rows: 1, matched: 0 } });
      expect(matched.body.open).toBe(matched.body.match.opened);
      expect((await post(`${path(today)}/match`)).body).toEqual({ ...matched.body, changed: false });
      const { items } = await read(`breaks?provider=sim-pay&day=${today}&class=unknown_to_us`);
      expect(items).toMatchObject([
        {
          class: 'unknown_to_us',
          payout: 'p/stranger/1',
          difference: '5000',
          currency: 'KRW',
          compensated: '0',
          state: 'open',
          ageDays: 0,
          facts: { theirs: { amount: '5000', currency: 'KRW', day: today, line: 2 } },
        },
      ]);
      [{ id }] = items;
      expect((await read(`matches?provider=sim-pay&day=${today}`)).items).toEqual([matched.body.match]);
      const day = await read(`settlement-days?provider=sim-pay&from=${today}&to=${today}`);
      const { rows, posted, no } = matched.body.match;
      expect(day).toMatchObject({
        items: [
          { day: today, state: 'differs', file: { version: 1 }, match: { no, rows, posted }, open: matched.body.open },
        ],
        next: null,
      });
      expect(day.items[0].sums).toEqual([
        { currency: 'KRW', settlement: '5000', open: expect.stringMatching(/^-?\d+$/) },
      ]);
      const first = await read('settlement-days?limit=1');
      expect((await read(`settlement-days?limit=1&cursor=${first.next}`)).items[0].day < first.items[0].day).toBe(true);
    });

    it('leaves breaks to two persons, and books what they decide', async () => {
      const at = `/v1/ledger/breaks/${id}`;
      const because = { resolution: 'compensate', reason: 'case 7' };
      expectProblem(await approve(at, 'admin'), 409, 'conflict');
      expectProblem(await post(`${at}/resolve`, { resolution: 'accept' }), 400, 'invalid', [{ pointer: '/reason' }]);
      expectProblem(await post(`${at}/resolve`, { ...because, resolution: 'forget' }), 400, 'invalid', [
        { pointer: '/resolution' },
      ]);
      expectProblem(await post(`${at}/assign`, {}), 400, 'invalid', [{ pointer: '/assignee' }]);
      expectProblem(await post(`${at}/resolve`, because, 'operator'), 403, 'forbidden');
      expectProblem(await post('/v1/ledger/breaks/none/resolve', because), 404, 'not_found');
      expect((await post(`${at}/assign`, { assignee: 'kim' })).body).toMatchObject({ assignee: 'kim' });
      expect((await read('breaks?assignee=kim&state=open&class=unknown_to_us')).items).toHaveLength(1);
      const proposed = await post(`${at}/resolve`, because);
      expect([proposed.status, proposed.body.proposed]).toEqual([
        202,
        { ...because, by: expect.any(String), at: expect.any(String), tag: expect.stringMatching(/^"[\w-]{22}"$/) },
      ]);
      expectProblem(await approve(at, 'finance'), 403, 'own_work');
      const seen = await ifSeen(stack(), at);
      await post(`${at}/resolve`, { ...because, reason: 'case 8' });
      expectProblem(await approve(at, 'admin', {}), 428, 'precondition_required');
      expectProblem(await approve(at, 'admin', seen), 412, 'stale');
      expect((await approve(at, 'admin')).body).toMatchObject({
        state: 'resolved',
        compensated: '5000',
        proposed: null,
      });
      const { moves } = await read(`breaks/${id}`);
      expect(moves).toMatchObject([
        { to: 'open', transfer: null },
        { to: 'resolved', transfer: `${id}#write_up/1` },
      ]);
      expect(await read('accounts/suspense:sim-pay')).toMatchObject({ balance: '-5000', kind: 'suspense' });
      expectProblem(await post(`${at}/assign`, { assignee: 'lee' }), 409, 'conflict');
    });

    it('is run, and its breaks are worked off, by the command line', async () => {
      const state = freshState();
      const folder = mkdtempSync(join(tmpdir(), 'pado-settlement-'));
      const run = (as: 'finance' | 'admin', ...args: string[]) =>
        padoBeside({ PADO_URL: stack().api.url, PADO_API_KEY: stack().keys[as] }, state.dir, 'match', ...args);
      const day = '2026-03-07';
      const file = join(folder, 'day.csv');
      writeFileSync(file, `${HEADER}\np/cli/1,r,70,KRW,${day}T10:00:00+09:00\nbad row,r,1,KRW,${day}\n`);
      const bad = await run('finance', 'upload', 'sim-pay', day, file);
      expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('line 3  key is not')]);
      expect((await run('finance', 'upload', 'sim-pay', day, file, '--refused')).stdout).toBe(
        'line,reason\r\n3,key is not 1 to 128 of A-Z a-z 0-9 _ . : / -\r\n',
      );
      writeFileSync(file, `${HEADER}\np/cli/1,r,70,KRW,${day}T10:00:00+09:00\n`);
      expect((await run('finance', 'upload', 'sim-pay', day, file, '--preview')).stdout).toMatch(
        /^key +reference.*\np\/cli\/1 [^]*would be in force: 1 rows/,
      );
      expect((await run('finance', 'upload', 'sim-pay', day, file)).stdout).toContain(
        `sim-pay@${day}@1 is in force: 1 rows`,
      );
      expect((await run('finance', 'run', 'sim-pay', day)).stdout).toMatch(
        /posted +rows +matched +settled +open\n +\d+ +sim-pay@2026-03-07@1 +0 +1 +0 +0 +1\n/,
      );
      const [one = '{}'] = (await run('finance', 'breaks', '--day', day, '--json')).stdout.split('\n');
      const found = JSON.parse(one) as { id: string; payout: string };
      expect(found.payout).toBe('p/cli/1');
      expect((await run('finance', 'resolve', found.id, '--accept')).code).toBe(2);
      expect((await run('finance', 'assign', found.id, 'kim')).stdout).toContain('unknown_to_us  open  kim');
      expect((await run('finance', 'resolve', found.id, '--accept', '--reason', 'theirs')).stdout).toContain(
        'accept proposed by',
      );
      const [, tag = ''] = /tag (\S+)/.exec((await run('admin', 'breaks', '--day', day)).stdout) ?? [];
      expect((await run('finance', 'resolve', found.id, '--approve', tag)).code).toBe(1);
      expect((await run('admin', 'resolve', found.id, '--approve', tag)).stdout).toContain('resolved');
      expect((await run('finance', 'breaks', '--day', day, '--state', 'open')).stdout).toMatch(
        /^id +day +class[^\n]*\n$/,
      );
      expect((await run('finance', 'files', '--day', day)).stdout).toContain(`sim-pay@${day}@1`);
      const listed = await run('finance', 'list', '--provider', 'sim-pay', '--day', day);
      expect(listed.stdout).toContain(`sim-pay@${day}@1`);
      expect((await run('finance', 'fetch', 'sim-pay', '2026-03-08')).stdout).toContain('is in force: 0 rows');
      rmSync(folder, { recursive: true });
      state.remove();
    });
  });
}
