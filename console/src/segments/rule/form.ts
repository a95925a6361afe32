/**
 * A rule as it is edited: the same tree, with every value as the text that is typed beside the type that is meant, so that half a number is kept as
 * it is. Every rule becomes a form and the same rule again.
 */
import type { EventWindow, RuleGroup } from '../../client/types.gen.js';

export type Rule = Exclude<RuleGroup['rules'][number], RuleGroup>;
export type Operator = Rule['operator'];
export type EventsOf = NonNullable<Rule['of']>;
type Scalar = string | number | boolean;
type EventStep = NonNullable<EventsOf['followedBy']>[number];

/** A date is a text of its own form. */
export type ValueType = 'text' | 'number' | 'boolean' | 'date';
export interface ScalarForm {
  type: ValueType;
  text: string;
}
export interface StepForm {
  event: string;
  where?: GroupForm;
  within: string;
  none?: boolean;
}
export interface OfForm {
  event: string;
  property?: string;
  where?: GroupForm;
  window?: EventWindow;
  followedBy?: StepForm[];
}
export interface RuleForm {
  field: string;
  operator: Operator;
  value?: ScalarForm | ScalarForm[];
  of?: OfForm;
}
export interface GroupForm {
  combinator: 'and' | 'or';
  not?: boolean;
  rules: PartForm[];
}
export type PartForm = RuleForm | GroupForm;

export const isGroup = (part: PartForm): part is GroupForm => 'rules' in part;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function scalarForm(value: Scalar): ScalarForm {
  if (typeof value === 'string') return { type: DATE.test(value) ? 'date' : 'text', text: value };
  return { type: typeof value === 'number' ? 'number' : 'boolean', text: String(value) };
}

/** What is no number goes as it was typed: the API says what is wrong with it, at its place. */
export function scalarOf({ type, text }: ScalarForm): Scalar {
  if (type === 'boolean') return text === 'true';
  if (type !== 'number' || text.trim() === '' || !Number.isFinite(Number(text))) return text;
  return Number(text);
}

export function toForm(group: RuleGroup): GroupForm {
  const { rules, ...rest } = group;
  return { ...rest, rules: rules.map((part) => ('rules' in part ? toForm(part) : ruleForm(part))) };
}

export function toRule(group: GroupForm): RuleGroup {
  const { rules, ...rest } = group;
  return { ...rest, rules: rules.map((part) => (isGroup(part) ? toRule(part) : ruleOf(part))) };
}

export function ruleForm({ value, of, ...rest }: Rule): RuleForm {
  return {
    ...rest,
    ...(value === undefined ? {} : { value: Array.isArray(value) ? value.map(scalarForm) : scalarForm(value) }),
    ...(of === undefined ? {} : { of: ofForm(of) }),
  };
}

export function ruleOf({ value, of, ...rest }: RuleForm): Rule {
  return {
    ...rest,
    ...(value === undefined ? {} : { value: Array.isArray(value) ? value.map(scalarOf) : scalarOf(value) }),
    ...(of === undefined ? {} : { of: eventsOf(of) }),
  };
}

function ofForm({ where, followedBy, ...rest }: EventsOf): OfForm {
  return {
    ...rest,
    ...(where === undefined ? {} : { where: toForm(where) }),
    ...(followedBy === undefined ? {} : { followedBy: followedBy.map(stepForm) }),
  };
}

const stepForm = ({ where, ...rest }: EventStep): StepForm => ({
  ...rest,
  ...(where === undefined ? {} : { where: toForm(where) }),
});

function eventsOf({ where, followedBy, ...rest }: OfForm): EventsOf {
  return {
    ...rest,
    ...(where === undefined ? {} : { where: toRule(where) }),
    ...(followedBy === undefined
      ? {}
      : {
          followedBy: followedBy.map(({ where: filter, ...step }) => ({
            ...step,
            ...(filter === undefined ? {} : { where: toRule(filter) }),
          })),
        }),
  };
}
