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
import type { EventsOf, Rule, RuleGroup } from './rule.js';

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
  const { nones, narrowing, others } = partition(conjunctsOf(rule), measures);
  const isRequired = (one: Rule | RuleGroup): one is Rule => !('rules' in one) && measures.requires(one);
  const all = (rules: (Rule | RuleGroup)[], own: MeasureJoins): string[] =>
    rules.length === 0 ? [] : [groupSql({ combinator: 'and', rules }, (one) => ruleSql(one, dialect, own))];
  for (const one of narrowing.filter(isRequired)) measures.keep(one);
  const themselves = narrowing.filter((one) => !isRequired(one));
  // each by itself: what there must not be is joined then, not asked of each customer. What customers say of themselves is believed to hold for
  // half of them, whatever it is, rather than for next to nobody.
  const narrowed = [...all(themselves, measures), ...nones.map(({ of }) => measures.none(of))];
  if (narrowed.length === 0 && measures.queries.length === 0) narrowed.push(...all(others.splice(0), measures));
  const where = narrowed.length === 0 ? '' : `where ${narrowed.join(' and ')}`;
  const candidates = `select c.* from customers c ${measures.sql} ${where}`;
  const rest = new MeasureJoins(dialect, now, 'select id from candidates');
  const [sql] = all(others, rest);
  const queries = [...measures.queries, ...(sql === undefined ? [] : [`candidates as materialized (${candidates})`])];
  const selected = sql === undefined ? candidates : `select c.* from candidates c ${rest.sql} where ${sql}`;
  return {
    from: `(${queries.length === 0 ? '' : `with ${queries.join(', ')}`} ${selected}) c`,
    values: dialect.values,
  };
}

/** The parts that all have to hold. */
function conjunctsOf(group: RuleGroup): (Rule | RuleGroup)[] {
  if (group.combinator !== 'and' || group.not) return [group];
  return group.rules.flatMap((one) => ('rules' in one ? conjunctsOf(one) : [one]));
}

/** What narrows by itself, events that there must not be apart, and the rest. */
function partition(parts: (Rule | RuleGroup)[], measures: MeasureJoins) {
  const isAlone = (one: Rule | RuleGroup): one is None => !('rules' in one) && isNone(one) && !measures.requires(one);
  const narrows = (one: Rule | RuleGroup) => ('rules' in one ? !isAboutEvents(one) : !one.of || measures.requires(one));
  for (const one of parts) if (!('rules' in one) && one.of && !holdsOfNothing(one)) measures.require(one);
  return {
    nones: parts.filter(isAlone),
    narrowing: parts.filter((one) => !isAlone(one) && narrows(one)),
    others: parts.filter((one) => !isAlone(one) && !narrows(one)),
  };
}

type None = Rule & { of: EventsOf };

const isAboutEvents = (one: Rule | RuleGroup): boolean =>
  'rules' in one ? one.rules.some(isAboutEvents) : one.of !== undefined;

/** Whether a rule about events is true of a customer who has none of them. */
const holdsOfNothing = (rule: Rule): boolean => prepareComparison(rule)(rule.field === 'event.count' ? 0 : undefined);

/** Whether it is true of those who have none of the events, and of nobody else. */
function isNone(rule: Rule): rule is None {
  if (!rule.of) return false;
  if (rule.field !== 'event.count') return rule.operator === 'null' && rule.field.startsWith('event.since');
  const { operator, value } = rule;
  return (value === 0 && (operator === '=' || operator === '<=')) || (value === 1 && operator === '<');
}
