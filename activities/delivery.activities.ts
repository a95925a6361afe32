/**
 * A gateway's queue in two deciding activities: hand over what is queued (claim, submit, record), and resolve what is ambiguous.
 * Nothing is submitted that its claim did not gate in the transaction that marked it `submitting` (law 6).
 */
import { ending, isEnding, withHeartbeat, type Position } from './heartbeat.js';
import { inLoops } from './loops.js';
import { askInTime, nextSize, questionsOf, type Claimed } from './turn-limits.js';

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
  /** An undocumented answer has stopped the queue. */
  stopped: boolean;
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
  maxTps?: number | undefined;
  /** Its book is our database: a claim hands over into it. It cannot be set back without it. */
  ownBook?: boolean;
}
/** What one call hands over: an attempt of its own. */
export interface Call {
  attemptId: number;
  batch: Outgoing[];
  /** How long after `claimedAt` it may still begin: then its lease or its safe repeats may be over when it arrives. */
  goodForMs: number;
}
export type Claim =
  | { kind: 'stale'; step: number }
  | { kind: 'empty' }
  | { kind: 'blocked' }
  /** `claimedAt`: by `performance.now()`, before its facts were read. There may be no calls, when all that was looked at is withheld. */
  | { kind: 'claimed'; claimedAt: number; signedAt: Date; calls: Call[]; withheld: number };

export interface DeliveryPorts {
  gateway(name: string): {
    terms: GatewayTerms;
    /** Where the book is ours, it is told what has been entered. */
    submit(batch: Outgoing[], attemptId: number, signedAt: Date): Promise<Submitted>;
    lookup(id: string, signedAt: Date): Promise<Looked>;
  };
  deliveries: {
    /** Messages for up to so many calls. */
    claim(at: QueueInput, terms: GatewayTerms, calls: number): Promise<Claim>;
    /** The same gate for ambiguous messages that the gateway surely does not know. */
    reclaim(at: QueueInput, terms: GatewayTerms, ids: string[]): Promise<Claim>;
    record(
      at: QueueInput,
      answers: readonly { attemptId: number; outcome: Submitted }[],
      terms: GatewayTerms,
    ): Promise<void>;
    /** Up to `limit` whose hand-over may have been lost with a database that was set back become ambiguous; returns how many. */
    presume(at: QueueInput, terms: GatewayTerms, limit: number): Promise<number>;
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
    isStopped(at: QueueInput): Promise<boolean>;
  };
  /** Waits for the limit; no longer than until `ending` fires, after which nothing may be sent. */
  throttle: { take(system: string, n: number, ending: AbortSignal): Promise<void> };
}

const WORK_MS = 15_000;
/** Claims of one shard in flight at once; of our own book one, for each is done when the next may begin. */
const IN_FLIGHT = 3;
const IN_FLIGHT_OF_OURS = 1;
/** Messages that are claimed and recorded together where a gateway takes fewer a call, and the calls that they may need: at first, and at most. */
const CLAIMED_TOGETHER = 500;
const CALLS_AT_FIRST = 10;
const CALLS_AT_MOST = 50;
/** Calls of one claim under way at once. */
const CALLS_AT_ONCE = 10;
/** Of all shards, so that what waits for a limit waits a second at most. */
const CLAIMS_IN_FLIGHT = 6;
const LATER: Looked = { kind: 'later', retryAfterMs: 0 };
const NOT_SENT: Submitted = { kind: 'later', retryAfterMs: 0 };

export function createDeliveryActivities(ports: DeliveryPorts) {
  return {
    deliverMessages: (input: QueueInput): Promise<QueueResult> => withHeartbeat((at) => deliver(ports, input, at)),
    resolveMessages: (input: QueueInput): Promise<ResolveResult> => withHeartbeat(() => resolve(ports, input)),
  };
}

/**
 * Calls of one claim, after a `last` one. Where nobody can tell afterwards what became of a message, a crash must leave as few in doubt as it can: then it
 * is one.
 */
export function callsTogether(
  { batchSize, idempotent, lookup, maxTps = Infinity }: GatewayTerms,
  last?: Claimed,
): number {
  if (!idempotent && !lookup) return 1;
  const most = nextSize({ first: CALLS_AT_FIRST, most: CALLS_AT_MOST }, last);
  const wanted = Math.min(most, Math.ceil(CLAIMED_TOGETHER / batchSize));
  return Math.max(1, Math.min(wanted, Math.floor(maxTps / CLAIMS_IN_FLIGHT / batchSize)));
}

async function deliver(
  ports: DeliveryPorts,
  input: QueueInput,
  at: (position: Position) => void,
): Promise<QueueResult> {
  const gateway = ports.gateway(input.gateway);
  const deadline = performance.now() + WORK_MS;
  const result: QueueResult = { step: input.step, more: false, done: 0 };
  let open = true;
  const stop = () => {
    open = false;
  };

  const worker = async (): Promise<void> => {
    let calls = callsTogether(gateway.terms);
    while (open) {
      if (performance.now() > deadline || isEnding()) {
        result.more = true;
        return;
      }
      const claim = await ports.deliveries.claim(input, gateway.terms, calls);
      if (claim.kind === 'stale') result.step = claim.step;
      if (claim.kind !== 'claimed') {
        open = false;
        return;
      }
      const begun = performance.now();
      result.done += await handOver(ports, input, claim, stop);
      calls = callsTogether(gateway.terms, { size: calls, tookMs: performance.now() - begun });
      at({ done: result.done });
    }
  };
  const inFlight = gateway.terms.ownBook ? IN_FLIGHT_OF_OURS : IN_FLIGHT;
  await inLoops(inFlight, worker, stop);
  return result;
}

/** Submit what is claimed and record what came of it; returns how many messages it took off the queue. After "later" what has not been sent is not sent. */
async function handOver(
  ports: DeliveryPorts,
  input: QueueInput,
  { calls, claimedAt, signedAt, withheld }: Claim & { kind: 'claimed' },
  stop: () => void,
): Promise<number> {
  const gateway = ports.gateway(input.gateway);
  const taken = calls.reduce((sum, { batch }) => sum + batch.length, withheld);
  if (gateway.terms.ownBook) {
    await Promise.all(calls.map(({ batch, attemptId }) => gateway.submit(batch, attemptId, signedAt)));
    return taken;
  }
  let open = true;
  const close = () => {
    open = false;
    stop();
  };
  const call = async ({ batch, attemptId, goodForMs }: Call): Promise<Submitted> => {
    await ports.throttle.take(`gateway/${input.gateway}`, batch.length, ending());
    const isLate = performance.now() - claimedAt >= goodForMs;
    return isLate || isEnding() || !open ? NOT_SENT : await gateway.submit(batch, attemptId, signedAt);
  };
  const rest = [...calls];
  const answers: { attemptId: number; outcome: Submitted }[] = [];
  const caller = async (): Promise<void> => {
    for (let next = rest.shift(); next; next = rest.shift()) {
      const outcome = open ? await call(next) : NOT_SENT;
      if (outcome.kind === 'later' || outcome.kind === 'refused') close();
      answers.push({ attemptId: next.attemptId, outcome });
    }
  };
  try {
    await inLoops(CALLS_AT_ONCE, caller, close);
  } finally {
    // also beside a call that failed: what the others were told is known
    if (answers.length > 0) await ports.deliveries.record(input, answers, gateway.terms);
  }
  return taken;
}

async function resolve(ports: DeliveryPorts, input: QueueInput): Promise<ResolveResult> {
  const gateway = ports.gateway(input.gateway);
  const { terms } = gateway;
  await ports.deliveries.expireLeases(input, terms);
  const limit = questionsOf(terms);
  const presumed = await ports.deliveries.presume(input, terms, limit);
  const due = await ports.deliveries.dueLookups(input, terms, limit);
  const ask = async (id: string): Promise<Looked> => {
    if (!terms.lookup) return { kind: 'absent' };
    await ports.throttle.take(`gateway/${input.gateway}`, 1, ending());
    return isEnding() ? LATER : await gateway.lookup(id, due.signedAt);
  };
  const resubmit: string[] = [];
  const looked = await askInTime(due.items, async ({ id, mayResubmit, settled }) => {
    const outcome = await ask(id);
    if (outcome.kind === 'absent' && settled && mayResubmit) resubmit.push(id);
    return { id, outcome, settled };
  });
  // what may be submitted again is asked about again later, should its claim not take it: its gateway or run may be paused
  const again = new Set(resubmit);
  const found = looked.map((one) => (again.has(one.id) ? { ...one, outcome: LATER } : one));
  await ports.deliveries.recordLookups(input, found, terms);
  const together = terms.batchSize * callsTogether(terms);
  for (let from = 0; from < resubmit.length; from += together) {
    const claim = await ports.deliveries.reclaim(input, terms, resubmit.slice(from, from + together));
    if (claim.kind !== 'claimed') break;
    await handOver(ports, input, claim, () => undefined);
  }
  const nextInMs = await ports.deliveries.nextInMs(input);
  const more = Math.max(due.items.length, presumed) === limit || looked.length < due.items.length;
  const stopped = await ports.deliveries.isStopped(input);
  return { step: input.step, more, done: looked.length, nextInMs, stopped };
}
