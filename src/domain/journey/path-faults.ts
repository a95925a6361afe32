/**
 * What is wrong with a node because of what lies before it: a wait without its one wave, an answer that nobody can have given, a holdout that
 * has already got something.
 */
import { kindOfScope } from '../ledger/claims.js';
import { isPayoutEvent } from '../response/payout-events.js';
import { sourceOf } from '../ledger/amount.js';
import { choicesOf } from './choices.js';
import type { Journey, JourneyNode, SendNode } from './definition.js';
import { ancestorsOf, lastBefore, reachedUnanswered } from './graph.js';
import { loopOfNodes, type LoopOf } from './loops.js';
import { payoutWaitFaults, rewardsOfSends } from './payout-waits.js';
import type { CampaignFault, Known } from './validate.js';

interface Paths {
  journey: Journey;
  before: ReadonlyMap<string, ReadonlySet<string>>;
  sends: ReadonlyMap<string, ReadonlySet<string | null>>;
  unanswered: ReadonlySet<string>;
  loopOf: LoopOf;
}

/** By node; pointers into the node. */
export function pathFaults(journey: Journey, known: Known): Map<string, CampaignFault[]> {
  const paths: Paths = {
    journey,
    before: ancestorsOf(journey),
    sends: lastBefore(journey, (id) => (journey.nodes[id]?.type === 'send' ? id : undefined)),
    unanswered: reachedUnanswered(journey),
    loopOf: loopOfNodes(journey),
  };
  const rewards = rewardsOfSends(journey);
  return new Map(
    Object.entries(journey.nodes).map(([id, node]) => {
      switch (node.type) {
        case 'send':
          return [id, rewardVariableFaults(journey, node, rewards.get(id) ?? null, known)];
        case 'wait':
          return [id, [...payoutWaitFaults(journey, id), ...waveFaults(paths, id, node)]];
        case 'branch':
          return [id, branchFaults(paths, id, node)];
        case 'split':
          return [id, node.holdout > 0 ? holdoutFaults(paths, id) : []];
        case 'reward':
          return [id, paths.unanswered.has(id) ? answerFaults(node) : []];
        default:
          return [id, []];
      }
    }),
  );
}

/** A wait for a customer's response belongs to exactly one send. */
function waveFaults({ sends }: Paths, id: string, node: JourneyNode & { type: 'wait' }): CampaignFault[] {
  if (!node.response || isPayoutEvent(node.response.event)) return [];
  const own = sends.get(id) ?? new Set();
  if (own.has(null)) return [{ pointer: '/response', detail: 'can be reached without a send before it' }];
  if (own.size <= 1) return [];
  return [{ pointer: '/response', detail: 'follows several sends; a wait for a response has one wave' }];
}

/** A branch on a response asks a wait that lies before it, one on an arm such a split. */
function branchFaults(
  { journey, before }: Paths,
  id: string,
  { on }: JourneyNode & { type: 'branch' },
): CampaignFault[] {
  const nodeOf = (name: string) => (Object.hasOwn(journey.nodes, name) ? journey.nodes[name] : undefined);
  if ('responded' in on) {
    const wait = nodeOf(on.responded);
    const pointer = '/on/responded';
    if (wait?.type !== 'wait' || !wait.response) return [{ pointer, detail: 'is not a wait for a response' }];
    return before.get(id)?.has(on.responded) ? [] : [{ pointer, detail: 'does not lie before this branch' }];
  }
  if (!('arm' in on)) return [];
  const split = nodeOf(on.of);
  if (split?.type !== 'split') return [{ pointer: '/on/of', detail: 'is not a split' }];
  const faults: CampaignFault[] = [];
  if (!before.get(id)?.has(on.of)) faults.push({ pointer: '/on/of', detail: 'does not lie before this branch' });
  if (!split.arms.some(({ name }) => name === on.arm))
    faults.push({ pointer: '/on/arm', detail: `is not an arm of ${on.of}` });
  return faults;
}

/** Who is held out has got nothing, and is drawn once. */
function holdoutFaults({ journey, before, loopOf }: Paths, id: string): CampaignFault[] {
  const given = [...(before.get(id) ?? [])].filter((from) =>
    ['send', 'reward'].includes(journey.nodes[from]?.type ?? ''),
  );
  const faults: CampaignFault[] = [];
  if (given.length > 0) faults.push({ pointer: '/holdout', detail: `lies behind ${given.sort().join(', ')}` });
  if (loopOf.has(id)) faults.push({ pointer: '/holdout', detail: 'is repeated' });
  return faults;
}

/** What needs an answer, in a reward that can be reached without one. */
function answerFaults(node: JourneyNode & { type: 'reward' }): CampaignFault[] {
  const detail = 'can be reached without a response before it';
  const faults: CampaignFault[] = [];
  if (kindOfScope(node.claimScope) === 'response') faults.push({ pointer: '/claimScope', detail });
  if (sourceOf(node.amount)?.of === 'response') faults.push({ pointer: '/amount/by', detail });
  return faults;
}

/** A template may speak of the reward only after a wait for what became of it, on every way; of a code only where it is a coupon. */
function rewardVariableFaults(journey: Journey, node: SendNode, reward: string | null, known: Known): CampaignFault[] {
  return choicesOf(node).flatMap(({ template }, n) => {
    const variables = known.templates.get(template)?.variables ?? [];
    const detail = rewardVariableFault(journey, variables, reward);
    return detail === null ? [] : [{ pointer: n === 0 ? '/template' : `/fallback/${n - 1}/template`, detail }];
  });
}

function rewardVariableFault(journey: Journey, variables: readonly string[], reward: string | null): string | null {
  if (!variables.some((name) => name.startsWith('reward.'))) return null;
  if (reward === null) return 'reads reward.*, but not every way to it waits for one and the same payout before';
  const of = journey.nodes[reward];
  const isCoupon = of?.type === 'reward' && of.kind === 'coupon';
  return variables.includes('reward.code') && !isCoupon ? `reads reward.code, but ${reward} is no coupon` : null;
}
