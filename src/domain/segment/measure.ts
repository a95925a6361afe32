/**
 * What a rule measures of a customer's events, in plain code: the second witness of measure-sql.ts. Sums are exact, as Postgres has them.
 */
import { compareDecimal, decimalOf, sumOf, type Decimal } from '../base/decimal.js';
import { compareText } from '../base/text.js';
import { spanMs, type EpochMs } from '../base/time.js';
import { prepareFilter } from './filter.js';
import { fieldOf, isMeasure, valuesOf, type Measure } from './fields.js';
import { ownValue, prepareComparison } from './comparison.js';
import type { EventsOf, EventStep, Rule, RuleGroup } from './rule.js';
import { resolveWindow } from './window.js';

export interface RuleEvent {
  /** Of two at the same instant the one with the greater id is the later. */
  id: string;
  name: string;
  at: EpochMs;
  properties: Readonly<Record<string, unknown>>;
}

type Events = readonly RuleEvent[];

/** The condition of a rule about events, over all events of one customer. */
export function prepareMeasure(rule: Rule, now: EpochMs): (events: Events) => boolean {
  const measure = fieldOf(rule.field, 'pinned')?.key ?? '';
  if (!isMeasure(measure) || !rule.of) throw new Error('invariant: a rule with faults is evaluated');
  const select = prepareSelection(rule.of, now);
  const holds = prepareHolds(rule, measure, now);
  const property = rule.of.property ?? '';
  return (events) => holds(valueOf(measure, select(events), property));
}

function prepareHolds(rule: Rule, measure: Measure, now: EpochMs): (value: unknown) => boolean {
  if (measure === 'sum') return prepareSum(rule);
  if (measure !== 'sinceFirst' && measure !== 'sinceLast') return prepareComparison(rule);
  // spans are compared as milliseconds
  const spans = valuesOf(rule).map((iso) => spanMs(String(iso)));
  const holds = prepareComparison({ ...rule, value: Array.isArray(rule.value) ? spans : (spans[0] ?? 0) });
  return (at) => holds(typeof at === 'number' ? now - at : undefined);
}

function prepareSelection(
  { event, where, window, followedBy = [] }: EventsOf,
  now: EpochMs,
): (events: Events) => Events {
  const { from, to } = resolveWindow(window, now);
  const matches = prepareWhere(where);
  const steps = followedBy.map(prepareStep);
  return (events) => {
    const known = events.filter(({ at }) => at < now);
    return known.filter(
      (one) =>
        one.name === event &&
        one.at < to &&
        (from === null || one.at >= from) &&
        matches(one) &&
        follows(one, steps, known, now),
    );
  };
}

const prepareWhere = (where: RuleGroup | undefined): ((event: RuleEvent) => boolean) => {
  if (!where) return () => true;
  const holds = prepareFilter(where);
  return ({ properties }) => holds(properties);
};

interface Step {
  event: string;
  withinMs: number;
  none: boolean;
  matches(event: RuleEvent): boolean;
}

const prepareStep = ({ event, where, within, none = false }: EventStep): Step => ({
  event,
  withinMs: spanMs(within),
  none,
  matches: prepareWhere(where),
});

function follows(before: RuleEvent, steps: readonly Step[], known: Events, now: EpochMs): boolean {
  const [step, ...rest] = steps;
  if (!step) return true;
  const end = before.at + step.withinMs;
  const found = known.some(
    (one) =>
      one.name === step.event &&
      one.at > before.at &&
      one.at < end &&
      step.matches(one) &&
      follows(one, rest, known, now),
  );
  return step.none ? !found && end <= now : found;
}

/** Undefined where there is none. */
function valueOf(measure: Measure, events: Events, property: string): unknown {
  const values = events.map((event) => ownValue(event.properties, property));
  const numbers = values.filter((value) => typeof value === 'number');
  const times = events.map(({ at }) => at);
  switch (measure) {
    case 'count':
      return events.length;
    case 'sum':
      return numbers.length === 0 ? undefined : sumOf(numbers.map(decimalOf));
    case 'min':
      return numbers.length === 0 ? undefined : Math.min(...numbers);
    case 'max':
      return numbers.length === 0 ? undefined : Math.max(...numbers);
    case 'first':
    case 'last': {
      const ordered = [...events].sort((a, b) => a.at - b.at || compareText(a.id, b.id));
      const edge = ordered.at(measure === 'first' ? 0 : -1);
      return edge && ownValue(edge.properties, property);
    }
    case 'top':
      return mostFrequent(values.filter((value) => typeof value === 'string'));
    case 'sinceFirst':
      return times.length === 0 ? undefined : Math.min(...times);
    case 'sinceLast':
      return times.length === 0 ? undefined : Math.max(...times);
    default:
      return measure satisfies never;
  }
}

function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const [first] = [...counts].sort(([a, n], [b, m]) => m - n || compareText(a, b));
  return first?.[0];
}

function prepareSum(rule: Rule): (value: unknown) => boolean {
  const values = valuesOf(rule).map((value) => decimalOf(Number(value)));
  const order = (sum: Decimal, n: number) => compareDecimal(sum, values[n] as Decimal);
  const among = (sum: Decimal) => values.some((value) => compareDecimal(sum, value) === 0);
  return (value) => {
    const sum = value as Decimal | undefined;
    if (rule.operator === 'null') return sum === undefined;
    if (sum === undefined) return false;
    switch (rule.operator) {
      case '=':
      case 'in':
        return among(sum);
      case '!=':
      case 'notIn':
        return !among(sum);
      case '<':
        return order(sum, 0) < 0;
      case '<=':
        return order(sum, 0) <= 0;
      case '>':
        return order(sum, 0) > 0;
      case '>=':
        return order(sum, 0) >= 0;
      case 'between':
        return order(sum, 0) >= 0 && order(sum, 1) <= 0;
      default:
        return true; // notNull
    }
  };
}
