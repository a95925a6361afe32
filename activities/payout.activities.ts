/**
 * A provider's queue in two deciding activities: submit what is ready (claim, call, record), and resolve what is accepted or ambiguous.
 * No call before its attempt is durable; what comes back is recorded in groups, and what is lost on the way is found by its lease.
 */
import { signOf } from '../src/domain/ledger/breaker.js';
import { opensInMs } from '../src/domain/ledger/business-hours.js';
import {
  resolveByLookup,
  resolveWithoutLookup,
  type ProviderTerms,
  type Resolution,
  type SubmitReply,
} from '../src/domain/ledger/payout-replies.js';
import { gathering, type Gathering } from './gathering.js';
import { ending, isEnding, withHeartbeat, type Position } from './heartbeat.js';
import type {
  AttemptResult,
  DueLookup,
  PayoutClaim,
  PayoutOrder,
  PayoutPorts,
  PayoutQueueInput,
  PayoutQueueResult,
  PayoutResolveResult,
  Resolved,
} from './payout-ports.js';
import { inLoops } from './loops.js';
import { reverse } from './payout-reversals.js';
import {
  askInTime,
  CALLS_AT_ONCE,
  nextSize,
  questionsOf,
  THROTTLED_MS,
  withinLimit,
  type Claimed,
} from './turn-limits.js';

export type * from './payout-ports.js';

const WORK_MS = 15_000;
/** Claims of one shard in flight: while one is recorded, the calls of the other are under way. */
const IN_FLIGHT = 2;
/** Payouts of one claim: at first, and at most. */
const CLAIM_AT_FIRST = 150;
const CLAIM_AT_MOST = 600;
/** So much of a claim is recorded together: what is slow waits for few others; a claim that has grown is of a provider that is quick. */
const RECORDED_TOGETHER = { first: 1 / 4, grown: 1 / 2 };
const TOLD_TOGETHER = 500;
/** Beyond what the calls of a claim take at most, before an attempt without a result counts as ambiguous. */
const LEASE_MARGIN_MS = 10_000;

export function createPayoutActivities(ports: PayoutPorts) {
  return {
    submitPayouts: (input: PayoutQueueInput): Promise<PayoutQueueResult> =>
      withHeartbeat((at) => submit(ports, input, at)),
    resolvePayouts: (input: PayoutQueueInput): Promise<PayoutResolveResult> =>
      withHeartbeat(async (at) => {
        const resolved = await resolve(ports, input);
        return { ...resolved, more: (await tell(ports, input, at)) || resolved.more };
      }),
  };
}

type ProviderPort = ReturnType<PayoutPorts['provider']>;
/** What one turn may still send. `failures`: submissions in a row that were not answered. */
interface Queue {
  open: boolean;
  failures: number;
}

/** Of one claim: when it was asked for, how long its attempts are its own, and whether it submits again. */
interface Asked {
  askedAt: number;
  leaseMs: number;
  repeats: boolean;
}

/** Where nobody can tell afterwards what became of a payout, a crash must leave as few in doubt as it can: then a claim does not grow. */
export function claimSize(
  { idempotent, lookup }: Pick<ProviderTerms, 'idempotent' | 'lookup'>,
  last?: Claimed,
): number {
  return nextSize({ first: CLAIM_AT_FIRST, most: idempotent || lookup ? CLAIM_AT_MOST : CLAIM_AT_FIRST }, last);
}

const togetherOf = (claimed: number): number =>
  claimed * RECORDED_TOGETHER[claimed > CLAIM_AT_FIRST ? 'grown' : 'first'];

/** The claims in flight wait together no longer. */
const mayClaim = ({ terms }: ProviderPort, size: number): number =>
  withinLimit(size, terms.maxTps, THROTTLED_MS / IN_FLIGHT);

const callsAtOnce = ({ terms }: ProviderPort): number => terms.callsAtOnce ?? CALLS_AT_ONCE;

/** As long as what a first claim takes at most. A larger one is of a provider that is quick; where it no longer is, the rest is not sent. */
const leaseOf = (provider: ProviderPort): number =>
  Math.ceil(CLAIM_AT_FIRST / callsAtOnce(provider)) * provider.terms.timeoutMs +
  (provider.terms.maxTps ? THROTTLED_MS : 0) +
  LEASE_MARGIN_MS;

async function submit(
  ports: PayoutPorts,
  input: PayoutQueueInput,
  at: (position: Position) => void,
): Promise<PayoutQueueResult> {
  const provider = ports.provider(input.provider);
  const deadline = performance.now() + WORK_MS;
  const result: PayoutQueueResult = { step: input.step, more: false, done: 0 };
  if (opensInMs(provider.terms.hours, input.now) > 0) return result;
  const queue = { open: true, failures: 0 };
  let size = claimSize(provider.terms);
  const replies = repliesTo(ports, provider, input, () => togetherOf(size));
  let isOver = false;

  const worker = async (): Promise<void> => {
    while (queue.open && !isOver) {
      if (performance.now() > deadline || isEnding()) {
        result.more = true;
        return;
      }
      const asked = { askedAt: performance.now(), leaseMs: leaseOf(provider), repeats: false };
      const wanted = size;
      const claim = await ports.payouts.claim(input, mayClaim(provider, wanted), asked.leaseMs);
      if (claim.kind === 'stale') result.step = claim.step;
      if (claim.kind !== 'claimed') {
        isOver = true; // what another claim has in hand goes on
        return;
      }
      const begun = performance.now();
      await call(ports, provider, input, claim, { queue, replies, asked });
      size = claimSize(provider.terms, { size: wanted, tookMs: performance.now() - begun });
      result.done += claim.orders.length + claim.refused;
      at({ done: result.done });
    }
  };
  await inLoops(IN_FLIGHT, worker, () => {
    isOver = true;
  });
  return result;
}

/** What came of a queue's calls, recorded in groups; where the provider answers again, its other queues hear of it. */
function repliesTo(
  ports: PayoutPorts,
  { terms }: ProviderPort,
  input: PayoutQueueInput,
  together: () => number,
): Gathering<AttemptResult> {
  return gathering(together, async (results) => {
    for (const { name, shard } of await ports.payouts.record(input, results, terms))
      await ports.nudger.nudgePayout(name, shard);
  });
}

/**
 * Call the provider for every order of a claim, some at once, and have the results recorded. Closes the queue when nothing more may be sent, and
 * sends nothing more when the worker ends.
 */
async function call(
  ports: PayoutPorts,
  provider: ProviderPort,
  input: PayoutQueueInput,
  { orders, signedAt }: PayoutClaim & { kind: 'claimed' },
  { queue, replies, asked }: { queue: Queue; replies: Gathering<AttemptResult>; asked: Asked },
): Promise<void> {
  const { idempotent, idempotencyMs, timeoutMs } = provider.terms;
  const { askedAt, leaseMs, repeats } = asked;
  // a call may take its whole time-out to get there, by when nobody may have taken it for lost: it has waited for a limit that was lowered, say.
  // And a repeat has to arrive while repeats are safe; where they never are, it is no repeat
  const isSafe = ({ ageMs }: PayoutOrder) => {
    const arrivesMs = performance.now() - askedAt + timeoutMs;
    return arrivesMs < leaseMs && (!repeats || !idempotent || ageMs + arrivesMs < idempotencyMs);
  };
  const rest = [...orders];
  const caller = async (): Promise<void> => {
    for (let order = rest.shift(); order; order = rest.shift()) {
      // after "later", an answer that nobody knows or too many that did not come, what has not been sent yet is not sent: nothing was acted on
      const reply: SubmitReply =
        queue.open && !isEnding()
          ? await send(ports, provider, input, { order, signedAt, isSafe })
          : { kind: 'later', retryAfterMs: 0 };
      if (reply.kind === 'later' || reply.kind === 'refused' || breaks(queue, reply, provider)) queue.open = false;
      replies.add({ key: order.key, attemptId: order.attemptId, reply });
    }
  };
  try {
    await inLoops(callsAtOnce(provider), caller, () => {
      queue.open = false;
    });
  } finally {
    await replies.all(); // also beside a call that failed: what the others were told is known
  }
}

/** Whether the breaker will have opened once these replies are recorded. */
function breaks(queue: Queue, reply: SubmitReply, { terms: { breaker } }: ProviderPort): boolean {
  const sign = signOf(reply);
  if (sign === 'answered') queue.failures = 0;
  if (sign === 'failed') queue.failures += 1;
  return breaker !== undefined && queue.failures >= breaker.failures;
}

async function send(
  ports: PayoutPorts,
  provider: ProviderPort,
  input: PayoutQueueInput,
  { order, signedAt, isSafe }: { order: PayoutOrder; signedAt: Date; isSafe: (order: PayoutOrder) => boolean },
): Promise<SubmitReply> {
  await ports.throttle.take(`provider/${input.provider}`, 1, ending());
  if (!isSafe(order) || isEnding()) return { kind: 'later', retryAfterMs: 0 };
  return provider.submit(order, signedAt, input.now);
}

async function resolve(ports: PayoutPorts, input: PayoutQueueInput): Promise<PayoutResolveResult> {
  const provider = ports.provider(input.provider);
  const { terms } = provider;
  await ports.payouts.expireLeases(input);
  const limit = questionsOf(terms);
  const presumed = await ports.payouts.presume(input, limit);
  const due = await ports.payouts.dueLookups(input, terms, limit);
  const resolutions = await askInTime(
    due.items,
    async (item) => ({
      key: item.key,
      attempts: item.attempts,
      resolution: await ask(ports, provider, input, item, due.signedAt),
    }),
    callsAtOnce(provider),
  );
  const again = resolutions.filter(({ resolution }) => resolution.kind === 'resubmit').map(({ key }) => key);
  // what may be submitted again is asked about again later, should its claim not take it: its provider may be paused
  const found = resolutions.map(({ resolution, ...one }): Resolved => {
    return { ...one, resolution: resolution.kind === 'resubmit' ? { kind: 'ask_again' } : resolution };
  });
  await ports.payouts.recordLookups(input, found, terms);
  const shutForMs = opensInMs(terms.hours, input.now);
  const asked = { askedAt: performance.now(), leaseMs: leaseOf(provider), repeats: true };
  const claim =
    again.length > 0 && shutForMs === 0 ? await ports.payouts.reclaim(input, again, asked.leaseMs, terms.lookup) : null;
  if (claim?.kind === 'claimed') {
    const [queue, replies] = [
      { open: true, failures: 0 },
      repliesTo(ports, provider, input, () => again.length * RECORDED_TOGETHER.first),
    ];
    await call(ports, provider, input, claim, { queue, replies, asked });
  }
  const moreReversals = await reverse(ports, input);
  const nextInMs = await ports.payouts.nextInMs(input, shutForMs);
  const step = claim?.kind === 'stale' ? claim.step : input.step;
  const more = moreReversals || Math.max(due.items.length, presumed) === limit || resolutions.length < due.items.length;
  const stopped = await ports.payouts.isStopped(input);
  return { step, more, done: resolutions.length, nextInMs, stopped };
}

/** Tell the waits what their payouts have to say; true when there is more. A lost nudge is found by the sweep. */
async function tell(ports: PayoutPorts, input: PayoutQueueInput, at: (position: Position) => void): Promise<boolean> {
  const deadline = performance.now() + WORK_MS;
  for (;;) {
    const { told, lanes, payouts } = await ports.payouts.tell(input, TOLD_TOGETHER);
    for (const { runId, lane } of lanes) await ports.nudger.nudgeLane(runId, lane);
    for (const { name, shard } of payouts) await ports.nudger.nudgePayout(name, shard);
    if (told < TOLD_TOGETHER) return false;
    at({ told });
    if (performance.now() > deadline || isEnding()) return true;
  }
}

async function ask(
  ports: PayoutPorts,
  provider: ProviderPort,
  input: PayoutQueueInput,
  item: DueLookup,
  signedAt: Date,
): Promise<Resolution> {
  if (!provider.terms.lookup) return resolveWithoutLookup(provider.terms, item);
  await ports.throttle.take(`provider/${input.provider}`, 1, ending());
  if (isEnding()) return { kind: 'ask_again' };
  return resolveByLookup(provider.terms, item, await provider.lookup(item.key, signedAt));
}
