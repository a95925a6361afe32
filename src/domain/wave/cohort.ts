/**
 * What a cohort's walks add up to: the rows and counter changes that one transaction writes. Pure: the same walks give the same
 * rows, keys derived from the slots.
 */
import { stripeOf } from '../base/hash.js';
import { claimKeyOf, messageIdOf, payoutKeyOf, payoutSlotKeyOf, type Slot } from '../base/keys.js';
import type { RewardKind } from '../base/payout-kinds.js';
import type { EpochMs } from '../base/time.js';
import type { Channel, Purpose } from '../journey/definition.js';
import type { PreparedJourney } from '../journey/prepare.js';
import type { TraceStep } from './trace.js';
import type { ParticipantFacts, RewardIntent, Walk } from './walk.js';

export interface RunTerms {
  runId: string;
  lane: number;
  version: number;
  journey: PreparedJourney;
  shardOf: (bucket: number) => number;
}

export interface Walked {
  facts: ParticipantFacts;
  bucket: number;
  walk: Walk;
}

export interface MessageRow {
  id: string;
  customerId: string;
  /** What the decision saw of the customer. */
  gateVersion: number;
  node: string;
  visit: number;
  wave: number;
  channel: Channel;
  purpose: Purpose;
  product: string | null;
  gateway: string;
  shard: number;
  template: string;
  title: string | null;
  body: string;
  notAfter: EpochMs;
}

export interface IntentRow {
  payoutKey: string;
  slotKey: string;
  claimKey: string;
  runId: string;
  campaign: string;
  node: string;
  visit: number;
  wave: number;
  customerId: string;
  kind: RewardKind;
  /** 0 until it is drawn. */
  amountMinor: number;
  currency: string;
  budget: string;
  provider: string;
  /** That a coupon's code is drawn from; null: the provider makes it. */
  pool?: string | null;
  /** Of a lucky box that has yet to draw it. */
  box?: string | null;
  shard: number;
  evidence: Record<string, unknown>;
}

export interface CounterChange {
  node: string;
  visit: number;
  measure: string;
  reason: string;
  n: number;
}

export interface CohortWrite {
  walked: Walked[];
  messages: MessageRow[];
  /** Each with the trace step that gets its outcome. */
  intents: { row: IntentRow; step: TraceStep }[];
  counters: CounterChange[];
}

export function stripesOf(buckets: Iterable<number>): number[] {
  return [...new Set(Array.from(buckets, stripeOf))].sort((a, b) => a - b);
}

export function cohortWrite(terms: RunTerms, walked: Walked[]): CohortWrite {
  const counters = new Counters();
  const write: CohortWrite = { walked, messages: [], intents: [], counters: [] };
  for (const one of walked) {
    countWalk(counters, one.walk);
    const slot = (node: string, visit: number): Slot => ({
      runId: terms.runId,
      node,
      visit,
      customerId: one.facts.customerId,
    });
    for (const message of one.walk.messages) {
      write.messages.push({
        id: messageIdOf(slot(message.node, message.visit)),
        customerId: one.facts.customerId,
        gateVersion: one.facts.gate.gateVersion,
        ...message,
        purpose: terms.journey.purpose,
        product: terms.journey.product,
        shard: terms.shardOf(one.bucket),
      });
    }
    for (const reward of one.walk.rewards) {
      write.intents.push({ row: intentRow(terms, one, slot(reward.node, reward.visit), reward), step: reward.step });
    }
  }
  write.counters = counters.sorted();
  return write;
}

/** Whom a reward is for. */
export interface Rewarded {
  bucket: number;
  facts: Pick<ParticipantFacts, 'respondedNodes' | 'answers'>;
}

/** The payout that a reward node's slot is. */
export function intentRow(
  terms: Omit<RunTerms, 'lane'>,
  one: Rewarded,
  slot: Slot,
  { wave, claim, money }: Pick<RewardIntent, 'wave' | 'claim' | 'money'>,
): IntentRow {
  const node = terms.journey.nodes[slot.node];
  if (node?.type !== 'reward') throw new Error('invariant: a reward of a node that does not reward');
  return {
    payoutKey: payoutKeyOf(slot, 1),
    slotKey: payoutSlotKeyOf(slot),
    claimKey: claimKeyOf(claim, slot),
    runId: terms.runId,
    campaign: terms.journey.campaign,
    node: slot.node,
    visit: slot.visit,
    wave,
    customerId: slot.customerId,
    kind: node.kind,
    amountMinor: money.minor,
    currency: money.currency,
    budget: node.budget,
    provider: node.provider,
    pool: node.pool ?? null,
    box: node.box ?? null,
    shard: terms.shardOf(one.bucket),
    evidence: {
      campaignVersion: terms.version,
      respondedTo: one.facts.respondedNodes,
      answers: one.facts.answers,
      memo: node.memo,
    },
  };
}

/** Law 4: entered = here + moved + ended per node; decided = the sum of the message states per send node. */
function countWalk(counters: Counters, walk: Walk): void {
  for (const { from, to, visit, toVisit } of walk.edges) {
    counters.add(from, visit, 'here', '', -1);
    counters.add(from, visit, 'moved', to, 1);
    counters.add(to, toVisit, 'entered', '', 1);
    counters.add(to, toVisit, 'here', '', 1);
  }
  for (const tally of walk.tallies) {
    counters.add(tally.node, tally.visit, tally.measure, tally.reason, 1);
    if (tally.measure === 'ended') counters.add(tally.node, tally.visit, 'here', '', -1);
  }
}

/** Sums of counter changes, given out in the order in which counters are locked. */
export class Counters {
  private readonly sums = new Map<string, CounterChange>();

  add(node: string, visit: number, measure: string, reason: string, n: number): void {
    const key = `${node}\u0000${visit}\u0000${measure}\u0000${reason}`;
    const known = this.sums.get(key);
    if (known) known.n += n;
    else this.sums.set(key, { node, visit, measure, reason, n });
  }

  sorted(): CounterChange[] {
    return [...this.sums.entries()]
      .filter(([, change]) => change.n !== 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, change]) => change);
  }
}
