/**
 * What a provider can do decides where a lost reply leads (design, section 5): the real activities and stores against a real provider that
 * is idempotent or not, and can be asked or not. Whatever happens, its book never has a payout twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../src/simulator/index.js';
import { HttpProvider } from '../../src/providers/http.provider.js';
import { PayoutDecisions, type Decision } from '../../src/storage/payout-decisions.store.js';
import { createPool, inTransaction, type Client, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import {
  passTransportTime,
  payoutQueue,
  queueAt,
  seePayout,
  seedPayouts,
  type PayoutScene,
  type PayoutSeen,
  type Terms,
} from '../support/payouts.js';
import { proposedFor } from '../support/proposals.js';
import { T0 } from '../support/seed.js';

const TIMEOUT_MS = 1_000;
const VISIBLE_MS = 5_000;
const WINDOW_MS = 60_000;
const LEASE_MS = 3_600_000;

type Cell = 'idempotent, look-up' | 'idempotent, no look-up' | 'not idempotent, look-up' | 'neither';
const CELLS: Record<Cell, { idempotent: boolean; lookup: boolean }> = {
  'idempotent, look-up': { idempotent: true, lookup: true },
  'idempotent, no look-up': { idempotent: true, lookup: false },
  'not idempotent, look-up': { idempotent: false, lookup: true },
  neither: { idempotent: false, lookup: false },
};
/** What goes wrong: the reply is lost, or the worker dies; before the provider acts or after it. */
type Fault = 'reply lost before acting' | 'reply lost after acting' | 'crash before the call' | 'crash after the call';

interface End extends PayoutSeen {
  payments: number;
}
const end = (state: string, reason: string | null, attempts: number, payments: number): End => ({
  state,
  reason,
  attempts,
  payments,
});
const paid = (attempts: number) => end('paid', null, attempts, 1);

/** Where each cell ends once everything is whole again and the time of look-ups is over. */
const TABLE: Record<Cell, Record<Fault, End>> = {
  'idempotent, look-up': {
    'reply lost before acting': paid(2), // absent there: submitted again
    'reply lost after acting': paid(1), // the look-up tells
    'crash before the call': paid(2),
    'crash after the call': paid(1),
  },
  'idempotent, no look-up': {
    'reply lost before acting': paid(2),
    'reply lost after acting': paid(2), // the repeat tells
    'crash before the call': paid(2),
    'crash after the call': paid(2),
  },
  'not idempotent, look-up': {
    'reply lost before acting': end('held', 'unknown_there', 1, 0),
    'reply lost after acting': paid(1),
    'crash before the call': end('held', 'unknown_there', 1, 0),
    'crash after the call': paid(1),
  },
  neither: {
    'reply lost before acting': end('held', 'no_lookup', 1, 0),
    'reply lost after acting': end('held', 'no_lookup', 1, 1),
    'crash before the call': end('held', 'no_lookup', 1, 0),
    'crash after the call': end('held', 'no_lookup', 1, 1),
  },
};
const ALL = Object.entries(TABLE).flatMap(([cell, faults]) =>
  Object.entries(faults).map(([fault, wanted]) => [cell as Cell, fault as Fault, wanted] as const),
);

describe('a provider', () => {
  let database: TestDatabase;
  let pool: Pool;
  let books: string;
  let simulator: Simulator | undefined;
  let round = 0;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    books = mkdtempSync(join(tmpdir(), 'pado-books-'));
  });
  afterEach(() => simulator?.close());
  afterAll(async () => {
    await pool.end();
    await database.drop();
    rmSync(books, { recursive: true, force: true });
  });

  /** One payout against a provider of this kind, whose book forgets keys at once where `forgets`. */
  async function open(cell: Cell, forgets = false) {
    round += 1;
    const scene = await seedPayouts(database.pool, pool, `run-${round}`, 1);
    const key = scene.keys[0] as string;
    const idempotencyMs = forgets ? 0 : WINDOW_MS;
    simulator = await startSimulator({
      books,
      providers: [{ name: scene.provider, ...CELLS[cell], idempotencyMs, visibilityMs: 0 }],
    });
    const { provider } = simulator;
    const terms: Terms = { ...CELLS[cell], idempotencyMs: WINDOW_MS, visibilityMs: VISIBLE_MS, timeoutMs: TIMEOUT_MS };
    const http = new HttpProvider({ url: provider.url, secret: provider.secret, timeoutMs: TIMEOUT_MS });
    const queue = payoutQueue(pool, () => ({ terms, submit: http.submit.bind(http), lookup: http.lookup.bind(http) }));
    const see = async (): Promise<End> => ({
      ...(await seePayout(database.pool, key)),
      payments: (await provider.readBook()).filter((line) => line.type === 'payment').length,
    });
    return { scene, key, provider, http, queue, see };
  }
  type Opened = Awaited<ReturnType<typeof open>>;

  async function fail({ scene, provider, http, queue }: Opened, fault: Fault): Promise<void> {
    if (fault === 'reply lost before acting' || fault === 'reply lost after acting') {
      provider.setFaults(fault === 'reply lost before acting' ? { error5xxBefore: 1 } : { cutAfter: 1 });
      await queue.submit(queueAt(scene));
      provider.heal();
      return;
    }
    const claim = await queue.claims.claim(queueAt(scene), 10, LEASE_MS);
    if (claim.kind !== 'claimed') throw new Error(`claim: ${claim.kind}`);
    const [order] = claim.orders;
    if (fault === 'crash after the call' && order) await http.submit(order, claim.signedAt);
    await passTransportTime(database.pool, scene.provider, LEASE_MS);
    // the first attempt has just been made: only its lease is over
    await database.pool.query('update payouts set first_attempt_at = clock_timestamp() where provider = $1', [
      scene.provider,
    ]);
  }

  /** The queue's turns until nothing is due any more, time passing between them. */
  async function turns({ scene, queue }: Opened, passMs: number): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await queue.submit(queueAt(scene));
      await queue.resolve(queueAt(scene));
      await passTransportTime(database.pool, scene.provider, passMs);
    }
  }

  const decide = (work: (client: Client, decisions: PayoutDecisions) => Promise<Decision>) =>
    inTransaction(pool, (client) => work(client, new PayoutDecisions()));
  const by = (person: string) => ({ by: person, now: T0 });

  it.each(ALL)('%s; %s', async (cell, fault, wanted) => {
    const opened = await open(cell);
    await fail(opened, fault);
    await turns(opened, VISIBLE_MS + 1_000);
    expect(await opened.see()).toEqual(wanted);
  });

  it.each(Object.keys(CELLS) as Cell[])(
    '%s: nothing is submitted again after its window, which it would pay twice',
    async (cell) => {
      const opened = await open(cell, true);
      await fail(opened, 'reply lost after acting');
      await passTransportTime(database.pool, opened.scene.provider, WINDOW_MS - TIMEOUT_MS);
      await turns(opened, VISIBLE_MS);
      const { state, attempts, payments } = await opened.see();
      expect({ attempts, payments }).toEqual({ attempts: 1, payments: 1 });
      expect(state).toBe(CELLS[cell].lookup ? 'paid' : 'held');
    },
  );

  it('that can be asked: an absence is not final before its payouts are visible', async () => {
    for (const cell of ['idempotent, look-up', 'not idempotent, look-up'] as const) {
      const opened = await open(cell);
      await fail(opened, 'reply lost before acting');
      await passTransportTime(database.pool, opened.scene.provider, VISIBLE_MS - 1_500);
      await database.pool.query('update payouts set lookup_at = clock_timestamp() where key = $1', [opened.key]);
      await opened.queue.resolve(queueAt(opened.scene));
      expect(await opened.see()).toEqual(end('ambiguous', 'no_reply', 1, 0));
      await simulator?.close();
    }
  });

  it('unknown there for good: a person approves it, and it is paid once', async () => {
    const opened = await open('not idempotent, look-up');
    await fail(opened, 'reply lost before acting');
    await turns(opened, VISIBLE_MS + 1_000);
    expect(await decide((client, d) => d.approve(client, opened.key, 'asked them', by('finance')))).toMatchObject({
      kind: 'done',
    });
    await turns(opened, VISIBLE_MS);
    expect(await opened.see()).toEqual(paid(2));
  });

  it('that nobody can ask: a held payout is neither approved nor cancelled, it is settled by two persons', async () => {
    const opened = await open('neither');
    await fail(opened, 'reply lost after acting');
    await turns(opened, VISIBLE_MS);
    const { key } = opened;
    const settle = { kind: 'settle', reason: 'their owner says so', word: 'paid', reference: 'paper-1' } as const;
    const cancel = { kind: 'cancel', reason: 'no', word: null, reference: null } as const;
    const refused = { kind: 'refused', why: 'may_have_acted' };
    const settling = (seen: string) => ({ kind: 'settle', seen }) as const;
    expect(await decide((client, d) => d.approve(client, key, 'go', by('ann')))).toEqual(refused);
    expect(await decide((client, d) => d.propose(client, key, cancel, by('ann')))).toEqual(refused);
    expect(await decide((client, d) => d.confirm(client, key, settling(''), by('ann')))).toMatchObject({
      why: 'no_proposal',
    });
    expect(await decide((client, d) => d.propose(client, key, settle, by('ann')))).toMatchObject({ kind: 'done' });
    const seen = settling(await proposedFor(pool, key));
    expect(await decide((client, d) => d.confirm(client, key, seen, by('ann')))).toMatchObject({
      why: 'own_proposal',
    });
    expect(await decide((client, d) => d.confirm(client, key, seen, by('bob')))).toMatchObject({ kind: 'done' });
    expect(await opened.see()).toEqual(end('paid', 'their owner says so', 1, 1));
    expect(await decide((client, d) => d.confirm(client, key, seen, by('bob')))).toMatchObject({
      why: 'no_proposal',
    });
  });

  it('asked about a held payout tells what it knows; what it does not know stays held for that reason', async () => {
    const known = await open('not idempotent, look-up');
    await fail(known, 'reply lost after acting');
    await hold(known.scene);
    expect(await decide((client, d) => d.askAbout(client, known.key, 'what of it?', by('ann')))).toMatchObject({
      kind: 'done',
    });
    expect(await known.queue.payouts.nextInMs(queueAt(known.scene))).toBe(0);
    await known.queue.resolve(queueAt(known.scene));
    expect(await known.see()).toEqual(paid(1));
    await simulator?.close();

    const unknown = await open('idempotent, look-up');
    await fail(unknown, 'reply lost before acting');
    await hold(unknown.scene);
    await decide((client, d) => d.askAbout(client, unknown.key, 'what of it?', by('ann')));
    await turns(unknown, VISIBLE_MS + 1_000);
    expect(await unknown.see()).toEqual(end('held', 'unknown_there', 1, 0));
    expect(await unknown.queue.payouts.nextInMs(queueAt(unknown.scene))).toBeNull();
  });

  /** As the claim does when the customer was reported while the payout was ambiguous. */
  async function hold(scene: PayoutScene): Promise<void> {
    await database.pool.query(`update customers set status = 'incident' where id = $1`, [`${scene.runId}-c0`]);
    const { queue } = {
      queue: payoutQueue(pool, () => {
        throw new Error('nothing is called');
      }),
    };
    await queue.claims.reclaim(queueAt(scene), scene.keys, LEASE_MS);
    expect((await seePayout(database.pool, scene.keys[0] as string)).state).toBe('held');
  }
});
