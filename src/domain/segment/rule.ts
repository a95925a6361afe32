/**
 * A segment rule as it is stored: react-querybuilder's RuleGroup JSON, over the field catalogue. An empty group is refused (it
 * would mean everyone), and size and depth are bounded.
 */
import { z } from 'zod';

export const RULES_MAX = 200;
export const DEPTH_MAX = 8;

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

export interface Rule {
  field: string;
  operator: Operator;
  value?: Scalar | Scalar[];
}
export interface RuleGroup {
  combinator: 'and' | 'or';
  not?: boolean;
  rules: (Rule | RuleGroup)[];
}

const oneRule: z.ZodType<Rule> = z.strictObject({
  field: z.string().min(1).max(100),
  operator: z.enum(OPERATORS),
  value: z.union([scalar, z.array(scalar).max(1_000)]).optional(),
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

function depthOf(rule: RuleGroup): number {
  return 1 + Math.max(0, ...rule.rules.map((r) => ('rules' in r ? depthOf(r) : 0)));
}
function countOf(rule: RuleGroup): number {
  return rule.rules.reduce((n, r) => n + ('rules' in r ? countOf(r) : 1), 0);
}

export const ruleSchema = group
  .refine((rule) => depthOf(rule) <= DEPTH_MAX, `is nested deeper than ${DEPTH_MAX}`)
  .refine((rule) => countOf(rule) <= RULES_MAX, `has more than ${RULES_MAX} rules`);
