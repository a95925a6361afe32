/**
 * What a rule may name, as the API's catalogue tells it: fields by their kind, the operators of each, and the type that its values begin with.
 */
import type { SegmentFields } from '../../client/types.gen.js';
import type { OfForm, Operator, RuleForm, ScalarForm, ValueType } from './form.js';

/** Whether a rule is about a customer, or inside `where` of a rule about events. */
export type Inside = 'rule' | 'where';
type Described = SegmentFields['fields'][number];
export type Seen = SegmentFields['seen']['attributes'][number];

export const NAMED = '.<name>';

export interface FieldChoices {
  /** Head of its names: attribute, consent, event …; '' for those without. */
  kind: string;
  fields: string[];
  /** Any other name may be written, too. */
  open: boolean;
}

/** By kind, in the catalogue's order; of a family with any names those that have been seen. */
export function choicesOf(catalogue: SegmentFields, inside: Inside, seen: readonly Seen[]): FieldChoices[] {
  const kinds = new Map<string, FieldChoices>();
  for (const { field } of catalogue.fields.filter((one) => one.inside === inside)) {
    const kind = field.includes('.') ? (field.split('.')[0] ?? '') : '';
    const known = kinds.get(kind) ?? { kind, fields: [], open: false };
    kinds.set(kind, known);
    if (!field.endsWith(NAMED)) known.fields.push(field);
    else {
      known.open = true;
      known.fields.push(...seen.map(({ name }) => `${kind}.${name}`));
    }
  }
  return [...kinds.values()];
}

/** The catalogue's entry of a field; undefined: it has none. */
export function describedOf(catalogue: SegmentFields, field: string, inside: Inside): Described | undefined {
  const family = `${field.split('.')[0]}${NAMED}`;
  const of = catalogue.fields.filter((one) => one.inside === inside);
  return (
    of.find((one) => one.field === field) ?? (field.includes('.') ? of.find((one) => one.field === family) : undefined)
  );
}

/** Of a family with any names: what stands behind the dot. Null: another kind of field. */
export function nameOf(catalogue: SegmentFields, field: string, inside: Inside): string | null {
  const described = describedOf(catalogue, field, inside);
  return described?.field.endsWith(NAMED) ? field.slice(field.indexOf('.') + 1) : null;
}

const TYPES: Record<string, ValueType> = { string: 'text', number: 'number', boolean: 'boolean' };

/** The types that the values of a field may have, the likeliest first. */
export function typesOf(described: Described | undefined, seen: Seen | undefined): ValueType[] {
  switch (described?.type) {
    case 'number':
    case 'count':
      return ['number'];
    case 'boolean':
      return ['boolean'];
    case 'any': {
      const likely = (seen?.types ?? []).flatMap((type) => TYPES[type] ?? []);
      if (likely.length === 0) return ['text', 'number', 'date', 'boolean'];
      // a value of another type would never be the same
      return [...new Set<ValueType>([...likely, ...(likely.includes('text') ? ['date' as const] : [])])];
    }
    default:
      return ['text'];
  }
}

const LISTS: readonly Operator[] = ['in', 'notIn'];
const NOTHING: readonly Operator[] = ['null', 'notNull'];
const EMPTY: Record<ValueType, string> = { text: '', number: '', boolean: 'true', date: '' };

/** How many values an operator takes. */
export function arityOf(operator: Operator): 'none' | 'one' | 'two' | 'list' {
  if (NOTHING.includes(operator)) return 'none';
  if (operator === 'between') return 'two';
  return LISTS.includes(operator) ? 'list' : 'one';
}

/** The value as another operator takes it, what was said kept as far as it can be. */
export function valueFor(
  operator: Operator,
  value: RuleForm['value'],
  first: ScalarForm,
): ScalarForm | ScalarForm[] | undefined {
  const given = value === undefined ? [] : Array.isArray(value) ? value : [value];
  switch (arityOf(operator)) {
    case 'none':
      return undefined;
    case 'one':
      return given[0] ?? first;
    case 'two':
      return [given[0] ?? first, given[1] ?? given[0] ?? first];
    case 'list':
      return given.length > 0 ? given : [];
    default:
      return undefined;
  }
}

export const withOperator = (rule: RuleForm, operator: Operator, first: ScalarForm): RuleForm => {
  const { value: before, ...rest } = rule;
  const value = valueFor(operator, before, first);
  return { ...rest, operator, ...(value === undefined ? {} : { value }) };
};

const NO_SEEN: Seen = { name: '', types: [] };

/** A rule about the field as one begins with it. What an event rule measured is kept where the next one measures events, too. */
export function blankRule(
  catalogue: SegmentFields,
  field: string,
  inside: Inside,
  { of, seen = NO_SEEN }: { of?: OfForm | undefined; seen?: Seen | undefined } = {},
): RuleForm {
  const described = describedOf(catalogue, field, inside);
  const operators = described?.operators ?? ['='];
  const [type = 'text'] = typesOf(described, seen);
  const operator = described?.type === 'count' ? '>=' : (operators[0] ?? '=');
  const first: ScalarForm = { type, text: firstText(field, described, type) };
  const rule = withOperator({ field, operator }, operator, first);
  const needs = described?.needs ?? [];
  if (needs.length === 0) return rule;
  const { property, ...events } = of ?? { event: '' };
  return { ...rule, of: { ...events, ...(needs.includes('of.property') ? { property: property ?? '' } : {}) } };
}

function firstText(field: string, described: Described | undefined, type: ValueType): string {
  if (field === 'status') return 'active';
  if (described?.type === 'count') return '1';
  return described?.type === 'span' ? 'P30D' : EMPTY[type];
}
