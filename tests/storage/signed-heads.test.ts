/**
 * Signed heads from the chain to the places outside: one a day and at each closing, keys that hand over, a file and a webhook that get every line once,
 * whatever fails in between; and the audit, which reads the file by code of its own.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { runAudit } from '../../src/auditor/index.js';
import { SignedHttp } from '../../src/channels/signed-http.js';
import { linkHash } from '../../src/domain/ledger/chain.js';
import { signingKey, type SigningKey } from '../../src/domain/ledger/signed-heads.js';
import { lineOf } from '../../src/notary/head-file.js';
import { Notary } from '../../src/notary/notary.js';
import { BudgetsStore } from '../../src/storage/budgets.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { PeriodsStore } from '../../src/storage/periods.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { SignedHeadsStore } from '../../src/storage/signed-heads.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, T0 } from '../support/seed.js';

const DAY_MS = 86_400_000;
const KEY = signingKey(Buffer.alloc(32, 1).toString('base64'));
const NEXT = signingKey(Buffer.alloc(32, 2).toString('base64'));
const FORGER = signingKey(Buffer.alloc(32, 3).toString('base64'));
const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('signed heads', () => {
  let database: TestDatabase;
  let pool: Pool;
  let budgets: BudgetsStore;
  let dir: string;
  let file: string;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    budgets = new BudgetsStore(pool);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await budgets.put({ key: 'main', name: 'main', currency: 'KRW' }, { by: 'finance', now: T0 });
    dir = mkdtempSync(join(tmpdir(), 'pado-heads-'));
    file = join(dir, 'heads.jsonl');
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const fund = async (reference: string) => {
    const given = { budget: 'main', amount: { minor: 5, currency: 'KRW' }, reference };
    await inTransaction(pool, (client) => budgets.fund(client, given, { by: 'finance', now: T0 }));
    await new LedgerSealsStore(pool).sealBatch();
  };
  const store = (...keys: SigningKey[]) => new SignedHeadsStore(pool, keys.length > 0 ? keys : [KEY]);
  const notary = (...keys: SigningKey[]) => new Notary(store(...keys), { file, webhook: null });
  const said = async () => (await store().after(0, 100)).map(({ statement }) => JSON.parse(statement));
  const lines = () => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  /** What the audit says of the signed heads, by number and place. */
  const audited = async (over: { headsFile?: string; headsKey?: string } = { headsFile: file }) => {
    const books = { providerBooks: [], gatewayBooks: [] };
    const { laws } = await runAudit({ databaseUrl: database.ownerUrl, ...books, ...over });
    const law = laws.find((one) => one.law === 3);
    return law?.violations.map(({ what, keys }) => `${keys['no']} ${keys['place']}: ${what}`) ?? [];
  };
  const forge = (...statements: string[]) =>
    inTransaction(database.pool, async (client) => {
      await client.query('set local session_replication_role = replica');
      for (const statement of statements) await client.query(statement);
    });

  it('are signed once a day, when the chain has something new, and bound to each other', async () => {
    expect(await store().signDue(T0)).toBe('nothing_due');
    await fund('a');
    expect(await store().signDue(T0)).toBe('signed');
    await fund('b');
    expect(await store().signDue(T0 + 1)).toBe('nothing_due');
    expect(await store().signDue(T0 + DAY_MS)).toBe('signed');
    expect(await store().signDue(T0 + 2 * DAY_MS)).toBe('nothing_due'); // nothing new
    const [key, first, second] = await said();
    expect(key).toMatchObject({ kind: 'key', no: 1, key: KEY.id, publicKey: KEY.publicKey });
    expect(first).toMatchObject({ kind: 'head', no: 2, through: 1, closings: 0 });
    const { hash } = await new LedgerSealsStore(pool).head();
    expect(second).toMatchObject({ kind: 'head', no: 3, through: 2, hash: hash.toString('hex') });
    expect(await audited({})).toEqual([]);
  });

  it('are signed, too, when a month was closed, and name it', async () => {
    await fund('a');
    await store().signDue(T0);
    const periods = new PeriodsStore(pool);
    const now = T0 + 60 * DAY_MS;
    const [month] = (await periods.months(now)).map((one) => one.month);
    const close = (by: string, reason?: string) =>
      inTransaction(pool, (client) =>
        reason === undefined
          ? periods.approve(client, month as string, 'close', { by, now })
          : periods.propose(client, month as string, { move: 'close', reason }, { by, now }),
      );
    expect([await close('a', '마감'), await close('b')]).toEqual(['done', 'done']);
    expect(await store().signDue(T0)).toBe('signed');
    expect((await said()).at(-1)).toMatchObject({ kind: 'head', through: 1, closings: 1 });
    expect(await audited({})).toEqual([]);
    await forge(`update ledger_closings set reason = 'other'`);
    expect(await audited({})).toContain('3 database: the months were closed otherwise');
  });

  it('of many signers at once are one', async () => {
    await fund('a');
    const signed = await Promise.all(Array.from({ length: 8 }, () => store().signDue(T0)));
    expect(signed).toContain('signed');
    expect(await said()).toHaveLength(2);
  });

  it('hand over from key to key by both signatures; a key that nobody introduces signs nothing', async () => {
    await fund('a');
    await notary().signAndTell(T0);
    expect(await notary(NEXT).signAndTell(T0)).toEqual(['key_unknown']);
    expect(await said()).toHaveLength(2);
    expect(await notary(NEXT, KEY).signAndTell(T0)).toEqual([]);
    const [, , handed] = await store().after(0, 10);
    expect(Object.keys(handed?.signatures ?? {}).sort()).toEqual([KEY.id, NEXT.id].sort());
    await fund('b');
    expect(await notary(NEXT).signAndTell(T0 + DAY_MS)).toEqual([]); // the old key is gone
    expect((await said()).map(({ kind, key }) => [kind, key])).toEqual([
      ['key', KEY.id],
      ['head', KEY.id],
      ['key', NEXT.id],
      ['head', NEXT.id],
    ]);
    expect(await audited({ headsFile: file, headsKey: KEY.publicKey })).toEqual([]);
    expect(await audited({ headsFile: file, headsKey: FORGER.publicKey })).toContain(
      '1 file: the first key is not the one that was named',
    );
  });

  it('without a key are none', async () => {
    await fund('a');
    expect(await new SignedHeadsStore(pool, []).signDue(T0)).toBe('nothing_due');
    expect(await said()).toEqual([]);
  });

  it('go to the file once each, in order, also after a crash within a line', async () => {
    await fund('a');
    await notary().signAndTell(T0);
    const before = readFileSync(file, 'utf8');
    expect(lines()).toEqual((await store().after(0, 10)).map((head) => lineOf(head).trimEnd()));
    await notary().signAndTell(T0);
    expect(readFileSync(file, 'utf8')).toBe(before);
    truncateSync(file, before.length - 7);
    expect(await notary().signAndTell(T0)).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(before);
    rmSync(file);
    await fund('b');
    await notary().signAndTell(T0 + DAY_MS);
    expect(lines()).toHaveLength(3);
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true);
  });

  it('never change a file that says otherwise, and keep it', async () => {
    await fund('a');
    await notary().signAndTell(T0);
    for (const spoil of [
      () => appendFileSync(file, '{"statement":"other","signatures":{}}\n'),
      () => appendFileSync(file, 'torn'),
      () => writeFileSync(file, 'nothing of ours\n'),
    ]) {
      spoil();
      const kept = readFileSync(file, 'utf8');
      expect(await notary().signAndTell(T0 + DAY_MS)).toEqual(['file_differs']);
      expect(readFileSync(file, 'utf8')).toBe(kept);
      rmSync(file);
      await notary().signAndTell(T0);
    }
    const nowhere = new Notary(store(), { file: join(dir, 'no', 'such', 'folder'), webhook: null });
    expect(await nowhere.signAndTell(T0)).toEqual(['file_unwritable']);
  });

  describe('told to a webhook', () => {
    let server: Server;
    let http: SignedHttp;
    let answers: number[];
    let heard: { id: string; body: string }[];

    beforeEach(async () => {
      answers = [];
      heard = [];
      server = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
        request.on('end', () => {
          new Webhook(SECRET).verify(body, request.headers as Record<string, string>);
          heard.push({ id: String(request.headers['webhook-id']), body });
          response.writeHead(answers.shift() ?? 204).end();
        });
      });
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
      const { port } = server.address() as AddressInfo;
      http = new SignedHttp({ url: `http://127.0.0.1:${port}/heads`, secret: SECRET, timeoutMs: 2_000 });
    });
    afterEach(async () => {
      await http.close();
      await new Promise((closed) => server.close(closed));
    });

    it('are told in order, and again under the same id until each is answered', async () => {
      const telling = new Notary(store(), { file, webhook: http });
      await fund('a');
      answers = [500];
      expect(await telling.signAndTell(T0)).toEqual(['webhook_failed']);
      answers = [204, 404];
      expect(await telling.signAndTell(T0)).toEqual(['webhook_failed']);
      expect(await telling.signAndTell(T0)).toEqual([]);
      expect(await telling.signAndTell(T0)).toEqual([]);
      expect(heard.map(({ id }) => id)).toEqual([1, 1, 2, 2].map((no) => `ledger-head-${no}`));
      expect([heard[1]?.body, heard[3]?.body]).toEqual(lines().map((line) => `${line}\n`));
    });

    it('nobody there holds up neither the file nor the next', async () => {
      await new Promise((closed) => server.close(closed));
      const telling = new Notary(store(), { file, webhook: http });
      await fund('a');
      expect(await telling.signAndTell(T0)).toEqual(['webhook_failed']);
      expect(lines()).toHaveLength(2);
    });
  });

  describe('audited', () => {
    beforeEach(async () => {
      for (const [n, reference] of ['a', 'b', 'c'].entries()) {
        await fund(reference);
        await notary().signAndTell(T0 + n * DAY_MS);
      }
      expect(await audited({ headsFile: file, headsKey: KEY.publicKey })).toEqual([]);
    });

    it('a chain that was rewritten from its second link on, with everything in the database, is another one than what left', async () => {
      const { rows } = await database.pool.query(
        `select s.no, t.id, t.kind, t.payout_key as "payoutKey", (extract(epoch from t.at) * 1000000)::bigint::text as "atMicros",
           (extract(epoch from t.recorded_at) * 1000000)::bigint::text as "recordedAtMicros",
           (select json_agg(json_build_array(e.side, e.account, case when s.no >= 2 then '9' else e.amount::text end, e.currency) order by e.side)
            from ledger_entries e where e.transfer_id = t.id) as entries
         from ledger_seals s join ledger_transfers t on t.id = s.transfer_id order by s.no`,
      );
      let hash = Buffer.alloc(32);
      const rewritten = rows.flatMap((row) => {
        const previous = hash.toString('hex');
        hash = linkHash(hash, row) as Buffer<ArrayBuffer>;
        const hex = hash.toString('hex');
        return [
          `update ledger_seals set previous = '\\x${previous}', hash = '\\x${hex}' where no = ${row.no}`,
          `update ledger_heads set hash = '\\x${hex}' where no = ${row.no}`,
        ];
      });
      await forge(
        `update ledger_entries set amount = 9 where transfer_id in (select transfer_id from ledger_seals where no >= 2)`,
        ...rewritten,
      );
      const found = await audited();
      for (const no of [3, 4]) expect(found).toContain(`${no} file: the chain has another hash there, or none`);
      expect(found.filter((text) => text.includes('the chain is broken'))).toEqual([]);
    });

    it('what was signed again by another key does not fit, nor does a database that begins with it', async () => {
      const kept = readFileSync(file, 'utf8');
      await forge('delete from signed_heads');
      expect(await audited()).toContain('4 file: a head that left is gone from the database');
      await store(FORGER).signDue(T0 + 2 * DAY_MS);
      const found = await audited();
      expect(found).toContain('1 file: a head that left is another one in the database');
      expect(await audited({ headsKey: KEY.publicKey })).toContain(
        '1 database: the first key is not the one that was named',
      );
      expect(readFileSync(file, 'utf8')).toBe(kept);
    });

    it.each<[string, (own: string[]) => string[], string]>([
      ['a line left out', (own) => own.toSpliced(1, 1), '2 file: not the statement of this number'],
      [
        'lines in another order',
        ([a, b, c, d]) => [a, b, d, c] as string[],
        '3 file: a statement does not follow from the one before it',
      ],
      [
        'a day changed',
        (own) => own.map((line, n) => (n === 2 ? line.replace(/day\\":\\"2/, 'day\\":\\"1') : line)),
        '3 file: a signature that does not fit',
      ],
      [
        'a signature changed',
        (own) => own.map((line, n) => (n === 3 ? line.replace(/:"[A-Za-z0-9+/]{10}/, ':"AAAAAAAAAA') : line)),
        '4 file: a signature that does not fit',
      ],
      ['a line that is none', (own) => [...own.slice(0, 3), 'x'], '4 file: neither a key nor a head'],
    ])('a file with %s is named', async (_, spoil, named) => {
      writeFileSync(
        file,
        spoil(lines())
          .map((line) => `${line}\n`)
          .join(''),
      );
      expect(await audited()).toContain(named);
    });

    it('a file that is not there, or a key that is none, is said', async () => {
      expect(existsSync(join(dir, 'none'))).toBe(false);
      await expect(audited({ headsFile: join(dir, 'none') })).rejects.toThrow('cannot be read');
      await expect(audited({ headsFile: file, headsKey: 'AAAA' })).rejects.toThrow('is no public key');
    });
  });
});
