/**
 * The set form of `takenOf`, and the caps of a whole group of rewards judged by it. Rewards of one customer are judged one after the other, whatever
 * campaign they are of: their stripe is locked until the transaction ends.
 */
import { bucketOf, stripeOf } from '../domain/base/hash.js';
import type { EpochMs } from '../domain/base/time.js';
import { windowFrom } from '../domain/contact-policy/window.js';
import { GIVEN_BACK, judgeCaps, mostOf, type CappedReward, type RewardCap } from '../domain/ledger/reward-caps.js';
import type { IntentRow } from '../domain/wave/cohort.js';
import { lockRewardStripes } from './advisory.js';
import type { Client } from './pool.js';
import { capsInForce } from './reward-caps.store.js';

interface Verdict {
  fits: boolean;
  codes: string[];
  /** Caps that had a say, as `key@version`. */
  by: string[];
}

const FREE: Verdict = { fits: true, codes: [], by: [] };

/** By payout key. Lock order: after the claims and lucky boxes, before the budgets. `mayBe`: what a reward that has yet to be drawn may be. */
export async function judgeByCaps(
  client: Client,
  intents: readonly IntentRow[],
  now: EpochMs,
  mayBe: (intent: IntentRow) => readonly CappedReward[] = (intent) => [intent],
): Promise<(payoutKey: string) => Verdict> {
  const caps = await capsInForce(client);
  const capped = intents.filter((intent) => caps.some((cap) => mostOf(cap, mayBe(intent)) > 0));
  if (capped.length === 0) return () => FREE;
  const customers = [...new Set(capped.map(({ customerId }) => customerId))];
  await lockRewardStripes(client, [...new Set(customers.map((id) => stripeOf(bucketOf(id))))]);
  const taken = await rewardsSeen(client, customers, caps, now);
  const verdicts = new Map<string, Verdict>();
  for (const intent of [...capped].sort((a, b) => (a.payoutKey < b.payoutKey ? -1 : 1))) {
    const own = taken.get(intent.customerId);
    if (!own) throw new Error('invariant: a reward for nobody');
    verdicts.set(intent.payoutKey, judgeCaps(caps, mayBe(intent), own));
  }
  return (payoutKey) => verdicts.get(payoutKey) ?? FREE;
}

/**
 * What has been taken of each cap, by customer. Where a calendar window begins is asked of the domain, once per zone: two tables of time zones might
 * differ. Index: payouts_customer.
 */
export async function rewardsSeen(
  client: Pick<Client, 'query'>,
  customers: readonly string[],
  caps: readonly RewardCap[],
  now: EpochMs,
): Promise<Map<string, number[]>> {
  const { rows: people } = await client.query<{ id: string; zone: string }>(
    'select id, zone from customers where id = any($1::text[])',
    [customers],
  );
  const zones = [...new Set(people.map(({ zone }) => zone))];
  const values: unknown[] = [];
  const add = (value: unknown) => `$${values.push(value) + 3}`;
  const sums = caps.map(({ scope, window, limit }) => {
    const begins = zones.map((zone) => new Date(windowFrom(window, now, zone)));
    const inScope = scope.kind === 'all' ? 'true' : `p.${scope.kind} = ${add(scope.value)}::text`;
    const inWindow = `p.decided_at >= (${add(begins)}::timestamptz[])[c.z]`;
    return limit.kind === 'count'
      ? `count(*) filter (where ${inWindow} and ${inScope})`
      : `coalesce(sum(p.amount) filter (where ${inWindow} and ${inScope} and p.currency = ${add(limit.currency)}::text), 0)`;
  });
  const { rows } = await client.query<{ id: string; taken: number[] }>(
    `select c.id, array[${sums.join(', ')}]::bigint[] as taken
     from unnest($1::text[], $2::int[]) as c(id, z)
     left join payouts p on p.customer_id = c.id and p.state <> all($3::text[])
     group by c.id`,
    [people.map(({ id }) => id), people.map(({ zone }) => zones.indexOf(zone) + 1), GIVEN_BACK, ...values],
  );
  return new Map(rows.map(({ id, taken }) => [id, taken.map(Number)]));
}
