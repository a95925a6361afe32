/**
 * The activities of one customer: the same gates, locks, rows and trace as the engine's, by the same stores and domain functions, for one participant at
 * a time. A lane and a queue of their own for each keep customers from waiting for each other.
 */
import { createCohortActivities, type AdvanceInput, type CohortPorts } from '../../../activities/cohort.activities.js';
import { CAPTURE } from '../../../src/channels/capture.channel.js';
import { prepareRenderer } from '../../../src/domain/offer/render.js';
import { CohortStore } from '../../../src/storage/cohort.store.js';
import { DeliveryClaims } from '../../../src/storage/delivery.store.js';
import { LaunchedStore } from '../../../src/storage/launched.store.js';
import { isDataError, type Pool } from '../../../src/storage/pool.js';

export interface Decided {
  ended: boolean;
  /** A message is queued. */
  sends: boolean;
  /** When the wait is over, business time in ms; 0 where it ended. */
  dueAt: number;
}

export interface CustomerActivities {
  decide(input: AdvanceInput): Promise<Decided>;
  handOver(at: { lane: number; now: number }): Promise<void>;
}

const BUILD = 'per-customer';
const TERMS = {
  batchSize: 1,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 86_400_000,
  lookup: true,
  visibilityMs: 0,
  ownBook: true,
};

export function createCustomerActivities(pool: Pool): CustomerActivities {
  const launched = new LaunchedStore(pool);
  const journeyOf = (runId: string) => launched.journeyOf(runId);
  const store = new CohortStore(pool, BUILD, journeyOf);
  const claims = new DeliveryClaims(pool, BUILD, journeyOf);
  return {
    async decide(input) {
      let [sends, picked] = [false, false];
      const ports: CohortPorts = {
        runs: {
          async prepared(runId) {
            const { version, launched: definition, journey } = await launched.of(runId);
            return { runId, version, journey, render: prepareRenderer(definition, journey) };
          },
        },
        cohorts: {
          // one customer, once: the engine would look whether more are due
          pick: async (at, journey) => {
            if (picked) return [];
            picked = true;
            return await store.pick(at, journey);
          },
          policies: () => store.policies(),
          decide: (at, own, decide) => store.decide(at, own, decide),
          markFailed: (at, customerId, reason) => store.markFailed(at, customerId, reason),
          remaining: (runId, lane) => store.remaining(runId, lane),
        },
        links: { tell: async () => ({ lanes: [], payouts: [] }) },
        nudger: {
          nudgeLane: async () => undefined,
          nudgePayout: async () => undefined,
          nudgeDelivery: async () => {
            sends = true;
          },
        },
        shardOf: () => input.lane,
        isDataError,
        cohortSize: 1,
      };
      const result = await createCohortActivities(ports).advanceCohorts(input);
      if (result.state === 'done') return { ended: true, sends, dueAt: 0 };
      if (result.state !== 'idle' || result.nextDueAt === null) throw new Error(`left as ${result.state}`);
      return { ended: false, sends, dueAt: result.nextDueAt };
    },
    async handOver({ lane, now }) {
      // steps of a queue only grow, over all runs: time does
      const at = { gateway: CAPTURE, shard: lane, step: now, now };
      const claim = await claims.claim(at, TERMS);
      if (claim.kind !== 'claimed') throw new Error(`nothing to hand over: ${claim.kind}`);
    },
  };
}
