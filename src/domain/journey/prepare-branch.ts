/**
 * What a branch goes by, compiled once: a rule or a segment over the customer, an event that was received, an arm, or the answer to a wait.
 */
import { spanMs } from '../base/time.js';
import { drawArm } from '../experiment/draw.js';
import { prepareFilter, prepareRule, type RuleCustomer } from '../segment/evaluate.js';
import type { RuleGroup } from '../segment/rule.js';
import type { BranchFacts } from '../wave/facts.js';
import type { JourneyNode, LaunchedCampaign } from './definition.js';
import type { PreparedBranch } from './prepared.js';

/** What a rule over customers reads. */
export const ruleCustomer = (facts: Pick<BranchFacts, 'customerId' | 'gate' | 'attributes'>): RuleCustomer => ({
  id: facts.customerId,
  status: facts.gate.status,
  zone: facts.gate.zone,
  attributes: facts.attributes,
  consents: facts.gate.consents,
  addresses: facts.gate.addresses,
});

export function prepareBranch(
  launched: LaunchedCampaign,
  id: string,
  node: JourneyNode & { type: 'branch' },
): PreparedBranch {
  const { on, yes, no } = node;
  const by = (rule: PreparedBranch['rule']): PreparedBranch => ({ type: 'branch', responded: null, rule, yes, no });
  if ('responded' in on) {
    const where = on.where ? { where: prepareFilter(on.where) } : {};
    return { type: 'branch', responded: on.responded, ...where, rule: () => false, yes, no };
  }
  if ('rule' in on) return by(overCustomer(on.rule));
  if ('segment' in on) {
    const pinned = launched.segments?.[id];
    if (!pinned) throw new Error('invariant: a launched branch without its pinned segment');
    return by(overCustomer(pinned.rule));
  }
  if ('event' in on) {
    const withinMs = spanMs(on.within);
    const matches = on.where ? prepareFilter(on.where) : () => true;
    return by((facts, now) =>
      (facts.branchEvents ?? []).some(
        ({ name, occurredAt, properties }) =>
          name === on.event && occurredAt > now - withinMs && occurredAt <= now && matches(properties),
      ),
    );
  }
  const split = launched.campaign.journey.nodes[on.of];
  if (split?.type !== 'split') throw new Error('invariant: a launched branch on an arm without its split');
  const { holdout, arms } = split;
  const name = split.experiment ?? launched.campaign.experiment ?? launched.campaign.key;
  return by(({ customerId }) => drawArm({ name, holdout, arms }, customerId) === on.arm);
}

/** A rule over the customer of a walk. */
export function overCustomer(rule: RuleGroup): PreparedBranch['rule'] {
  const holds = prepareRule(rule);
  return (facts) => holds(ruleCustomer(facts));
}

/** Events that branches look back for, and how far the furthest of them does. */
export function branchEventsOf(nodes: readonly JourneyNode[]): { names: string[]; withinMs: number } {
  const asked = nodes.flatMap((node) => (node.type === 'branch' && 'event' in node.on ? [node.on] : []));
  return {
    names: [...new Set(asked.map(({ event }) => event))].sort(),
    withinMs: Math.max(0, ...asked.map(({ within }) => spanMs(within))),
  };
}
