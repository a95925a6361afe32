/**
 * Random rules about events over random events with hostile values, many of them at the same or at neighbouring instants: measures, windows,
 * sequences.
 */
import fc from 'fast-check';
import type { EventsOf, EventStep, Rule, RuleGroup } from '../../src/domain/segment/rule.js';
import type { EventWindow } from '../../src/domain/segment/window.js';

export const NOW = Date.parse('2026-11-01T05:30:00Z');
const HOUR = 3_600_000;
export const EVENTS = ['purchase', "o'pen", 'limit inquiry'];
export const SHOPS = ['카페', '마트', '𐀀', '\uffff', ''];
const ZONES = ['Asia/Seoul', 'America/New_York', 'America/Sao_Paulo', 'UTC'];

const amount = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.constantFrom(0.1, 0.2, 0.30000000000000004, 1e21, 5e-324, 1.7976931348623157e308, -1e21),
);
const anyValue = fc.oneof(amount, fc.constantFrom(...SHOPS), fc.boolean(), fc.constantFrom(null, [], {}, '5'));
const properties = fc.record(
  { amount: fc.oneof({ weight: 5, arbitrary: amount }, anyValue), shop: fc.oneof(fc.constantFrom(...SHOPS), anyValue) },
  { requiredKeys: [] },
);
/** On the hours around now, so that ends of windows and steps are hit exactly. */
const at = fc.oneof(
  fc.integer({ min: -60, max: 2 }).map((h) => NOW + h * HOUR),
  fc.integer({ min: -90, max: 0 }).map((d) => NOW + d * 24 * HOUR),
  fc.integer({ min: -50 * 24 * HOUR, max: HOUR }).map((ms) => NOW + ms),
);
const event = fc.record({ name: fc.constantFrom(...EVENTS), at, properties });
export const customer = fc.record({
  events: fc.array(event, { maxLength: 7 }),
  uploads: fc.subarray(['winners@1', 'winners@2']),
  grade: fc.constantFrom('gold', 'basic'),
});

const where = fc.oneof(
  fc.constant<RuleGroup | undefined>(undefined),
  fc
    .constantFrom<Rule>(
      { field: 'property.amount', operator: '>', value: 1 },
      { field: 'property.amount', operator: '!=', value: 0.1 },
      { field: 'property.shop', operator: 'in', value: ['카페', ''] },
      { field: 'property.shop', operator: 'null' },
      { field: 'property.none', operator: 'notNull' },
    )
    .chain((rule) =>
      fc.record({ combinator: fc.constant<'and'>('and'), not: fc.boolean(), rules: fc.constant([rule]) }),
    ),
);
const span = fc.constantFrom('PT1H', 'PT6H', 'P1D', 'P7D', 'P30D', 'PT0.001S');
const window: fc.Arbitrary<EventWindow | undefined> = fc.oneof(
  fc.constant(undefined),
  span.map((given) => ({ kind: 'rolling' as const, span: given })),
  fc
    .record({
      unit: fc.constantFrom<'day' | 'week' | 'month'>('day', 'week', 'month'),
      back: fc.integer({ min: 0, max: 3 }),
      zone: fc.constantFrom(...ZONES),
    })
    .chain((calendar) =>
      fc
        .integer({ min: 1, max: calendar.back + 1 })
        .map((count) => ({ kind: 'calendar' as const, ...calendar, count })),
    ),
  fc.constantFrom<EventWindow>(
    { kind: 'fixed', from: '2026-10-15T00:00:00+09:00' },
    { kind: 'fixed', from: '2026-10-01T00:00:00Z', to: '2026-11-05T00:00:00Z' },
    { kind: 'fixed', from: '2026-10-31T05:30:00Z', to: '2026-11-01T04:30:00Z' },
  ),
);
const defined = <T extends object>(given: T): T => JSON.parse(JSON.stringify(given)) as T;
const step = fc.record({ event: fc.constantFrom(...EVENTS), where, within: span, none: fc.boolean() });
const followedBy = fc.oneof(
  fc.constant<EventStep[] | undefined>(undefined),
  // only the last step may be about what did not come
  fc
    .array(step, { minLength: 1, maxLength: 3 })
    .map((steps) =>
      steps.map((one, n) => defined(n === steps.length - 1 ? one : { ...one, none: false }) as EventStep),
    ),
);
const of = (property?: string): fc.Arbitrary<EventsOf> =>
  fc
    .record({ event: fc.constantFrom(...EVENTS), where, window, followedBy })
    .map((given) => defined({ ...given, ...(property ? { property } : {}) }) as EventsOf);

type Operators = Rule['operator'][];
const compared = (
  field: string,
  given: {
    of: fc.Arbitrary<EventsOf>;
    one: fc.Arbitrary<string | number | boolean>;
    pairs?: boolean;
    equal?: boolean;
    order?: boolean;
  },
): fc.Arbitrary<Rule> => {
  const base = { field: fc.constant(field), of: given.of };
  const operators: Operators = [
    ...(given.equal === false ? [] : (['=', '!='] as const)),
    ...(given.order === false ? [] : (['<', '<=', '>', '>='] as const)),
  ];
  const lists: Operators = given.equal === false ? [] : ['in', 'notIn'];
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ ...base, operator: fc.constantFrom(...operators), value: given.one }) },
    fc.record({
      ...base,
      operator: fc.constantFrom(...lists, 'between' as const),
      value: fc.array(given.one, { minLength: 2, maxLength: 2 }) as fc.Arbitrary<number[]>,
    }),
  );
};
const presence = (field: string, given: fc.Arbitrary<EventsOf>): fc.Arbitrary<Rule> =>
  fc.record({ field: fc.constant(field), operator: fc.constantFrom('null' as const, 'notNull' as const), of: given });

const numbers = fc.oneof(fc.integer({ min: -2, max: 7 }), amount);
const texts = fc.constantFrom(...SHOPS);
export const eventRule: fc.Arbitrary<Rule> = fc.oneof(
  { weight: 3, arbitrary: compared('event.count', { of: of(), one: fc.integer({ min: 0, max: 3 }) }) },
  ...['event.sum', 'event.min', 'event.max'].flatMap((field) => [
    { weight: 3, arbitrary: compared(field, { of: of('amount'), one: numbers }) },
    { weight: 1, arbitrary: presence(field, of('amount')) },
  ]),
  ...['event.first', 'event.last'].flatMap((field) => [
    compared(field, { of: of('shop'), one: texts }),
    compared(field, { of: of('amount'), one: numbers }),
    fc.record({ field: fc.constant(field), operator: fc.constant('=' as const), value: fc.boolean(), of: of('shop') }),
    presence(field, of('shop')),
  ]),
  compared('event.top', { of: of('shop'), one: texts }),
  presence('event.top', of('shop')),
  ...['event.sinceFirst', 'event.sinceLast'].flatMap((field) => [
    compared(field, { of: of(), one: span, equal: false }),
    presence(field, of()),
  ]),
);
const otherRule: fc.Arbitrary<Rule> = fc.constantFrom<Rule>({ field: 'attribute.grade', operator: '=', value: 'gold' });
export const node = fc.oneof({ weight: 5, arbitrary: eventRule }, { weight: 1, arbitrary: otherRule });
export const groupsOf = (node: fc.Arbitrary<Rule>): fc.Arbitrary<RuleGroup> =>
  fc.record({
    combinator: fc.constantFrom('and' as const, 'or' as const),
    not: fc.boolean(),
    rules: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: node },
        fc.record({
          combinator: fc.constantFrom('and' as const, 'or' as const),
          not: fc.boolean(),
          rules: fc.array(node, { minLength: 1, maxLength: 2 }),
        }),
      ),
      { minLength: 1, maxLength: 2 },
    ),
  });
