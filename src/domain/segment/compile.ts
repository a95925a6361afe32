/**
 * A segment rule as a parameterised SQL condition over `customers c`, and the joins that it needs. The rule is pinned: it names no other
 * segment any more (pin.ts). `now` is business time; what events say counts strictly before it.
 */
import type { EpochMs } from '../base/time.js';
import { compareSql, groupSql } from './comparison-sql.js';
import type { Dialect } from './dialect.js';
import { faultsOfRule, type RuleFault } from './faults.js';
import { fieldOf, valuesOf } from './fields.js';
import { MeasureJoins } from './measure-sql.js';
import { PostgresDialect } from './postgres-dialect.js';
import type { Rule, RuleGroup } from './rule.js';

export { faultsOfRule, type RuleFault };

export interface CompiledRule {
  /** Stands behind `from customers c`. */
  joins: string;
  /** Stands behind `where`. */
  sql: string;
  values: unknown[];
  /** When there are any, `sql` selects nobody. */
  faults: RuleFault[];
}

/**
 * For Postgres. `firstParam`: number of the first parameter that may be used. `among`: that of a text[] with the only customers who are asked
 * about; with it their events are read, not everybody's.
 */
export function compileWhere(rule: RuleGroup, at: { firstParam: number; now: EpochMs; among?: number }): CompiledRule {
  return compileFor(new PostgresDialect(at.firstParam, at.among), rule, at.now);
}

export function compileFor(dialect: Dialect, rule: RuleGroup, now: EpochMs): CompiledRule {
  const faults = faultsOfRule(rule, 'pinned');
  if (faults.length > 0) return { joins: '', sql: 'false', values: [], faults };
  const measures = new MeasureJoins(dialect, now);
  const sql = groupSql(rule, (one) => ruleSql(one, dialect, measures));
  return { joins: measures.sql, sql, values: dialect.values, faults: [] };
}

/** One rule over the customer `c`. */
export function ruleSql(rule: Rule, dialect: Dialect, measures: MeasureJoins): string {
  const field = fieldOf(rule.field, 'pinned');
  if (!field) throw new Error('invariant: a rule with faults reached the compiler');
  if (field.kind === 'measure') return measures.condition(rule);
  if (field.kind !== 'upload') return compareSql(rule, dialect.customer(field), dialect);
  const among = dialect.uploaded(valuesOf(rule));
  return rule.operator === '=' || rule.operator === 'in' ? among : `not ${among}`;
}
