/**
 * A gateway's queue in two deciding activities: hand over what is queued (claim, submit, record), and resolve what is ambiguous.
 * Nothing is submitted that its claim did not gate in the transaction that marked it `submitting` (law 6).
 */
import { heartbeat } from '@temporalio/activity';
import { withHeartbeat } from './heartbeat.js';

export interface QueueInput {
  gateway: string;
  shard: number;
  step: number;
  now: number;
}
export interface QueueResult {
  /** The newest step seen; larger than the input's when a newer owner exists. */
  step: number;
  more: boolean;
  done: number;
}
export interface ResolveResult extends QueueResult {
  /** When to look again, in ms of transport time; null when nothing is open. */
  nextInMs: number | null;
}

/** One message as handed over; it stays inside this process. */
export interface Outgoing {
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
export interface Result {
  status: 'accepted' | 'rejected';
  reason: string | null;
  reference: string | null;
}
export type Submitted =
  | { kind: 'answered'; results: Map<string, Result> }
  | { kind: 'later'; retryAfterMs: number }
  /** Not acted on, and to be tried again after so long; others may go meanwhile. */
  | { kind: 'delayed'; retryAfterMs: number }
  | { kind: 'refused'; status: number }
  | { kind: 'unknown' };
export type Looked =
  | { kind: 'found'; result: Result }
  | { kind: 'absent' }
  | { kind: 'later'; retryAfterMs: number }
  | { kind: 'unknown' };

export interface GatewayTerms {
  batchSize: number;
  timeoutMs: number;
  idempotent: boolean;
  idempotencyMs: number;
  lookup: boolean;
  visibilityMs: number;
}
export type Claim =
  | { kind: 'stale'; step: number }
  | { kind: 'empty' }
  | { kind: 'blocked' }
  /** `batch` may be empty when all that was looked at is withheld. */
  | { kind: 'claimed'; attemptId: number; signedAt: Date; batch: Outgoing[]; withheld: number };

export interface DeliveryPorts {
  gateway(name: string): {
    terms: GatewayTerms;
    submit(batch: Outgoing[], attemptId: number, signedAt: Date): Promise<Submitted>;
    lookup(id: string, signedAt: Date): Promise<Looked>;
  };
  deliveries: {
    claim(at: QueueInput, terms: GatewayTerms): Promise<Claim>;
    /** The same gate for ambiguous messages that the gateway surely does not know. */
    reclaim(at: QueueInput, terms: GatewayTerms, ids: string[]): Promise<Claim>;
    record(at: QueueInput, attemptId: number, outcome: Submitted, terms: GatewayTerms): Promise<void>;
    /** Attempts whose lease ran out without a result become ambiguous. */
    expireLeases(at: QueueInput, terms: GatewayTerms): Promise<number>;
    dueLookups(
      at: QueueInput,
      terms: GatewayTerms,
      limit: number,
    ): Promise<{ signedAt: Date; items: { id: string; mayResubmit: boolean; settled: boolean }[] }>;
    recordLookups(
      at: QueueInput,
      looked: { id: string; outcome: Looked; settled: boolean }[],
      terms: GatewayTerms,
    ): Promise<void>;
    nextInMs(at: QueueInput): Promise<number | null>;
  };
  throttle: { take(system: string, n: number): Promise<void> };
}

const WORK_MS = 15_000;
/** Batches of one shard in flight at once. */
const IN_FLIGHT = 3;
const LOOKUPS_AT_ONCE = 200;

export function createDeliveryActivities(ports: DeliveryPorts) {
  return {
    deliverMessages: (input: QueueInput): Promise<QueueResult> => withHeartbeat(() => deliver(ports, input)),
    resolveMessages: (input: QueueInput): Promise<ResolveResult> => withHeartbeat(() => resolve(ports, input)),
  };
}

async function deliver(ports: DeliveryPorts, input: QueueInput): Promise<QueueResult> {
  const gateway = ports.gateway(input.gateway);
  const deadline = performance.now() + WORK_MS;
  const result: QueueResult = { step: input.step, more: false, done: 0 };
  let open = true;

  const worker = async (): Promise<void> => {
    while (open) {
      if (performance.now() > deadline) {
        result.more = true;
        return;
      }
      const claim = await ports.deliveries.claim(input, gateway.terms);
      if (claim.kind === 'stale') result.step = claim.step;
      if (claim.kind !== 'claimed') {
        open = false;
        return;
      }
      result.done += await handOver(ports, input, claim, () => {
        open = false;
      });
      heartbeat(result.done);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return result;
}

/** Submit one claimed batch and record what came of it; returns how many messages it took off the queue. */
async function handOver(
  ports: DeliveryPorts,
  input: QueueInput,
  claim: Claim & { kind: 'claimed' },
  stop: () => void,
): Promise<number> {
  if (claim.batch.length > 0) {
    const gateway = ports.gateway(input.gateway);
    await ports.throttle.take(`gateway/${input.gateway}`, claim.batch.length);
    const outcome = await gateway.submit(claim.batch, claim.attemptId, claim.signedAt);
    if (outcome.kind === 'later' || outcome.kind === 'refused') stop();
    await ports.deliveries.record(input, claim.attemptId, outcome, gateway.terms);
  }
  return claim.batch.length + claim.withheld;
}

async function resolve(ports: DeliveryPorts, input: QueueInput): Promise<ResolveResult> {
  const gateway = ports.gateway(input.gateway);
  const { terms } = gateway;
  await ports.deliveries.expireLeases(input, terms);
  const due = await ports.deliveries.dueLookups(input, terms, LOOKUPS_AT_ONCE);
  const resubmit: string[] = [];
  const looked = await Promise.all(
    due.items.map(async ({ id, mayResubmit, settled }) => {
      const outcome: Looked = terms.lookup ? await gateway.lookup(id, due.signedAt) : { kind: 'absent' };
      if (outcome.kind === 'absent' && settled && mayResubmit) resubmit.push(id);
      return { id, outcome, settled };
    }),
  );
  const again = new Set(resubmit);
  await ports.deliveries.recordLookups(
    input,
    looked.filter(({ id }) => !again.has(id)),
    terms,
  );
  for (let from = 0; from < resubmit.length; from += terms.batchSize) {
    const claim = await ports.deliveries.reclaim(input, terms, resubmit.slice(from, from + terms.batchSize));
    if (claim.kind !== 'claimed') break;
    await handOver(ports, input, claim, () => undefined);
  }
  const nextInMs = await ports.deliveries.nextInMs(input);
  return { step: input.step, more: due.items.length === LOOKUPS_AT_ONCE, done: looked.length, nextInMs };
}
