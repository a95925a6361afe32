/**
 * Groups of rules in plain code, and the rules that `where` has over the properties of one event.
 */
import { ownValue, prepareComparison } from './comparison.js';
import { faultsOfRule } from './faults.js';
import { fieldOf, type Field, type Subject } from './fields.js';
import type { Rule, RuleGroup } from './rule.js';

export type Holds<T> = (of: T) => boolean;

/** A rule over `property.<name>` of an event. */
export function prepareFilter(rule: RuleGroup): (properties: Readonly<Record<string, unknown>>) => boolean {
  faultless(rule, 'event');
  return prepareGroup(rule, (one) => {
    const { key } = catalogued(one, 'event');
    const holds = prepareComparison(one);
    return (properties) => holds(ownValue(properties, key));
  });
}

/** Throws where the rule has faults: validation has told them before. */
export function faultless(rule: RuleGroup, subject: Subject): void {
  const [fault] = faultsOfRule(rule, subject);
  if (fault) throw new Error(`invariant: a rule with faults is evaluated: ${fault.pointer} ${fault.detail}`);
}

export function catalogued(rule: Rule, subject: Subject): Field {
  const field = fieldOf(rule.field, subject);
  if (!field) throw new Error('invariant: a rule without its field');
  return field;
}

export function prepareGroup<T>(group: RuleGroup, one: (rule: Rule) => Holds<T>): Holds<T> {
  const parts = group.rules.map((rule) => ('rules' in rule ? prepareGroup(rule, one) : one(rule)));
  const joined =
    group.combinator === 'and'
      ? (of: T) => parts.every((holds) => holds(of))
      : (of: T) => parts.some((holds) => holds(of));
  return group.not ? (of) => !joined(of) : joined;
}
