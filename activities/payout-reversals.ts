/**
 * The reversals of a provider's queue within one turn: ask about those that are unsure, send those that are due, record what came of them. No call
 * before its attempt is durable; what is lost on the way is found by its lease.
 */
import { opensInMs } from '../src/domain/ledger/business-hours.js';
import type { LookupReply } from '../src/domain/ledger/payout-replies.js';
import { resolveReversal, type ReversalReply } from '../src/domain/ledger/reversals.js';
import { ending, isEnding } from './heartbeat.js';
import type { PayoutPorts, PayoutQueueInput, ReversalOrder, ReversalRef } from './payout-ports.js';
import { askInTime, fewAtOnce, THROTTLED_MS, withinLimit } from './turn-limits.js';

/** Of one turn; the rest is the next one's. */
const AT_ONCE = 50;
const LEASE_MARGIN_MS = 10_000;
const NOT_ASKED: LookupReply = { kind: 'later', retryAfterMs: 0 };

/** True when there may be more. */
export async function reverse(ports: PayoutPorts, input: PayoutQueueInput): Promise<boolean> {
  const provider = ports.provider(input.provider);
  const { terms } = provider;
  if (!(await ports.reversals.isDue(input))) return false;
  const send = provider.reverse;
  if (!send) throw new Error(`invariant: a reversal at ${input.provider}, which takes none`);
  const system = `provider/${input.provider}`;
  const limit = withinLimit(AT_ONCE, terms.maxTps, THROTTLED_MS);

  const due = await ports.reversals.unsure(input, terms, limit);
  const ask = async ({ key }: ReversalRef): Promise<LookupReply | null> => {
    if (!terms.lookup) return null;
    await ports.throttle.take(system, 1, ending());
    if (isEnding()) return NOT_ASKED;
    return await provider.lookup(key, due.signedAt);
  };
  const resolved = await askInTime(due.items, async (item) => {
    return { ...item, resolution: resolveReversal(terms, item, await ask(item)) };
  });
  await ports.reversals.recordLookups(input, resolved, terms);
  if (opensInMs(terms.hours, input.now) > 0) return false;

  const again = resolved.filter(({ resolution }) => resolution.kind === 'resubmit');
  const askedAt = performance.now();
  const leaseMs = terms.timeoutMs + THROTTLED_MS + LEASE_MARGIN_MS;
  const { signedAt, orders } = await ports.reversals.claim(input, again, limit, leaseMs);
  const results = await fewAtOnce(orders, async (order): Promise<{ order: ReversalOrder; reply: ReversalReply }> => {
    await ports.throttle.take(system, 1, ending());
    // it has to arrive before anybody takes it for lost, and a repeat while repeats are safe; what was not acted on is no repeat
    const arrivesMs = performance.now() - askedAt + terms.timeoutMs;
    const isSafe = arrivesMs < leaseMs && (!order.unsure || order.ageMs + arrivesMs < terms.idempotencyMs);
    return { order, reply: isSafe && !isEnding() ? await send(order, signedAt) : { kind: 'later', retryAfterMs: 0 } };
  });
  await ports.reversals.record(input, results, terms);
  return orders.length === limit || due.items.length === limit;
}
