/**
 * A launched journey as the walk reads it: spans in ms, rules compiled, waves numbered. Made by prepare.ts.
 */
import type { PreparedWindow } from '../base/local-window.js';
import type { RewardKind } from '../base/payout-kinds.js';
import type { Money } from '../base/money.js';
import type { PackTerms } from '../eligibility/policy-pack.js';
import type { EpochMs } from '../base/time.js';
import type { Experiment } from '../experiment/draw.js';
import type { PreparedAmount } from '../ledger/amount.js';
import type { PreparedClaimScope } from '../ledger/claims.js';
import type { BranchFacts } from '../wave/facts.js';
import type { Choice } from './choices.js';
import type { Channel, Purpose, QuietHours } from './definition.js';
import type { LoopOf } from './loops.js';
import type { Validity } from './review.js';

/** What happens when a send does not send: `defer` alone waits for the end of quiet hours only. */
export type PreparedSkip =
  | 'continue'
  | 'exit'
  | 'defer'
  | { /** So long after the first try. */ forMs: number; everyMs: number; otherwise: 'continue' | 'exit' };

export interface PreparedSend {
  type: 'send';
  channel: Channel;
  gateway: string;
  /** key@version. */
  template: string;
  /** Further channels, in order. */
  fallback?: readonly Choice[];
  /** The attribute that names the channel to try first. */
  preferred?: string;
  notAfterMs: number;
  onSkip: PreparedSkip;
  wave: number;
  /** The reward whose payout the text may speak of. */
  reward?: string | null;
  next: string;
}
export interface PreparedWait {
  type: 'wait';
  /** 0 where an instant or hours of the day say when it is over. */
  spanMs: number;
  until?: EpochMs;
  window?: PreparedWindow;
  response: PreparedResponse | null;
  next: string;
}
export interface PreparedResponse {
  event: string;
  /** Waits for a payout's event, not for the customer's. */
  ofPayout?: boolean;
  matches(properties: Readonly<Record<string, unknown>>): boolean;
}
export interface PreparedBranch {
  type: 'branch';
  /** The wait it asks; null: it goes by its rule. */
  responded: string | null;
  /** Over the properties of what answered. */
  where?: (properties: Readonly<Record<string, unknown>>) => boolean;
  rule(facts: BranchFacts, now: EpochMs): boolean;
  yes: string;
  no: string;
}
export interface PreparedSplit {
  type: 'split';
  experiment: Experiment;
  /** Of all sends that lie behind it. */
  channels: Channel[];
  /** By arm. */
  next: Readonly<Record<string, string | undefined>>;
}
export interface PreparedReward {
  type: 'reward';
  kind: RewardKind;
  /** Fixed, or computed; of a lucky box 0, and drawn with the claim. */
  amount: Money | PreparedAmount;
  /** That it is drawn from. */
  box?: string | null;
  /** Response waits that lie before it, the last one first: what a computed amount may read. */
  waits?: readonly string[];
  budget: string;
  provider: string;
  /** That a coupon's code is drawn from. */
  pool?: string | null;
  claimScope: PreparedClaimScope;
  memo: string;
  next: string;
}
export interface PreparedRepeat {
  type: 'repeat';
  times: number;
  again: string;
  next: string;
}
export interface PreparedLink {
  type: 'link';
  campaign: string;
}
export interface PreparedExit {
  type: 'exit';
  reason: string;
}
export type PreparedNode =
  | PreparedSend
  | PreparedWait
  | PreparedBranch
  | PreparedSplit
  | PreparedReward
  | PreparedRepeat
  | PreparedLink
  | PreparedExit;

export interface PreparedJourney {
  campaign: string;
  purpose: Purpose;
  product: string | null;
  /** Outside of it nothing is handed over. */
  review?: Validity | null;
  /** The higher one is yielded to, see contact-policy/yield.ts. */
  priority: number;
  quiet: QuietHours | null;
  /** The marketer's own filter. */
  filter?: PreparedBranch['rule'] | undefined;
  /** What the law asks of its messages at the hand-over. */
  pack?: PackTerms | undefined;
  start: string;
  nodes: Record<string, PreparedNode | undefined>;
  /** What is repeated by which node. */
  loopOf: LoopOf;
  /** So long after its window a late response still earns. */
  lateMs: number;
  /** Events of payouts that its waits listen to. */
  payoutEvents: string[];
  /** Rewards whose payouts its texts may speak of. */
  toldRewards: string[];
  /** Event names that its waits listen to, where a wait can be entered later than in its send's own transaction. */
  lateWaitEvents: string[];
  /** It reads the properties of events that answered. */
  readsAnswers: boolean;
  /** Events that its branches look back for, and how far. */
  branchEvents: { names: string[]; withinMs: number };
}

/** Where a prepared node leads to within a pass, and by which way into the next one. */
export function exitsOf(node: PreparedNode): { next: string[]; again: string | null } {
  switch (node.type) {
    case 'branch':
      return { next: [node.yes, node.no], again: null };
    case 'split':
      return { next: Object.values(node.next).filter((to) => to !== undefined), again: null };
    case 'repeat':
      return { next: [node.next], again: node.again };
    case 'link':
    case 'exit':
      return { next: [], again: null };
    default:
      return { next: [node.next], again: null };
  }
}
