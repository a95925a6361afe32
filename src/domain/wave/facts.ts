/**
 * What one participant's walk reads: facts of one snapshot, after the locks.
 */
import type { Money } from '../base/money.js';
import type { EpochMs } from '../base/time.js';
import type { Rival } from '../contact-policy/yield.js';
import type { GateFacts } from '../eligibility/gate.js';

export type Properties = Readonly<Record<string, unknown>>;

export interface ReceivedEvent {
  no: number;
  name: string;
  occurredAt: EpochMs;
  receivedAt: EpochMs;
  properties: Properties;
}

/** What was told of one payout, for texts. */
export interface RewardFacts {
  amount: Money;
  code: string | null;
  paidAt: EpochMs | null;
}

export interface ParticipantFacts {
  customerId: string;
  node: string;
  visit: number;
  wave: number;
  /** t0 of the current wave; null before the first send. */
  waveAt: EpochMs | null;
  /** End of the wait it is in; null when it is in none. */
  windowEndAt: EpochMs | null;
  /** The mark that ingestion set while it waited. */
  responded: boolean;
  frozenMs?: number; // how long pauses have held the clock since t0: windows counted from t0 end later by it
  skipSends?: boolean; // fell due in a pause that was skipped: goes on without contact until it waits again
  /** Response waits of this run that were answered in time, by place (`node`, or `node#visit` from the second visit on). */
  respondedNodes: readonly string[];
  answers: Readonly<Record<string, number>>; // by such a place, the number of the event
  answerProperties?: Readonly<Record<string, Properties>>; // likewise, only where the journey reads them
  gate: GateFacts;
  attrVersion: number;
  attributes: Readonly<Record<string, unknown>>;
  /** By policy of the context: contacts that count against it at `now`. */
  seen: readonly number[];
  /** Open runs of higher priority in which the customer may be due as well. */
  rivals: readonly Rival[];
  /** Events since t0, only where the journey can enter a response wait later than its send. */
  eventsSinceWave: readonly ReceivedEvent[];
  /** What payouts of this run have told, only where the journey waits for it. */
  payoutEvents: readonly ReceivedEvent[];
  /** Events that its branches look back for, only where the journey has such branches. */
  branchEvents?: readonly ReceivedEvent[];
  /** By place of a reward node, newest generation: payouts that texts may speak of. */
  rewards: Readonly<Record<string, RewardFacts | undefined>>;
}

/** What a branch decides by. */
export type BranchFacts = Pick<
  ParticipantFacts,
  'customerId' | 'gate' | 'attributes' | 'respondedNodes' | 'answerProperties' | 'branchEvents'
>;
