/**
 * The audit log, sealed: its lines commit unsealed and one sealer chains them, whatever order they commit in; the audit, which shares no code with it,
 * recomputes the same chain. What is read shows each line with its seal.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { GENESIS, lineHash } from '../../src/domain/ledger/chain.js';
import { AuditLogSealsStore } from '../../src/storage/audit-log-seals.store.js';
import { appendAudit, AuditLogStore, type AuditEntry, type AuditFilter } from '../../src/storage/audit-log.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { planned, readsOf, recording } from '../support/plans.js';
import { emptyTables, T0 } from '../support/seed.js';

describe('the audit log', () => {
  let database: TestDatabase;
  let pool: Pool;
  let log: AuditLogStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    log = new AuditLogStore(pool);
  });
  beforeEach(() => emptyTables(database.pool));
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const line = (subject: string, over: Partial<AuditEntry> = {}): AuditEntry => ({
    at: T0,
    actor: 'finance',
    action: 'budget.fund',
    subject,
    ...over,
  });
  const append = (...entries: AuditEntry[]) =>
    inTransaction(pool, async (client) => {
      for (const entry of entries) await appendAudit(client, entry);
    });
  const audit = async () =>
    assertClean(await runAudit({ databaseUrl: database.ownerUrl, providerBooks: [], gatewayBooks: [] }));
  const told = async (filter: AuditFilter = {}) =>
    (await log.list(filter, { before: null, limit: 100 })).map(({ subject, seal }) => [subject, seal?.no ?? null]);

  it('reads each line and asks whether it is sealed, however long log and chain have become', async () => {
    const lines = Array.from({ length: 300 }, (_, n) => line(`budget/${n}`));
    await append(...lines);
    while ((await new AuditLogSealsStore(pool).sealBatch()).more);
    await append(...lines);
    await database.pool.query('analyze audit_log_seals, audit_log_unsealed, audit_log');
    const recorded = recording(database.appUrl);
    expect(await new AuditLogSealsStore(recorded.pool).sealBatch()).toMatchObject({ sealed: 300 });
    const plans = await planned(recorded.pool, recorded.statements);
    await recorded.pool.end();
    expect(readsOf(plans, 'audit_log_seals').length).toBeGreaterThan(1);
    expect(readsOf(plans, 'audit_log_seals').filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    expect(readsOf(plans, 'audit_log')).toEqual([expect.objectContaining({ 'Index Cond': expect.any(String) })]);
  });

  it('is chained in batches, by number, and the audit finds the same chain', async () => {
    const seals = new AuditLogSealsStore(pool, 2);
    expect(await log.head()).toEqual({ no: 0, hash: GENESIS, sealedAt: null, unsealed: 0 });
    const odd = line('budget/나', { reason: '마감 "\\"', before: { b: 1.5, a: null }, after: ['\u2028', { z: 1e21 }] });
    await append(line('budget/a'), odd, line('budget/c'));
    expect(await told()).toEqual([
      ['budget/c', null],
      ['budget/나', null],
      ['budget/a', null],
    ]);
    await audit();
    expect(await seals.sealBatch()).toEqual({ sealed: 2, more: true });
    expect(await seals.sealBatch()).toEqual({ sealed: 1, more: false });
    expect(await seals.sealBatch()).toEqual({ sealed: 0, more: false });
    const head = await log.head();
    expect(head).toMatchObject({ no: 3, unsealed: 0, sealedAt: expect.any(Date) });
    const [newest] = await log.list({}, { before: null, limit: 1 });
    expect(newest?.seal).toEqual({ no: 3, hash: head.hash.toString('hex') });
    await audit();
  });

  it('is sealed late where it commits late: there is no gap to wait for', async () => {
    const seals = new AuditLogSealsStore(pool);
    const client = await pool.connect();
    await client.query('begin');
    await appendAudit(client, line('slow'));
    await append(line('quick'));
    expect(await seals.sealBatch()).toEqual({ sealed: 1, more: false });
    await client.query('commit');
    client.release();
    expect(await seals.sealBatch()).toEqual({ sealed: 1, more: false });
    expect(await told()).toEqual([
      ['quick', 1],
      ['slow', 2],
    ]);
    await audit();
  });

  it('has one sealer: of many at once, one seals and the others leave it to it', async () => {
    const seals = new AuditLogSealsStore(pool, 7);
    const subjects = Array.from({ length: 40 }, (_, n) => `s${n}`);
    const sealers = Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 10; round += 1) await seals.sealBatch();
    });
    await Promise.all([...subjects.map((subject) => append(line(subject))), ...sealers]);
    while ((await seals.sealBatch()).more);
    const numbers = (await told()).map(([, no]) => Number(no)).sort((a, b) => a - b);
    expect(numbers).toEqual(subjects.map((_, n) => n + 1));
    await audit();
  });

  it('is missed by the audit after 90 s at the latest', async () => {
    await append(line('budget/a'));
    await database.pool.query(`alter table audit_log disable trigger user;
      update audit_log set recorded_at = recorded_at - interval '91 seconds'; alter table audit_log enable trigger user`);
    await expect(audit()).rejects.toThrow(/law 8 .*\n {2}committed, and nobody seals it: .*subject=budget\/a/);
  });

  it('is read by actor, family of actions, subject with what is beneath it, and time', async () => {
    await append(
      line('payout/p/a', { action: 'payout.reissue', actor: 'one' }),
      line('payout/p', { action: 'payouts.approve', at: T0 + 1 }),
      line('payout', { action: 'payout', at: T0 + 2 }),
      line('payouts', { action: 'payout.', at: T0 + 3 }),
    );
    const found = async (filter: AuditFilter) => (await told(filter)).map(([subject]) => subject);
    expect(await found({ actor: 'one' })).toEqual(['payout/p/a']);
    expect(await found({ action: 'payout' })).toEqual(['payouts', 'payout', 'payout/p/a']);
    expect(await found({ action: 'payouts.approve' })).toEqual(['payout/p']);
    expect(await found({ subject: 'payout' })).toEqual(['payout', 'payout/p', 'payout/p/a']);
    expect(await found({ subject: 'payout/p' })).toEqual(['payout/p', 'payout/p/a']);
    expect(await found({ from: new Date(T0 + 1), to: new Date(T0 + 3) })).toEqual(['payout', 'payout/p']);
    const page = await log.list({}, { before: 3, limit: 1 });
    expect(page.map(({ no }) => no)).toEqual([2, 1]);
  });

  it('is chained over the bytes that the documentation gives', () => {
    const bytes = [
      '7',
      '1772499600000000',
      'k1',
      'budget.fund',
      'budget/main',
      'a',
      '{"available": 0}',
      '{"amount": {"minor": 5, "currency": "KRW"}, "reference": "a"}',
      '1772499600123456',
    ] as const;
    // printf '\0%.0s' {1..32} followed by the JSON text, through sha256sum
    expect(lineHash(GENESIS, bytes).toString('hex')).toBe(
      'c275bf363d3b2c018501c2c8c11c6f5b07df371f67f46a6e8276d55e3ba9df66',
    );
  });
});
