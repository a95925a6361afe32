/**
 * Everybody whom a rule selects, for questions to all customers. What each of them has to satisfy narrows them first: rules about themselves, events
 * that they must have or must not have. Whatever else the rule says of events is measured among those who are left, and nobody else.
 */
import type { EpochMs } from '../base/time.js';
import { groupSql } from './comparison-sql.js';
import { ruleSql } from './compile.js';
import { prepareComparison } from './comparison.js';
import { faultsOfRule } from './faults.js';
import { MeasureJoins } from './measure-sql.js';
import { PostgresDialect } from './postgres-dialect.js';
import type { Rule, RuleGroup } from './rule.js';

export interface Selection {
  /** Stands behind `from`: the selected rows of `customers`, as `c`. */
  from: string;
  values: unknown[];
}

/** For Postgres; parameters from the first one. Errors: a rule that has faults, which validation has told before. */
export function compileSelection(rule: RuleGroup, now: EpochMs): Selection {
  if (faultsOfRule(rule, 'pinned').length > 0) throw new Error('invariant: a rule with faults is asked');
  const dialect = new PostgresDialect(1);
  const measures = new MeasureJoins(dialect, now);
  const [narrowing, others] = partition(conjunctsOf(rule), measures);
  const condition = (parts: readonly (Rule | RuleGroup)[], own: MeasureJoins) =>
    groupSql({ combinator: 'and', rules: [...parts] }, (one) =>
      isNone(one) && !own.requires(one) ? own.none(one.of) : ruleSql(one, dialect, own),
    );
  if (narrowing.length === 0) {
    const sql = condition(others, measures);
    return { from: `(select c.* from customers c ${measures.sql} where ${sql}) c`, values: dialect.values };
  }
  const narrowed = condition(narrowing, measures);
  const candidates = `select c.* from customers c ${measures.sql} where ${narrowed}`;
  if (others.length === 0) return { from: `(${candidates}) c`, values: dialect.values };
  const rest = new MeasureJoins(dialect, now, 'select id from candidates');
  const sql = groupSql({ combinator: 'and', rules: others }, (one) => ruleSql(one, dialect, rest));
  return {
    from: `(with candidates as materialized (${candidates}) select c.* from candidates c ${rest.sql} where ${sql}) c`,
    values: dialect.values,
  };
}

/** The parts that all have to hold. */
function conjunctsOf(group: RuleGroup): (Rule | RuleGroup)[] {
  if (group.combinator !== 'and' || group.not) return [group];
  return group.rules.flatMap((one) => ('rules' in one ? conjunctsOf(one) : [one]));
}

/** Those that narrow by themselves, and the rest. */
function partition(
  parts: readonly (Rule | RuleGroup)[],
  measures: MeasureJoins,
): [(Rule | RuleGroup)[], (Rule | RuleGroup)[]] {
  for (const one of parts) if (!('rules' in one) && one.of && !holdsOfNothing(one)) measures.require(one);
  const narrows = (one: Rule | RuleGroup): boolean =>
    'rules' in one ? !isAboutEvents(one) : !one.of || measures.requires(one) || isNone(one);
  return [parts.filter(narrows), parts.filter((one) => !narrows(one))];
}

const isAboutEvents = (one: Rule | RuleGroup): boolean =>
  'rules' in one ? one.rules.some(isAboutEvents) : one.of !== undefined;

/** Whether a rule about events is true of a customer who has none of them. */
const holdsOfNothing = (rule: Rule): boolean => prepareComparison(rule)(rule.field === 'event.count' ? 0 : undefined);

/** Whether it is true of those who have none of the events, and of nobody else. */
function isNone(rule: Rule): rule is Rule & Required<Pick<Rule, 'of'>> {
  if (!rule.of) return false;
  if (rule.field !== 'event.count') return rule.operator === 'null' && rule.field.startsWith('event.since');
  const { operator, value } = rule;
  return (value === 0 && (operator === '=' || operator === '<=')) || (value === 1 && operator === '<');
}
