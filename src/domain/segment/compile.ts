/**
 * A segment rule as a parameterised SQL condition over `customers c`, and the joins that it needs. The rule is pinned: it names no other
 * segment any more (pin.ts). `now` is business time; what events say counts strictly before it.
 */
import type { EpochMs } from '../base/time.js';
import { compareSql, groupSql, jsonOperand, Params, plainOperand, type Operand } from './comparison-sql.js';
import { faultsOfRule, type RuleFault } from './faults.js';
import { fieldOf, valuesOf, type Field } from './fields.js';
import { MeasureJoins } from './measure-sql.js';
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
 * `firstParam`: number of the first parameter that may be used. `among`: that of a text[] with the only customers who are asked about; with it
 * their events are read, not everybody's.
 */
export function compileWhere(rule: RuleGroup, at: { firstParam: number; now: EpochMs; among?: number }): CompiledRule {
  const faults = faultsOfRule(rule, 'pinned');
  if (faults.length > 0) return { joins: '', sql: 'false', values: [], faults };
  const params = new Params(at.firstParam);
  const measures = new MeasureJoins(params, at.now, at.among);
  const sql = groupSql(rule, (one) => ruleSql(one, params, measures));
  return { joins: measures.sql, sql, values: params.values, faults: [] };
}

function ruleSql(rule: Rule, params: Params, measures: MeasureJoins): string {
  const field = fieldOf(rule.field, 'pinned');
  if (!field) throw new Error('invariant: a rule with faults reached the compiler');
  if (field.kind === 'measure') return measures.condition(rule);
  if (field.kind === 'upload') return uploadSql(rule, params);
  return compareSql(rule, operandOf(field, params), params);
}

function operandOf({ kind, key }: Field, params: Params): Operand {
  switch (kind) {
    case 'id':
    case 'status':
    case 'zone':
      return plainOperand(`c.${kind}`, 'text');
    case 'attribute':
      return jsonOperand(`c.attributes -> ${params.add(key, 'text')}`);
    case 'consent':
      return jsonOperand(`c.consents -> ${params.add(key, 'text')} -> 'granted'`);
    case 'address':
      return jsonOperand(`c.addresses -> ${params.add(key, 'text')}`);
    default:
      throw new Error(`invariant: a ${kind} is no field of a customer’s row`);
  }
}

/** Index: segment_uploaded_pkey. */
function uploadSql(rule: Rule, params: Params): string {
  const among = `exists (select 1 from segment_uploaded u where u.customer_id = c.id and u.upload = any(${params.add(valuesOf(rule), 'text[]')}))`;
  return rule.operator === '=' || rule.operator === 'in' ? among : `not ${among}`;
}
