/**
 * The cohort transaction (design, section 3): READ COMMITTED; first all locks in the one order, then facts in fresh statements,
 * then the pure decision, then every effect set-based, counters last. A smaller step than the lane's is refused.
 */
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import type { CohortWrite } from '../domain/wave/cohort.js';
import { encodeTrace } from '../domain/wave/trace.js';
import { waitLeft } from '../domain/wave/visit-wait.js';
import { lockStripes, readControls, RESTORATION } from './advisory.js';
import { factsAfterLocks, lockActive, lockDue, pickDue, type PickedRow } from './cohort-facts.js';
import {
  insertContext,
  reserveContext,
  insertTrace,
  writeClosedWaits,
  writeLinks,
  writeMessages,
  writePositions,
  writeResponses,
  type ContextRow,
} from './cohort-writes.js';
import { addCounters } from './counters.js';
import { scopesOfChoices } from '../domain/journey/choices.js';
import { policiesInForce, versionsOf } from './policies-in-force.js';
import { higherRuns } from './rivals.js';
import { insertIntents, rewardCodes } from './payout-intents.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { NO_SEEDS, type SeedVault } from './seed-vault.js';

interface DecideAt {
  runId: string;
  lane: number;
  step: number;
  now: number;
  campaign: string;
  /** Stripes whose customers may get a contact. */
  stripes: number[];
}

interface LockedRows {
  participants: PickedRow[];
  policies: ContactPolicy[];
  stopped: boolean;
  closed: ReadonlySet<string>;
}

/** What a decision was made by: versions in force, and the snapshot of its facts. */
interface Seen {
  versions: Record<string, unknown>;
  snapshot: string;
}

type Queue = { name: string; shard: number };
export type CohortCommit =
  | { kind: 'committed'; moved: number; links: number; queues: { messages: Queue[]; payouts: Queue[] } }
  | { kind: 'paused' }
  | { kind: 'stale'; step: number };

export class CohortStore {
  constructor(
    private readonly pool: Pool,
    private readonly build: string,
    private readonly journeyOf: (runId: string) => Promise<PreparedJourney>,
    private readonly seeds: SeedVault = NO_SEEDS,
  ) {}

  pick(
    at: { runId: string; lane: number; now: number; limit: number },
    journey: PreparedJourney,
  ): Promise<PickedRow[]> {
    return pickDue(this.pool, at, journey);
  }

  policies(): Promise<ContactPolicy[]> {
    return policiesInForce(this.pool);
  }

  async decide(at: DecideAt, picked: PickedRow[], decide: (locked: LockedRows) => CohortWrite): Promise<CohortCommit> {
    const journey = await this.journeyOf(at.runId);
    await higherRuns(this.pool, journey.priority, this.journeyOf); // read in before a connection is held
    return await inTransaction(this.pool, async (client) => {
      const own = ['all', RESTORATION, `campaign/${at.campaign}`, `run/${at.runId}`];
      const controls = await readControls(client, [...own, ...scopesOfChoices(journey)]);
      const states = own.map((scope) => controls.get(scope));
      if (states.includes('paused') && !states.includes('stopped')) return { kind: 'paused' };
      const stale = await advanceStep(client, at);
      if (stale !== null) return { kind: 'stale', step: stale };

      await lockStripes(client, at.stripes);
      const ids = picked.map(({ facts }) => facts.customerId);
      const locked = await lockDue(client, at.runId, at.lane, at.now, ids);

      const snapshot = await currentSnapshot(client);
      const policies = await policiesInForce(client);
      const facts = await factsAfterLocks(client, at, picked, locked, journey, policies, this.journeyOf);
      const { participants, exclusions } = facts;
      const closed = new Set([...controls].filter(([, state]) => state !== 'running').map(([scope]) => scope));
      const write = decide({ participants, policies, stopped: states.includes('stopped'), closed });
      await this.apply(client, at, { versions: versionsOf(policies, exclusions), snapshot }, write);
      const links = write.walked.reduce((sum, { walk }) => sum + walk.links.length, 0);
      return { kind: 'committed', moved: write.walked.length, links, queues: queuesOf(write) };
    });
  }

  private async apply(client: Client, at: DecideAt, seen: Seen, write: CohortWrite): Promise<void> {
    if (write.walked.length === 0) return;
    await writePositions(client, at.runId, write.walked);
    const context = await reserveContext(client);
    await writeMessages(client, { ...at, contextId: context }, write.messages);
    await writeResponses(client, at.runId, write.walked);
    const closed = write.walked.flatMap(({ facts: { customerId }, walk }) =>
      walk.closed.map((wait) => ({ customerId, ...wait })),
    );
    await writeClosedWaits(client, at, closed);
    await writeLinks(client, at, write.walked);
    const outcomes = await insertIntents(
      client,
      write.intents.map((intent) => intent.row),
      at.now,
      this.seeds,
    );
    for (const { row, step } of write.intents) step.codes.push(...rewardCodes(outcomes.get(row.payoutKey)));
    // under the budgets' locks: by when it was recorded the audit replays who fitted
    await this.context(client, at, context, seen);
    await insertTrace(
      client,
      at.runId,
      context,
      write.walked.map(({ facts, walk }) => ({
        customerId: facts.customerId,
        gateVersion: facts.gate.gateVersion,
        attrVersion: facts.attrVersion,
        steps: encodeTrace(walk.trace),
      })),
    );
    await addCounters(
      client,
      write.counters.map((change) => ({ ...change, runId: at.runId, lane: at.lane })),
    );
  }

  private async context(
    client: Client,
    at: Pick<DecideAt, 'runId' | 'lane' | 'step' | 'now'>,
    id: number,
    { versions, snapshot }: Seen,
  ): Promise<void> {
    const row: ContextRow = {
      kind: 'cohort',
      runId: at.runId,
      queue: String(at.lane),
      step: at.step,
      now: at.now,
      build: this.build,
      versions,
      snapshot,
    };
    await insertContext(client, row, id);
  }

  /** A participant whose data no statement can take: set apart with the reason, so that the rest goes on; where they stand, a retry puts them back. */
  async markFailed(
    at: { runId: string; lane: number; step: number; now: number },
    customerId: string,
    reason: string,
  ): Promise<void> {
    const journey = await this.journeyOf(at.runId);
    await inTransaction(this.pool, async (client) => {
      if ((await advanceStep(client, at)) !== null) return;
      const snapshot = await currentSnapshot(client);
      const found = await lockActive(client, at.runId, customerId);
      if (!found) return;
      const { node, visit, gateVersion, attrVersion } = found;
      await client.query(
        `update participants set state = 'failed', end_reason = $3, due_at = null, failed_at = $4
         where run_id = $1 and customer_id = $2`,
        [at.runId, customerId, reason, new Date(at.now)],
      );
      const left = waitLeft(journey, found, at.now);
      await writeClosedWaits(client, at, left ? [{ customerId, ...left }] : []);
      const context = await reserveContext(client);
      await this.context(client, at, context, { versions: {}, snapshot });
      const steps = encodeTrace([{ node, visit, codes: [`exit=${reason}`] }]);
      await insertTrace(client, at.runId, context, [{ customerId, gateVersion, attrVersion, steps }]);
      const counter = { runId: at.runId, node, visit, lane: at.lane };
      await addCounters(client, [
        { ...counter, measure: 'ended', reason, n: 1 },
        { ...counter, measure: 'here', reason: '', n: -1 },
      ]);
    });
  }

  /** Whom the lane still has, and when the next is due. Index probe: participants_due. */
  async remaining(runId: string, lane: number): Promise<{ active: boolean; nextDueAt: number | null }> {
    const { rows } = await this.pool.query<{ due_at: Date }>(FIRST_DUE, [runId, lane]);
    const [first] = rows;
    if (first) return { active: true, nextDueAt: first.due_at.getTime() };
    return await this.markDone(runId, lane);
  }

  /** Nobody was left; an entrant who came in meanwhile held the lane's row, so only the look after the lock counts. */
  private async markDone(runId: string, lane: number): Promise<{ active: boolean; nextDueAt: number | null }> {
    return await inTransaction(this.pool, async (client) => {
      await client.query('select 1 from lanes where run_id = $1 and lane = $2 for update', [runId, lane]);
      const { rows } = await client.query<{ due_at: Date }>(FIRST_DUE, [runId, lane]);
      const [first] = rows;
      if (first) return { active: true, nextDueAt: first.due_at.getTime() };
      await client.query('update lanes set done = true where run_id = $1 and lane = $2 and not done', [runId, lane]);
      return { active: false, nextDueAt: null };
    });
  }
}

const FIRST_DUE = `select due_at from participants where run_id = $1 and lane = $2 and state = 'active' order by due_at limit 1`;

/** Null when this step may decide; otherwise the newer step that already did (a zombie is refused). */
async function advanceStep(client: Client, at: { runId: string; lane: number; step: number }): Promise<number | null> {
  const moved = await client.query('update lanes set step = $3 where run_id = $1 and lane = $2 and step <= $3', [
    at.runId,
    at.lane,
    at.step,
  ]);
  if (moved.rowCount === 1) return null;
  const { rows } = await client.query<{ step: number }>('select step from lanes where run_id = $1 and lane = $2', [
    at.runId,
    at.lane,
  ]);
  const [row] = rows;
  if (!row) throw new Error('invariant: a lane without its row');
  return row.step;
}

async function currentSnapshot(client: Client): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  return rows[0]?.snapshot as string;
}

function queuesOf(write: CohortWrite): { messages: Queue[]; payouts: Queue[] } {
  const distinct = (queues: Queue[]) => [...new Map(queues.map((q) => [`${q.name}/${q.shard}`, q])).values()];
  return {
    messages: distinct(write.messages.map(({ gateway, shard }) => ({ name: gateway, shard }))),
    payouts: distinct(write.intents.map(({ row }) => ({ name: row.provider, shard: row.shard }))),
  };
}
