/**
 * The claim that hands messages over: it gates on facts read after its locks, judges the contact policy again where it has to, and marks
 * `submitting` in the same transaction. Where the gateway's book is this database, the row is the entry: it marks `accepted`, and nothing is
 * ever in doubt.
 */
import { judgeHandOvers, type HandOver } from '../domain/eligibility/hand-over.js';
import { packBreach } from '../domain/eligibility/policy-pack.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import { encodeTrace } from '../domain/wave/trace.js';
import { readControls, RESTORATION, type ControlState } from './advisory.js';
import {
  lockQueued,
  lockRepeatable,
  markHandedOver,
  markWithheld,
  openAttempts,
  readCandidates,
  type Candidate,
  type DeliveryAt,
  type Handing,
} from './claim-rows.js';
import { insertContext, insertTrace } from './cohort-writes.js';
import { addCounters, moved } from './counters.js';
import { exclusionsOf, type Exclusions } from './exclusions.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { judgeCaps, lockOutdated } from './hand-over-cap.js';
import { policiesInForce, versionsOf } from './policies-in-force.js';
import { disprove, presumeMessages } from './presumed-messages.js';
import { pickQueued } from './queued-messages.js';
import { openQueue } from './queues.js';

export type { DeliveryAt };
export interface DeliveryTerms {
  batchSize: number;
  timeoutMs: number;
  idempotent?: boolean;
  /** How long after its first attempt a repeat of a message is safe. */
  idempotencyMs: number;
  lookup?: boolean;
  /** Its book is this database: what the claim hands over is in it, and a restoration lost neither without the other. */
  ownBook?: boolean;
}
export interface OutgoingRow {
  id: string;
  channel: string;
  to: string;
  title: string | null;
  body: string;
  template: string;
  advertising: boolean;
  notAfter: string;
  meta: { customer: string; run: string; node: string; wave: number };
}
export type ClaimResult =
  | { kind: 'stale'; step: number }
  | { kind: 'empty' }
  | { kind: 'blocked' }
  | {
      kind: 'claimed';
      /** By `performance.now()`: once it had its locks, for which it may have waited long, and before its facts were read and its lease began. */
      claimedAt: number;
      signedAt: Date;
      /** Each of up to `batchSize`, with an attempt of its own. */
      calls: { attemptId: number; batch: OutgoingRow[]; goodForMs: number }[];
      withheld: number;
    };

interface Judged {
  row: Candidate;
  product: string | null;
  verdict: HandOver;
}

/** When a claim read what it judged by, and what that was. */
interface Stamp extends Pick<ClaimResult & { kind: 'claimed' }, 'claimedAt' | 'signedAt'> {
  snapshot: string;
  versions: Record<string, unknown>;
  from: 'queued' | 'ambiguous';
}

/** Beyond the HTTP time-out, before an attempt without a result counts as ambiguous. A call may begin so long after its claim had its locks. */
const LEASE_MARGIN_MS = 10_000;
/** A repeat has to arrive within the window, and may take its whole time-out to get there. */
const repeatableMs = ({ idempotencyMs, timeoutMs }: DeliveryTerms): number => idempotencyMs - timeoutMs;

export class DeliveryClaims {
  constructor(
    private readonly pool: Pool,
    private readonly build: string,
    private readonly journeyOf: (runId: string) => Promise<PreparedJourney>,
  ) {}

  /** For up to so many calls. */
  claim(at: DeliveryAt, terms: DeliveryTerms, calls = 1): Promise<ClaimResult> {
    return this.claimFrom(at, terms, { limit: terms.batchSize * calls });
  }

  /** Messages that are ambiguous and that the gateway surely does not know; one that the gate refuses stays ambiguous. */
  reclaim(at: DeliveryAt, terms: DeliveryTerms, ids: string[]): Promise<ClaimResult> {
    return this.claimFrom(at, terms, { ambiguous: ids });
  }

  /** What a restoration doubts becomes ambiguous, to be asked about, unless the gateway's book is ours; returns how many, up to `limit`. */
  async presume(at: DeliveryAt, { ownBook }: DeliveryTerms, limit: number): Promise<number> {
    return ownBook ? 0 : await presumeMessages(this.pool, at, this.build, limit);
  }

  private async claimFrom(
    at: DeliveryAt,
    terms: DeliveryTerms,
    wanted: { limit: number } | { ambiguous: string[] },
  ): Promise<ClaimResult> {
    const ambiguous = 'ambiguous' in wanted ? wanted.ambiguous : null;
    const from = ambiguous ? 'ambiguous' : 'queued';
    return await inTransaction(this.pool, async (client) => {
      const switches = await readControls(client, ['all', RESTORATION, `gateway/${at.gateway}`]);
      const states = [...switches.values()]; // what is stopped is taken, to be withheld
      if (states.includes('paused') && !states.includes('stopped')) return { kind: 'blocked' };
      const queue = await openQueue(client, { kind: 'delivery', name: at.gateway, shard: at.shard, step: at.step });
      if (queue.kind !== 'open') return queue;

      const picked = 'limit' in wanted ? await pickQueued(client, { ...at, ...terms, ...wanted }) : wanted.ambiguous;
      const stripes = await lockOutdated(client, picked);
      if (ambiguous && terms.lookup) await disprove(client, picked);
      const ids = ambiguous
        ? await lockRepeatable(client, picked, repeatableMs(terms))
        : await lockQueued(client, picked);
      if (ids.length === 0) return { kind: 'empty' };
      const claimedAt = performance.now();
      const { rows: stamp } = await client.query<{ snapshot: string; signed_at: Date }>(
        'select pg_current_snapshot()::text as snapshot, clock_timestamp() as signed_at',
      );
      const policies = await policiesInForce(client);
      const candidates = await readCandidates(client, ids, policies);
      const controls = await readControls(client, candidates.flatMap(scopesOf).concat([...switches.keys()]));
      const customers = [...new Set(candidates.map((row) => row.customer_id))];
      const exclusions = await exclusionsOf(client, customers, at.now);
      const gated = await this.judge(candidates, controls, exclusions, at);
      const judged = await this.judgeCap(client, gated, policies, stripes, {
        now: at.now,
        mayBeOut: ambiguous !== null,
      });
      const { snapshot, signed_at: signedAt } = stamp[0] as { snapshot: string; signed_at: Date };
      return await this.apply(client, at, terms, judged, {
        claimedAt,
        snapshot,
        signedAt,
        versions: versionsOf(policies, exclusions),
        from,
      });
    });
  }

  private async judge(
    candidates: Candidate[],
    controls: Map<string, ControlState>,
    exclusions: Exclusions,
    { gateway, now }: DeliveryAt,
  ): Promise<Judged[]> {
    const journeys = new Map<string, PreparedJourney>();
    for (const { run_id } of candidates) if (!journeys.has(run_id)) journeys.set(run_id, await this.journeyOf(run_id));
    const toJudge = candidates.flatMap((row) => {
      const states = [...scopesOf(row), 'all', `gateway/${gateway}`].map((scope) => controls.get(scope) ?? 'running');
      const stopped = states.includes('stopped');
      if (!stopped && states.includes('paused')) return []; // stays where it is
      const { quiet = null, review = null, pack } = journeys.get(row.run_id) ?? {};
      const breach = pack && packBreach(pack, row);
      const message = { ...row, quiet, review, notAfter: row.not_after.getTime(), stopped, breach };
      const facts = { ...row, gateVersion: row.gate_version, excludedBy: exclusions.of(row.customer_id) };
      return [{ row, message, facts, product: journeys.get(row.run_id)?.product ?? null }];
    });
    const verdicts = judgeHandOvers(toJudge, now);
    return toJudge.map(({ row, product }, n) => ({ row, product, verdict: verdicts[n] as HandOver }));
  }

  /** Of those that pass the gate: whoever is over a cap is refused, whoever cannot be judged stays for the next claim. */
  private async judgeCap(
    client: Client,
    gated: Judged[],
    policies: readonly ContactPolicy[],
    stripes: ReadonlySet<number>,
    at: { now: number; mayBeOut: boolean },
  ): Promise<Judged[]> {
    const batch = gated
      .filter(({ verdict }) => verdict.go)
      .map(({ row, product }) => ({ row, contact: { channel: row.channel, purpose: row.purpose, product } }));
    const caps = await judgeCaps(client, batch, policies, stripes, at);
    return gated.flatMap((one) => {
      const cap = caps.get(one.row.id);
      if (cap === undefined || cap.kind === 'go') return [one];
      if (cap.kind === 'leave') return [];
      const codes = [...one.verdict.codes, ...cap.codes];
      return [{ ...one, verdict: { go: false as const, reason: 'cap_at_handover', codes } }];
    });
  }

  private async apply(
    client: Client,
    at: DeliveryAt,
    terms: DeliveryTerms,
    judged: Judged[],
    stamp: Stamp,
  ): Promise<ClaimResult> {
    if (judged.length === 0) return { kind: 'empty' };
    const contextId = await insertContext(client, {
      kind: 'claim',
      runId: null,
      queue: `${at.gateway}/${at.shard}`,
      step: at.step,
      now: at.now,
      build: this.build,
      versions: stamp.versions,
      snapshot: stamp.snapshot,
    });
    const going = judged.flatMap(({ row, verdict }) =>
      verdict.go ? [{ row, to: verdict.to, codes: verdict.codes }] : [],
    );
    const refused = judged.flatMap(({ row, verdict }) => (verdict.go ? [] : [{ row, ...verdict }]));
    const batches = inBatches(going, going[0]?.row.alone ? 1 : terms.batchSize);
    const sizes = batches.map((batch) => batch.length);
    const to: Handing = terms.ownBook ? 'accepted' : 'submitting';
    const leaseMs = terms.timeoutMs + LEASE_MARGIN_MS;
    const attempts = await openAttempts(client, at, contextId, sizes, { to, leaseMs });
    const calls = batches.map((batch, n) => ({ attemptId: attempts[n] as number, batch }));
    const marked = calls.map(({ attemptId, batch }) => ({ attemptId, rows: batch.map(({ row }) => row) }));
    const ages = await markHandedOver(client, at, to, marked);
    // where repeats are never safe, what comes again comes for the first time: the gateway does not know it
    const goodForMs = (attemptId: number): number =>
      stamp.from === 'queued' || terms.idempotent === false
        ? LEASE_MARGIN_MS
        : Math.min(LEASE_MARGIN_MS, repeatableMs(terms) - (ages.get(attemptId) ?? 0));
    const counters = going.flatMap(({ row }) => moved(row, at.shard, stamp.from, to, ''));
    if (stamp.from === 'queued') {
      await markWithheld(client, refused);
      counters.push(...refused.flatMap(({ row, reason }) => moved(row, at.shard, 'queued', 'withheld', reason)));
    } else {
      await client.query('update outbox set lookup_at = null where id = any($1::text[])', [
        refused.map(({ row }) => row.id),
      ]);
    }
    await traceClaim(client, contextId, [
      ...going.map(({ row, codes }) => ({ row, codes: [...codes, 'message=handed_over'] })),
      // what is ambiguous stays so: it may have gone out before
      ...refused.map(({ row, codes, reason }) => ({
        row,
        codes: [...codes, `message=${stamp.from === 'queued' ? 'withheld' : 'kept'}:${reason}`],
      })),
    ]);
    await addCounters(client, counters);
    return {
      kind: 'claimed',
      claimedAt: stamp.claimedAt,
      signedAt: stamp.signedAt,
      calls: calls.map(({ attemptId, batch }) => ({
        attemptId,
        batch: batch.map(toOutgoing),
        goodForMs: goodForMs(attemptId),
      })),
      withheld: refused.length,
    };
  }
}

const inBatches = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));

const scopesOf = (row: Candidate) => [`campaign/${row.campaign}`, `channel/${row.channel}`, `run/${row.run_id}`];

/** Law 7: why each message went out, or did not, with the versions of the facts that this claim saw. */
async function traceClaim(
  client: Client,
  contextId: number,
  judged: readonly { row: Candidate; codes: string[] }[],
): Promise<void> {
  for (const [runId, own] of Map.groupBy(judged, ({ row }) => row.run_id)) {
    const traces = own.map(({ row, codes }) => ({
      customerId: row.customer_id,
      gateVersion: row.gate_version,
      attrVersion: row.attr_version,
      steps: encodeTrace([{ node: row.node, visit: row.visit, codes }]),
    }));
    await insertTrace(client, runId, contextId, traces);
  }
}

const toOutgoing = ({ row, to }: { row: Candidate; to: string }): OutgoingRow => ({
  id: row.id,
  channel: row.channel,
  to,
  title: row.title,
  body: row.body,
  template: row.template,
  advertising: row.advertising,
  notAfter: row.not_after.toISOString(),
  meta: { customer: row.customer_id, run: row.run_id, node: row.node, wave: row.wave },
});
