/**
 * Rules about events as SQL: each distinct measure is one set of (customer, value), aggregated over `events` once and joined to the
 * customers. So a rule costs a pass over the events it names, not a probe per customer. Index: events_name; among a few customers, events_customer.
 */
import { spanMs, type EpochMs } from '../base/time.js';
import { compareSql, groupSql } from './comparison-sql.js';
import type { Dialect, Operand } from './dialect.js';
import { fieldOf, isMeasure, takesProperty, valuesOf, type Measure } from './fields.js';
import type { EventsOf, EventStep, Rule, RuleGroup } from './rule.js';
import { resolveWindow } from './window.js';

interface Joined {
  alias: string;
  /** The values, a row per customer who has any. */
  values: string;
  operand: Operand;
  /** Of one that is required: what its value must be. */
  conditions: string[];
}

/** The joins of one compiled rule; the same measure of the same events is joined once. */
export class MeasureJoins {
  private readonly joined = new Map<string, Joined>();
  /** Of which a customer must have some: those without are left out by the join itself. */
  private readonly required = new Set<string>();

  /** `within`: a query for the ids of the only customers whose events are read; everybody's where it is left out. */
  constructor(
    private readonly dialect: Dialect,
    private readonly now: EpochMs,
    private readonly within?: string,
  ) {}

  get sql(): string {
    return [...this.joined]
      .map(([key, { alias, values, conditions }]) =>
        this.required.has(key)
          ? `join ${alias} on ${[`${alias}.customer_id = c.id`, ...conditions].join(' and ')}`
          : `left join (${values}) ${alias} on ${alias}.customer_id = c.id`,
      )
      .join('\n');
  }

  /**
   * The queries that the joins of what is required name: aggregated once, by one process, whatever reads the customers in parallel. Their conditions
   * stand in the join, too: Postgres takes each, of which it knows nothing, to hold for a third, and once were more than are worth fetching by key.
   */
  get queries(): string[] {
    return [...this.joined].flatMap(([key, { alias, values, conditions }]) =>
      this.required.has(key)
        ? [`${alias} as materialized (select * from (${values}) ${alias} where ${conditions.join(' and ')})`]
        : [],
    );
  }

  /** Whoever has nothing to measure is not selected; asked before the measure's first condition. */
  require(rule: Rule): void {
    this.required.add(keyOf(rule));
  }

  /** For whom the rule, whose measure is required, does not hold, is left out by the join itself. */
  keep(rule: Rule): void {
    const condition = this.condition(rule);
    this.joined.get(keyOf(rule))?.conditions.push(condition);
  }

  requires(rule: Rule): boolean {
    return this.required.has(keyOf(rule));
  }

  /** The condition that the customer `c` has no such event. */
  none(of: EventsOf): string {
    return `not exists (select 1 ${this.from(of)} and e.customer_id = c.id)`;
  }

  /** The condition of a rule about events. */
  condition(rule: Rule): string {
    const measure = fieldOf(rule.field, 'pinned')?.key ?? '';
    if (!isMeasure(measure) || !rule.of) throw new Error('invariant: a rule with faults reached the compiler');
    const { operand } = this.joinOf(measure, rule.of, keyOf(rule));
    return measure === 'sinceFirst' || measure === 'sinceLast'
      ? this.since(rule, operand)
      : compareSql(rule, operand, this.dialect);
  }

  /** Longer ago is earlier: compared as instants, so that no arithmetic is left to the database. */
  private since(rule: Rule, operand: Operand): string {
    const at = operand.typed('instant');
    const instants = valuesOf(rule).map((iso) => this.dialect.instant(this.now - spanMs(String(iso))));
    const [first, second] = instants;
    switch (rule.operator) {
      case 'null':
        return `${at} is null`;
      case 'notNull':
        return `${at} is not null`;
      case 'between':
        return `${at} between ${second} and ${first}`;
      case '<':
        return `${at} > ${first}`;
      case '<=':
        return `${at} >= ${first}`;
      case '>':
        return `${at} < ${first}`;
      case '>=':
        return `${at} <= ${first}`;
      default:
        throw new Error('invariant: a rule with faults reached the compiler');
    }
  }

  private joinOf(measure: Measure, of: EventsOf, key: string): Joined {
    const known = this.joined.get(key);
    if (known) return known;
    const alias = `m${this.joined.size + 1}`;
    const required = this.required.has(key);
    const { sql, operand } = this.aggregate(measure, of, `${alias}.value`, required);
    const joined = { alias, values: sql, operand, conditions: [] };
    this.joined.set(key, joined);
    return joined;
  }

  private aggregate(
    measure: Measure,
    of: EventsOf,
    value: string,
    required: boolean,
  ): { sql: string; operand: Operand } {
    const { dialect } = this;
    const name = of.property ?? '';
    const property = takesProperty(measure) && measure !== 'sum' ? dialect.property('e', name) : null;
    const aggregated = measure === 'sum' ? dialect.sum('e', name) : '';
    const from = this.from(of);
    const grouped = (aggregate: string) => `select e.customer_id, ${aggregate} as value ${from} group by e.customer_id`;
    switch (measure) {
      case 'count':
        return {
          sql: grouped('count(*)'),
          operand: dialect.plain(required ? value : `coalesce(${value}, 0)`, 'number'),
        };
      case 'sum':
        return { sql: grouped(aggregated), operand: dialect.plain(value, 'number') };
      case 'min':
      case 'max':
        return {
          sql: grouped(`${measure}(${property?.operand.typed('number')})`),
          operand: dialect.plain(value, 'number'),
        };
      case 'sinceFirst':
      case 'sinceLast': {
        const edge = measure === 'sinceFirst' ? 'min' : 'max';
        return { sql: grouped(`${edge}(e.occurred_at)`), operand: dialect.plain(value, 'instant') };
      }
      case 'first':
      case 'last': {
        const order = measure === 'first' ? 'asc' : 'desc';
        const sql = `select distinct on (e.customer_id) e.customer_id, ${property?.sql} as value ${from}
          order by e.customer_id, e.occurred_at ${order}, e.message_id ${order}`;
        return { sql, operand: dialect.selected(value, name) };
      }
      case 'top': {
        const text = property?.operand.typed('text');
        const counted = `select e.customer_id, ${text} as value, count(*) as n ${from} group by 1, 2`;
        const sql = `select distinct on (t.customer_id) t.customer_id, t.value from (${counted}) t where t.value is not null
          order by t.customer_id, t.n desc, ${dialect.plain('t.value', 'text').typed('text')}`;
        return { sql, operand: dialect.plain(value, 'text') };
      }
      default:
        return measure satisfies never;
    }
  }

  private from(of: EventsOf): string {
    const { from, to } = resolveWindow(of.window, this.now);
    const among = this.dialect.among('e');
    const conditions = [
      ...(among === null ? [] : [among]),
      ...(this.within === undefined ? [] : [`e.customer_id in (${this.within})`]),
      `e.name = ${this.dialect.text(of.event)}`,
      `e.occurred_at < ${this.dialect.instant(to)}`,
      ...(from === null ? [] : [`e.occurred_at >= ${this.dialect.instant(from)}`]),
      ...this.filter(of.where, 'e'),
      ...this.follows(of.followedBy ?? [], 'e'),
    ];
    return `from ${this.dialect.events} e where ${conditions.join(' and ')}`;
  }

  /** That the sequence follows the event `before`. Index: events_customer. */
  private follows(steps: readonly EventStep[], before: string): string[] {
    const [step, ...rest] = steps;
    if (!step) return [];
    const alias = `f${rest.length}`; // tells how many come after it
    const end = this.dialect.later(`${before}.occurred_at`, spanMs(step.within));
    const conditions = [
      `${alias}.customer_id = ${before}.customer_id`,
      `${alias}.name = ${this.dialect.text(step.event)}`,
      `${alias}.occurred_at > ${before}.occurred_at`,
      `${alias}.occurred_at < ${end}`,
      `${alias}.occurred_at < ${this.dialect.instant(this.now)}`,
      ...this.filter(step.where, alias),
      ...this.follows(rest, alias),
    ];
    const { events, probe } = this.dialect;
    const exists = `exists (select 1 from ${events} ${alias} where ${conditions.join(' and ')}${probe})`;
    return step.none ? [`${end} <= ${this.dialect.instant(this.now)}`, `not ${exists}`] : [exists];
  }

  private filter(where: RuleGroup | undefined, alias: string): string[] {
    if (!where) return [];
    const one = (rule: Rule) => {
      const field = fieldOf(rule.field, 'event');
      if (!field) throw new Error('invariant: a rule with faults reached the compiler');
      return compareSql(rule, this.dialect.property(alias, field.key).operand, this.dialect);
    };
    return [groupSql(where, one)];
  }
}

/** Rules with one key measure the same of the same events. */
const keyOf = ({ field, of }: Rule): string => JSON.stringify([field, of]);
