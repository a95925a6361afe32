/**
 * What a reward node decides: how much, and by which claim. Whether the claim is won, and funded, is decided over the whole cohort.
 */
import type { Claim } from '../base/keys.js';
import type { Money } from '../base/money.js';
import type { EpochMs } from '../base/time.js';
import { knownAt, type Place } from '../journey/loops.js';
import { ruleCustomer } from '../journey/prepare-branch.js';
import type { PreparedJourney, PreparedReward } from '../journey/prepared.js';
import { claimOf } from '../ledger/claims.js';
import { answersSoFar } from './answers.js';
import type { ParticipantFacts } from './facts.js';
import type { TraceStep } from './trace.js';
import type { Walk, WalkContext } from './walk.js';

export type RewardedFacts = Pick<ParticipantFacts, 'customerId' | 'gate' | 'attributes'> & {
  /** By place: the number of the event that answered, and its properties where the journey reads them. */
  answers: Readonly<Record<string, number>>;
  answerProperties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

export interface Earned {
  claim: Claim;
  money: Money;
}

/** What the reward node at `at` promises this customer at `now`; the codes say from what. Null: nothing. */
export function earnedAt(
  journey: PreparedJourney,
  node: PreparedReward,
  at: Place,
  facts: RewardedFacts,
  now: EpochMs,
): { earned: Earned | null; codes: string[] } {
  const money = typeof node.amount === 'function' ? amountOf(journey, node, at, facts) : node.amount;
  if (!('minor' in money)) {
    if (money.money === null) return { earned: null, codes: [`amount=none:${money.basis}`, 'reward=no_amount'] };
    const codes = [`amount=${money.money.minor}:${money.basis}`];
    return { earned: { money: money.money, claim: claimAt(journey, node, at, facts, now) }, codes };
  }
  return { earned: { money, claim: claimAt(journey, node, at, facts, now) }, codes: [] };
}

function amountOf(journey: PreparedJourney, node: PreparedReward, at: Place, facts: RewardedFacts) {
  if (typeof node.amount !== 'function') throw new Error('invariant: a fixed amount is not computed');
  const known = (node.waits ?? []).map((wait) => knownAt(journey.loopOf, facts.answerProperties, wait, at));
  const response = known.find((properties) => properties !== undefined) ?? null;
  return node.amount({ customer: ruleCustomer(facts), response });
}

function claimAt(
  journey: PreparedJourney,
  { claimScope }: PreparedReward,
  at: Place,
  facts: RewardedFacts,
  now: EpochMs,
): Claim {
  const waits = claimScope.kind === 'response' ? claimScope.waits : [];
  const answers = Object.fromEntries(
    waits.flatMap((wait) => {
      const eventNo = knownAt(journey.loopOf, facts.answers, wait, at);
      return eventNo === undefined ? [] : [[wait, eventNo]];
    }),
  );
  return claimOf(claimScope, { campaign: journey.campaign, now, zone: facts.gate.zone, answers });
}

export function askForReward(
  facts: ParticipantFacts,
  context: WalkContext,
  state: Walk,
  step: TraceStep,
  node: PreparedReward,
): void {
  const at = { node: state.node, visit: state.visit };
  const { earned, codes } = earnedAt(
    context.journey,
    node,
    at,
    { ...facts, ...answersSoFar(facts, state) },
    context.now,
  );
  step.codes.push(...codes);
  if (earned) state.rewards.push({ ...at, wave: state.wave, ...earned, step });
}
