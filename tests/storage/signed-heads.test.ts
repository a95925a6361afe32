/**
 * Signed heads from the chain to the places outside: one a day and at each closing, keys that hand over, a file and a webhook that get every line once,
 * whatever fails in between.
 */
import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { SignedHttp } from '../../src/channels/signed-http.js';
import { INSTALLATION_CHECKS } from '../../src/cli/doctor-installation.js';
import type { Sight } from '../../src/cli/doctor-sight.js';
import { lineOf } from '../../src/notary/head-file.js';
import { Notary } from '../../src/notary/notary.js';
import { readWaiting } from '../../src/storage/attention.store.js';
import { AuditLogStore } from '../../src/storage/audit-log.store.js';
import { LedgerSealsStore } from '../../src/storage/ledger-seals.store.js';
import { PeriodsStore } from '../../src/storage/periods.store.js';
import { inTransaction } from '../../src/storage/pool.js';
import { SignedHeadsStore } from '../../src/storage/signed-heads.store.js';
import { toldAt } from '../support/attention.js';
import { T0 } from '../support/seed.js';
import { DAY_MS, FORGER, KEY, NEXT, SignedLedger } from '../support/signed-ledger.js';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

describe('signed heads', () => {
  let ledger: SignedLedger;

  beforeAll(async () => {
    ledger = await SignedLedger.open();
  });
  beforeEach(() => ledger.begin());
  afterEach(() => ledger.end());
  afterAll(() => ledger.close());

  it('are signed once a day, when the chain has something new, and bound to each other', async () => {
    expect(await ledger.store().signDue(T0)).toBe('nothing_due');
    await ledger.fund('a');
    expect(await ledger.store().signDue(T0)).toBe('signed');
    await ledger.fund('b');
    expect(await ledger.store().signDue(T0 + 1)).toBe('nothing_due');
    expect(await ledger.store().signDue(T0 + DAY_MS)).toBe('signed');
    expect(await ledger.store().signDue(T0 + 2 * DAY_MS)).toBe('nothing_due'); // nothing new
    const [key, first, second] = await ledger.statements();
    expect(key).toMatchObject({ kind: 'key', no: 1, key: KEY.id, publicKey: KEY.publicKey });
    expect(first).toMatchObject({ kind: 'head', no: 2, through: 1, closings: 0 });
    const { hash } = await new LedgerSealsStore(ledger.pool).head();
    expect(second).toMatchObject({ kind: 'head', no: 3, through: 2, hash: hash.toString('hex') });
    const log = await new AuditLogStore(ledger.pool).head();
    expect(log).toMatchObject({ no: 3, unsealed: 0 }); // the budget and both fundings
    expect(second).toMatchObject({ logThrough: 3, logHash: log.hash.toString('hex') });
    expect(await ledger.audited({})).toEqual([]);
  });

  it('are as many as there are days', async () => {
    for (let day = 0; day < 12; day += 1) {
      await ledger.fund(`day-${day}`);
      expect(await ledger.store().signDue(T0 + day * DAY_MS)).toBe('signed');
    }
    expect((await ledger.statements()).map(({ no }) => no)).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
    expect(await ledger.audited({})).toEqual([]);
  });

  it('are missed by the doctor where nobody has signed for more than a day', async () => {
    const look = async () => {
      const waiting = await readWaiting(ledger.database.ownerUrl);
      const heads = INSTALLATION_CHECKS.find(({ check }) => check === 'Heads');
      return await heads?.look({ waiting: async () => waiting } as Sight);
    };
    const attention = () => toldAt(ledger.pool, Date.now(), ['ledger_unsigned']);
    expect(await look()).toBe('a signed head covers every sealed transfer');
    await ledger.fund('a');
    expect(await attention()).toEqual([]);
    expect(await look()).toMatch(/^the oldest transfer that no signed head covers was sealed \d+ s ago$/);
    await ledger.forge(`update ledger_transfers set recorded_at = recorded_at - interval '3 days'`);
    expect(await look()).toMatchObject({ warning: expect.stringContaining('3 d'), cure: expect.any(String) });
    expect(await attention()).toEqual(['ledger_unsigned ledger not_signed × 1']);
    await ledger.store().signDue(T0);
    expect(await look()).toBe('a signed head covers every sealed transfer');
    expect(await attention()).toEqual([]);
  });

  it('are signed, too, when a month was closed, and name it', async () => {
    await ledger.fund('a');
    await ledger.store().signDue(T0);
    const periods = new PeriodsStore(ledger.pool);
    const now = T0 + 60 * DAY_MS;
    const [month] = (await periods.months(now)).map((one) => one.month);
    const close = (by: string, reason?: string) =>
      inTransaction(ledger.pool, (client) =>
        reason === undefined
          ? periods.approve(client, month as string, 'close', { by, now })
          : periods.propose(client, month as string, { move: 'close', reason }, { by, now }),
      );
    expect([await close('a', '마감'), await close('b')]).toEqual(['done', 'done']);
    expect(await ledger.store().signDue(T0)).toBe('signed');
    expect((await ledger.statements()).at(-1)).toMatchObject({ kind: 'head', through: 1, closings: 1 });
    expect(await ledger.audited({})).toEqual([]);
    await ledger.forge(`update ledger_closings set reason = 'other'`);
    expect(await ledger.audited({})).toContain('3 database: the months were closed otherwise');
  });

  it('of many signers at once are one', async () => {
    await ledger.fund('a');
    const signed = await Promise.all(Array.from({ length: 8 }, () => ledger.store().signDue(T0)));
    expect(signed).toContain('signed');
    expect(await ledger.statements()).toHaveLength(2);
  });

  it('hand over from key to key by both signatures; a key that nobody introduces signs nothing', async () => {
    await ledger.fund('a');
    await ledger.notary().signAndTell(T0);
    expect(await ledger.notary(NEXT).signAndTell(T0)).toEqual(['key_unknown']);
    expect(await ledger.statements()).toHaveLength(2);
    expect(await ledger.notary(NEXT, KEY).signAndTell(T0)).toEqual([]);
    const [, , handed] = await ledger.store().after(0, 10);
    expect(Object.keys(handed?.signatures ?? {}).sort()).toEqual([KEY.id, NEXT.id].sort());
    await ledger.fund('b');
    expect(await ledger.notary(NEXT).signAndTell(T0 + DAY_MS)).toEqual([]); // the old key is gone
    expect((await ledger.statements()).map(({ kind, key }) => [kind, key])).toEqual([
      ['key', KEY.id],
      ['head', KEY.id],
      ['key', NEXT.id],
      ['head', NEXT.id],
    ]);
    expect(await ledger.audited({ headsFile: ledger.file, headsKey: KEY.publicKey })).toEqual([]);
    expect(await ledger.audited({ headsFile: ledger.file, headsKey: FORGER.publicKey })).toContain(
      '1 file: the first key is not the one that was named',
    );
  });

  it('without a key are none', async () => {
    await ledger.fund('a');
    expect(await new SignedHeadsStore(ledger.pool, []).signDue(T0)).toBe('nothing_due');
    expect(await ledger.statements()).toEqual([]);
  });

  it('go to the file once each, in order, also after a crash within a line', async () => {
    await ledger.fund('a');
    await ledger.notary().signAndTell(T0);
    const before = readFileSync(ledger.file, 'utf8');
    expect(ledger.lines()).toEqual((await ledger.store().after(0, 10)).map((head) => lineOf(head).trimEnd()));
    await ledger.notary().signAndTell(T0);
    expect(readFileSync(ledger.file, 'utf8')).toBe(before);
    truncateSync(ledger.file, before.length - 7);
    expect(await ledger.notary().signAndTell(T0)).toEqual([]);
    expect(readFileSync(ledger.file, 'utf8')).toBe(before);
    rmSync(ledger.file);
    await ledger.fund('b');
    await ledger.notary().signAndTell(T0 + DAY_MS);
    expect(ledger.lines()).toHaveLength(3);
    expect(readFileSync(ledger.file, 'utf8').startsWith(before)).toBe(true);
  });

  it('never change a file that says otherwise, and keep it', async () => {
    await ledger.fund('a');
    await ledger.notary().signAndTell(T0);
    for (const spoil of [
      () => appendFileSync(ledger.file, '{"statement":"other","signatures":{}}\n'),
      () => appendFileSync(ledger.file, 'torn'),
      () => writeFileSync(ledger.file, 'nothing of ours\n'),
    ]) {
      spoil();
      const kept = readFileSync(ledger.file, 'utf8');
      expect(await ledger.notary().signAndTell(T0 + DAY_MS)).toEqual(['file_differs']);
      expect(readFileSync(ledger.file, 'utf8')).toBe(kept);
      rmSync(ledger.file);
      await ledger.notary().signAndTell(T0);
    }
    const nowhere = new Notary(ledger.store(), { file: join(ledger.dir, 'no', 'such', 'folder'), webhook: null });
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
      const telling = new Notary(ledger.store(), { file: ledger.file, webhook: http });
      await ledger.fund('a');
      answers = [500];
      expect(await telling.signAndTell(T0)).toEqual(['webhook_failed']);
      answers = [204, 404];
      expect(await telling.signAndTell(T0)).toEqual(['webhook_failed']);
      expect(await telling.signAndTell(T0)).toEqual([]);
      expect(await telling.signAndTell(T0)).toEqual([]);
      expect(heard.map(({ id }) => id)).toEqual([1, 1, 2, 2].map((no) => `ledger-head-${no}`));
      expect([heard[1]?.body, heard[3]?.body]).toEqual(ledger.lines().map((line) => `${line}\n`));
    });

    it('nobody there holds up neither the file nor the next', async () => {
      await new Promise((closed) => server.close(closed));
      const telling = new Notary(ledger.store(), { file: ledger.file, webhook: http });
      await ledger.fund('a');
      expect(await telling.signAndTell(T0)).toEqual(['webhook_failed']);
      expect(ledger.lines()).toHaveLength(2);
    });
  });
});
