/**
 * The claim that hands payouts over to a provider: status re-read after the locks, the exact request frozen, a fenced attempt written,
 * `submitting` marked, all in one transaction before any call (laws 1 and 6).
 */
import { judgeSubmission } from '../domain/ledger/payout-gate.js';
import { encodeTrace } from '../domain/wave/trace.js';
import { readControls } from './advisory.js';
import { admit, beginProbe } from './breakers.js';
import { insertContext, insertTrace } from './cohort-writes.js';
import { pickOpen } from './open-payouts.js';
import { movePayouts, type PayoutMove } from './payout-moves.js';
import { lockPayouts, readCandidates, requestOf, type PayoutCandidate as Candidate } from './payout-requests.js';
import { disprove, presumePayouts } from './presumed-payouts.js';
import { scopesOfPayout, scopesOfQueue } from './payout-scopes.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { openQueue } from './queues.js';

export interface PayoutAt {
  provider: string;
  shard: number;
  step: number;
  now: number;
}
/** One payout as it leaves; it stays inside this process. */
export interface PayoutOrder {
  key: string;
  attemptId: number;
  attempt: number;
  body: string;
  /** Transport time since the first attempt, as of a moment of the claim. */
  ageMs: number;
}
export type PayoutClaim =
  | { kind: 'stale'; step: number }
  | { kind: 'empty' }
  | { kind: 'blocked' }
  /** `orders` may be empty when all that was looked at is held or cancelled. */
  | { kind: 'claimed'; signedAt: Date; orders: PayoutOrder[]; refused: number };

export class PayoutClaims {
  constructor(
    private readonly pool: Pool,
    private readonly build: string,
  ) {}

  /** Up to `limit` that are intended or approved. `leaseMs`: transport time after which an attempt without a result is ambiguous. */
  claim(at: PayoutAt, limit: number, leaseMs: number): Promise<PayoutClaim> {
    return this.claimFrom(at, leaseMs, (client, most) => lockReady(client, at, Math.min(limit, most)));
  }

  /** Ambiguous ones that may be submitted again under their key, gated again. `absent`: their provider has said that it knows none of them. */
  reclaim(at: PayoutAt, keys: string[], leaseMs: number, absent = false): Promise<PayoutClaim> {
    return this.claimFrom(at, leaseMs, async (client, most) => {
      const locked = await lockPayouts(client, keys.slice(0, most), ['ambiguous']);
      if (absent) await disprove(client, locked);
      return locked;
    });
  }

  /** What a restoration doubts becomes ambiguous, to be asked about; returns how many, up to `limit`. */
  async presume(at: PayoutAt, limit: number): Promise<number> {
    return await presumePayouts(this.pool, at, this.build, limit);
  }

  private async claimFrom(
    at: PayoutAt,
    leaseMs: number,
    lock: (client: Client, most: number) => Promise<string[]>,
  ): Promise<PayoutClaim> {
    return await inTransaction(this.pool, async (client) => {
      const switches = await readControls(client, scopesOfQueue(at));
      if ([...switches.values()].some((state) => state !== 'running')) return { kind: 'blocked' };
      const queue = await openQueue(client, { kind: 'payout', name: at.provider, shard: at.shard, step: at.step });
      if (queue.kind !== 'open') return queue;
      const admission = await admit(client, at.provider);
      if (admission === 'none') return { kind: 'blocked' };
      const keys = await lock(client, admission === 'probe' ? 1 : Number.POSITIVE_INFINITY);
      if (keys.length === 0) return { kind: 'empty' };
      const claim = await this.judgeAndMark(client, at, keys, leaseMs);
      if (admission === 'probe' && claim.kind === 'claimed')
        for (const { attemptId } of claim.orders) await beginProbe(client, at.provider, attemptId, leaseMs);
      return claim;
    });
  }

  private async judgeAndMark(client: Client, at: PayoutAt, keys: string[], leaseMs: number): Promise<PayoutClaim> {
    const { rows: stamps } = await client.query<{ snapshot: string; signed_at: Date }>(
      'select pg_current_snapshot()::text as snapshot, clock_timestamp() as signed_at',
    );
    const { snapshot, signed_at: signedAt } = stamps[0] as { snapshot: string; signed_at: Date };
    const candidates = await switchedOn(client, at, await readCandidates(client, keys));
    if (candidates.length === 0) return { kind: 'empty' };
    const judged = candidates.map((row) => ({
      row,
      verdict: judgeSubmission({ minor: row.amount, currency: row.currency, approved: !row.unapproved }, row.status, {
        whenWithdrawn: row.when_withdrawn,
        approval: row.approval,
      }),
    }));
    const contextId = await insertContext(client, {
      kind: 'claim',
      runId: null,
      queue: `${at.provider}/${at.shard}`,
      step: at.step,
      now: at.now,
      build: this.build,
      versions: {},
      snapshot,
    });
    const going = judged.flatMap(({ row, verdict }) => (verdict.go ? [row] : []));
    const refused = judged.flatMap(({ row, verdict }) => (verdict.go ? [] : [{ row, move: refusal(row, verdict) }]));
    const orders = await openAttempts(client, at, { contextId, leaseMs }, going);
    const submitting = orders.map(({ key, attemptId: id, attempt: number, body: request }): PayoutMove => {
      return { key, to: 'submitting', attempt: { id, number, request } };
    });
    const moves = [...submitting, ...refused.map(({ move }) => move)];
    const locked = new Map(candidates.map((row) => [row.key, row]));
    await movePayouts(client, moves, { now: at.now, cause: 'claim' }, locked);
    await traceRefused(client, contextId, refused);
    return { kind: 'claimed', signedAt, orders, refused: refused.length };
  }
}

/** An ambiguous payout may have been paid: it is held, never cancelled. */
function refusal(row: Candidate, { to, reason }: { to: 'held' | 'cancelled'; reason: string }): PayoutMove {
  return { key: row.key, to: row.state === 'ambiguous' ? 'held' : to, reason };
}

async function lockReady(client: Client, at: PayoutAt, limit: number): Promise<string[]> {
  const picked = await pickOpen(client, at, limit);
  return picked.length === 0 ? [] : await lockPayouts(client, picked, ['intended', 'approved']);
}

/** Those that no switch holds back; the others stay where they are. Their scopes' locks are shared from here on. */
async function switchedOn(client: Client, { provider }: PayoutAt, rows: Candidate[]): Promise<Candidate[]> {
  const scopesOf = (row: Candidate) => scopesOfPayout({ ...row, provider });
  const states = await readControls(client, rows.flatMap(scopesOf));
  return rows.filter((row) => scopesOf(row).every((scope) => (states.get(scope) ?? 'running') === 'running'));
}

async function openAttempts(
  client: Client,
  at: PayoutAt,
  { contextId, leaseMs }: { contextId: number; leaseMs: number },
  going: readonly Candidate[],
): Promise<PayoutOrder[]> {
  if (going.length === 0) return [];
  const rowOf = new Map(going.map((row) => [row.key, row]));
  const rows = going.map((row) => ({ k: row.key, n: row.attempts + 1, s: row.status, g: row.gate_version }));
  const { rows: opened } = await client.query<{ id: number; payout_key: string; attempt: number }>(
    `insert into payout_attempts (payout_key, attempt, provider, shard, step, context_id, now, customer_status, gate_version, lease_until)
     select k, n, $2, $3, $4, $5, $6, s, g, clock_timestamp() + $7::bigint * interval '1 millisecond'
     from json_to_recordset($1::json) as x(k text collate "C", n int, s text, g int)
     order by k
     returning id, payout_key, attempt`,
    [JSON.stringify(rows), at.provider, at.shard, at.step, contextId, new Date(at.now), leaseMs],
  );
  return opened.map(({ id: attemptId, payout_key: key, attempt }) => {
    const row = rowOf.get(key);
    if (!row) throw new Error('invariant: an attempt that nobody opened');
    return { key, attemptId, attempt, body: requestOf(row), ageMs: row.age };
  });
}

async function traceRefused(
  client: Client,
  contextId: number,
  refused: readonly { row: Candidate; move: PayoutMove }[],
): Promise<void> {
  for (const [runId, own] of Map.groupBy(refused, ({ row }) => row.runId)) {
    const traces = own.map(({ row, move }) => ({
      customerId: row.customer_id,
      gateVersion: row.gate_version,
      attrVersion: row.attr_version,
      steps: encodeTrace([
        { node: row.node, visit: row.visit, codes: [`status=${row.status}`, `payout=${move.to}:${move.reason}`] },
      ]),
    }));
    await insertTrace(client, runId, contextId, traces);
  }
}
