/**
 * A segment rule as it is stored: react-querybuilder's RuleGroup JSON, over the field catalogue. A rule about events says in `of` which
 * ones it measures. An empty group is refused (it would mean everyone), and size and depth are bounded.
 */
import { z } from 'zod';
import { spanSchema } from '../base/time.js';
import { eventWindowSchema, type EventWindow } from './window.js';

export const RULES_MAX = 200;
export const DEPTH_MAX = 8;
export const VALUES_MAX = 1_000;
/** Rules about events: each is one more pass over events. */
export const MEASURES_MAX = 20;
export const STEPS_MAX = 3;

export const OPERATORS = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'notIn',
  'between',
  'contains',
  'beginsWith',
  'null',
  'notNull',
] as const;
export type Operator = (typeof OPERATORS)[number];

const scalar = z.union([z.string().max(200), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalar>;

/** One step of a sequence: after the event before it, strictly later and less than `within` later. */
export interface EventStep {
  event: string;
  /** A rule over `property.<name>`. */
  where?: RuleGroup;
  /** ISO 8601. */
  within: string;
  /** No such event came, and the span is over. Only the last step. */
  none?: boolean;
}
/** Which events of a customer a rule measures: those before the business now of the question. */
export interface EventsOf {
  event: string;
  /** Whose values are summed, compared or counted. */
  property?: string;
  where?: RuleGroup;
  window?: EventWindow;
  /** Only events that this sequence follows. */
  followedBy?: EventStep[];
}
export interface Rule {
  field: string;
  operator: Operator;
  value?: Scalar | Scalar[];
  of?: EventsOf;
}
export interface RuleGroup {
  combinator: 'and' | 'or';
  not?: boolean;
  rules: (Rule | RuleGroup)[];
}

const eventName = z.string().min(1, 'is missing').max(100);

const step: z.ZodType<EventStep> = z.strictObject({
  event: eventName,
  where: z.lazy(() => group).optional(),
  within: spanSchema,
  none: z.boolean().optional(),
});

const eventsOf: z.ZodType<EventsOf> = z
  .strictObject({
    event: eventName,
    property: z.string().min(1).max(63).optional(),
    where: z.lazy(() => group).optional(),
    window: eventWindowSchema.optional(),
    followedBy: z.array(step).min(1).max(STEPS_MAX).optional(),
  })
  .meta({ id: 'EventsOf' });

const oneRule: z.ZodType<Rule> = z.strictObject({
  field: z.string().min(1).max(100),
  operator: z.enum(OPERATORS),
  value: z
    .union([
      scalar,
      z.array(scalar).max(VALUES_MAX, `has more than ${VALUES_MAX} values; upload them as a segment instead`),
    ])
    .optional(),
  of: eventsOf.optional(),
});

const group: z.ZodType<RuleGroup> = z
  .lazy(() =>
    z.strictObject({
      combinator: z.enum(['and', 'or']),
      not: z.boolean().optional(),
      rules: z.array(z.union([oneRule, group])).min(1, 'is empty: an empty group would select everyone'),
    }),
  )
  .meta({ id: 'RuleGroup' });

/** The groups over properties that a rule has inside. */
export function filtersOf({ of }: Rule): RuleGroup[] {
  return [of?.where, ...(of?.followedBy ?? []).map((one) => one.where)].filter((where) => where !== undefined);
}

function depthOf(rule: RuleGroup): number {
  return (
    1 + Math.max(0, ...rule.rules.map((r) => ('rules' in r ? depthOf(r) : Math.max(0, ...filtersOf(r).map(depthOf)))))
  );
}

/** Rules of all groups, those over properties included, and how many of them are about events. */
export function sizeOf(rule: RuleGroup): { rules: number; measures: number } {
  const size = { rules: 0, measures: 0 };
  const inside = rule.rules.flatMap((one) => ('rules' in one ? [one] : filtersOf(one)));
  for (const one of rule.rules) {
    if ('rules' in one) continue;
    size.rules += 1;
    size.measures += one.of ? 1 : 0;
  }
  for (const { rules, measures } of inside.map(sizeOf)) {
    size.rules += rules;
    size.measures += measures;
  }
  return size;
}

export const ruleSchema = group
  .refine((rule) => depthOf(rule) <= DEPTH_MAX, `is nested deeper than ${DEPTH_MAX}`)
  .refine((rule) => sizeOf(rule).rules <= RULES_MAX, `has more than ${RULES_MAX} rules`)
  .refine((rule) => sizeOf(rule).measures <= MEASURES_MAX, `has more than ${MEASURES_MAX} rules about events`);
