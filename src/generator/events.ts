/**
 * What synthetic customers did in the past, as track events of the Segment spec. A customer's events depend on the seed, the customer
 * and the span alone, and come in order of time per customer.
 */
import type { GeneratedCustomer } from './customers.js';
import { Random } from './random.js';

/** One event of a `/v1/batch`. */
export interface GeneratedEvent {
  type: 'track';
  messageId: string;
  userId: string;
  event: 'app_open' | 'purchase' | 'limit_inquiry' | 'transfer';
  /** When it occurred, RFC 3339 in UTC. */
  timestamp: string;
  properties: Record<string, string | number>;
}

const KINDS = [
  ['app_open', 62],
  ['purchase', 22],
  ['transfer', 12],
  ['limit_inquiry', 4],
] as const;
const SHOPS = ['편의점', '카페', '마트', '온라인', '주유소', '병원'] as const;

/** Events in [fromMs, toMs), epoch ms; about five a customer, most of them of few customers. Those who left have none. */
export function* generateEvents(
  seed: string,
  customers: Iterable<GeneratedCustomer>,
  fromMs: number,
  toMs: number,
): Generator<GeneratedEvent> {
  for (const customer of customers) {
    if (customer.status === 'withdrawn') continue;
    yield* eventsOf(seed, customer.id, fromMs, toMs);
  }
}

function* eventsOf(seed: string, userId: string, fromMs: number, toMs: number): Generator<GeneratedEvent> {
  const random = new Random(seed, 'events', userId);
  // mean 5, many with none: the cube of an even draw has mean 1/4
  const count = Math.round(20 * random.unit() ** 3);
  const times = Array.from({ length: count }, () => fromMs + Math.floor(random.unit() * (toMs - fromMs)));
  times.sort((a, b) => a - b);
  for (const [k, at] of times.entries()) {
    const event = random.weighted(KINDS);
    yield {
      type: 'track',
      messageId: `history/${seed}/${userId}/${k}`,
      userId,
      event,
      timestamp: new Date(at).toISOString(),
      properties: propertiesOf(random, event),
    };
  }
}

function propertiesOf(random: Random, event: GeneratedEvent['event']): Record<string, string | number> {
  switch (event) {
    case 'app_open':
      return { platform: random.pick(['android', 'ios']) };
    case 'purchase':
      return purchase(random);
    case 'transfer':
      return { amount: 10_000 * random.whole(1, 100), currency: 'KRW' };
    case 'limit_inquiry':
      return { product: random.pick(['신용대출', '전세대출', '신용카드']) };
    default:
      return event satisfies never;
  }
}

/** What somebody bought: whole won, mostly small. */
export function purchase(random: Random): Record<string, string | number> {
  return { amount: 100 * Math.round(10 ** (1.5 + 2 * random.unit())), currency: 'KRW', shop: random.pick(SHOPS) };
}
