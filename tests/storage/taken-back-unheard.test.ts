/**
 * A payment that its provider took back before anybody here had heard of it: whoever tells of it, it was paid and is reversed, in one transaction
 * with both transfers, as the provider's book has it. And what the table of moves refuses is not asked about without end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runAudit } from '../../src/auditor/index.js';
import type { SubmitReply } from '../../src/domain/ledger/payout-replies.js';
import { HttpProvider } from '../../src/providers/http.provider.js';
import { startSimulator, type Simulator } from '../../src/simulator/index.js';
import { PayoutDecisions } from '../../src/storage/payout-decisions.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  budgetSums,
  passTransportTime,
  payoutQueue,
  queueAt,
  seedPayouts,
  type PayoutScene,
} from '../support/payouts.js';
import { emptyTables, T0 } from '../support/seed.js';

const TERMS = { idempotent: true, idempotencyMs: 86_400_000, lookup: true, visibilityMs: 0, timeoutMs: 1_000 };
const NOW = T0 + 60_000;
const LEASE_MS = 60_000;
type Lost = 'lost' | 'accepted' | 'asked by a person';

describe('a payment that was taken back before anybody here had heard of it', () => {
  let database: TestDatabase;
  let pool: Pool;
  let books: string;
  let simulator: Simulator;
  let http: HttpProvider;
  let scene: PayoutScene;
  let key: string;
  /** What the provider can do, and what becomes of its reply to a submission on the way here. */
  let terms: typeof TERMS;
  let arrives: (reply: SubmitReply) => SubmitReply;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    books = mkdtempSync(join(tmpdir(), 'pado-books-'));
    // with its journey, which the audit reads
    await database.pool.query(
      `with c as (
         insert into campaigns (key, name, state, draft, edited_by, updated_at) values ('c-run', 'c', 'launched', '{}', 'm', $1) returning key)
       insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
       select key, 1, '{"campaign": {"priority": 0, "journey": {"nodes": {}}}}', '', 'm', 'a', 'm', $1 from c`,
      [new Date(T0)],
    );
    scene = await seedPayouts(database.pool, pool, 'run', 1, 'pay');
    [key] = scene.keys as [string];
    simulator = await startSimulator({
      books,
      clock: { epochMs: T0, baseMs: Date.now() },
      providers: [{ name: 'pay' }],
    });
    const { url, secret } = simulator.provider;
    http = new HttpProvider({ url, secret, timeoutMs: TERMS.timeoutMs });
    [terms, arrives] = [TERMS, () => ({ kind: 'unknown' })];
  });
  afterEach(async () => {
    await http.close();
    await simulator.close();
    rmSync(books, { recursive: true, force: true });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const queue = () =>
    payoutQueue(pool, () => ({
      terms,
      submit: async (order, signedAt) => arrives(await http.submit(order, signedAt)),
      lookup: http.lookup.bind(http),
    }));
  const at = () => queueAt(scene, NOW);
  const takeBack = () => http.reverse({ key, n: 1, reason: 'theirs', attempt: 1 }, new Date());
  const see = async () => {
    const { rows } = await pool.query<{ state: string }>('select state from payouts');
    const moves = await pool.query<{ to_state: string }>('select to_state from payout_moves order by no');
    const transfers = await pool.query<{ kind: string }>('select kind from ledger_transfers order by id');
    const breaks = await pool.query('select kind from breaks');
    return {
      state: rows[0]?.state,
      moves: moves.rows.map(({ to_state: to }) => to).slice(-2),
      transfers: transfers.rows.map(({ kind }) => kind),
      breaks: breaks.rows,
    };
  };
  const REVERSED = {
    state: 'reversed',
    moves: ['paid', 'reversed'],
    transfers: ['pay', 'reserve', 'reverse'],
    breaks: [],
  };
  /** What the audit finds of payouts and of the books; those of this test have no cohort behind them. */
  const found = async () => {
    const { laws } = await runAudit({
      databaseUrl: database.ownerUrl,
      providerBooks: [simulator.provider.bookFile],
      gatewayBooks: [],
    });
    return laws
      .filter(({ law }) => law === 1 || law === 3)
      .flatMap(({ checks }) => checks.flatMap(({ found: n, what }) => (n > 0 ? [what] : [])));
  };
  const isWhole = async (before: string[]) => {
    expect((await found()).filter((what) => !before.includes(what))).toEqual([]);
    expect(await budgetSums(database.pool, scene.budget)).toMatchObject({ reserved: '0', open: '0', spent: '0' });
    expect(await queue().payouts.nextInMs(at())).toBeNull();
  };

  const lose: Record<Lost, () => Promise<void>> = {
    lost: async () => {
      await queue().submit(at());
    },
    accepted: async () => {
      arrives = (reply) =>
        reply.kind === 'word' ? { kind: 'word', word: { ...reply.word, status: 'accepted' } } : reply;
      await queue().submit(at());
    },
    'asked by a person': async () => {
      terms = { ...TERMS, idempotent: false, lookup: false };
      await queue().submit(at());
      await queue().resolve(at());
      expect((await see()).state).toBe('held');
      terms = TERMS;
      await inTransaction(pool, (client) =>
        new PayoutDecisions().askAbout(client, key, 'ask', { by: 'finance', now: NOW }),
      );
    },
  };

  it.each(Object.keys(lose) as Lost[])('is told of by a look-up: %s', async (how) => {
    const before = await found();
    await lose[how]();
    await takeBack();
    await passTransportTime(database.pool, 'pay', 10_000);
    await queue().resolve(at());
    expect(await see()).toEqual(REVERSED);
    await isWhole(before);
  });

  it('is told of by the reply to a repeat, and not repeated again', async () => {
    const before = await found();
    terms = { ...TERMS, lookup: false };
    await lose.lost();
    await takeBack();
    let sent = 0;
    arrives = (reply) => {
      sent += 1;
      return reply.kind === 'word' ? { kind: 'word', word: { ...reply.word, status: 'reversed' } } : reply;
    };
    await queue().resolve(at());
    await queue().resolve(at());
    expect(sent).toBe(1);
    expect(await see()).toEqual(REVERSED);
    await isWhole(before);
  });

  it('is told of by a callback while the reply is under way, which changes nothing then', async () => {
    const before = await found();
    const claim = await queue().claims.claim(at(), 10, LEASE_MS);
    if (claim.kind !== 'claimed' || !claim.orders[0]) throw new Error(`claim: ${claim.kind}`);
    const [order] = claim.orders;
    const reply = await http.submit(order, claim.signedAt);
    await takeBack();
    const callback = {
      provider: 'pay',
      key,
      reference: null,
      status: 'reversed',
      reason: null,
      paidAt: null,
      code: null,
    };
    const told = () =>
      inTransaction(pool, (client) => queue().payouts.recordCallback(client, { ...callback, status: 'reversed' }, NOW));
    expect(await told()).toEqual({ provider: 'pay', shard: 0 });
    expect(await see()).toEqual(REVERSED);
    await queue().payouts.record(at(), [{ key, attemptId: order.attemptId, reply }], terms);
    expect(await told()).toBeNull();
    expect(await see()).toMatchObject({ state: 'reversed', transfers: REVERSED.transfers });
    await isWhole(before);
  });

  it('is not asked about without a pause, where the table refuses what an answer leads to', async () => {
    await lose.accepted();
    await passTransportTime(database.pool, 'pay', 10_000);
    const [item] = (await queue().payouts.dueLookups(at(), terms, 10)).items;
    if (!item) throw new Error('nothing is due');
    const hold = { key, attempts: item.attempts, resolution: { kind: 'hold', reason: 'no_lookup' } as const };
    await queue().payouts.recordLookups(at(), [hold], terms);
    expect(await see()).toMatchObject({ state: 'accepted', breaks: [{ kind: 'contradiction' }] });
    expect(await queue().payouts.nextInMs(at())).toBeGreaterThan(0);
  });
});
