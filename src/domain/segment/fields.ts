/**
 * The catalogue of segment rules: what a rule may name, of which type it is, and which operators it takes. Validation, compiler and the
 * published list (`GET /v1/segment-fields`, docs/segments.md) all read this one table; what is not in it is a fault, never SQL.
 */
import { CHANNELS } from '../base/channels.js';
import type { Operator, Rule, Scalar } from './rule.js';

/** Whose facts a rule is about. A segment's rule may name events and segments; pinned, those segments' own rules and uploads. */
export type Subject = 'customer' | 'event' | 'segment' | 'pinned';

export const MEASURES = ['count', 'sum', 'min', 'max', 'first', 'last', 'top', 'sinceFirst', 'sinceLast'] as const;
export type Measure = (typeof MEASURES)[number];

export type FieldKind =
  'id' | 'status' | 'zone' | 'attribute' | 'consent' | 'address' | 'property' | 'measure' | 'segment' | 'upload';

/** `any`: the value's own type, told by the rule's value. `span`: time since, an ISO 8601 duration. */
export type FieldType = 'text' | 'boolean' | 'number' | 'count' | 'any' | 'presence' | 'span' | 'key';

export interface FieldSpec {
  kind: FieldKind;
  /** What stands before the dot. */
  head: string;
  /** What may stand behind it: nothing, one of these, or any name. */
  keys: 'none' | 'name' | readonly string[];
  type: FieldType;
  subjects: readonly Subject[];
  says: string;
}

export interface Field {
  kind: FieldKind;
  /** Of an attribute, consent, address, property or measure: its key. */
  key: string;
  type: FieldType;
}

export const STATUSES: readonly Scalar[] = ['active', 'incident', 'withdrawn'];
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const PEOPLE: readonly Subject[] = ['customer', 'segment', 'pinned'];
const SEGMENTS: readonly Subject[] = ['segment', 'pinned'];
const CONSENTS = CHANNELS.flatMap((c) => [`${c}:advertising`, `${c}:information`]);

const measure = (keys: readonly Measure[], type: FieldType, says: string): FieldSpec => ({
  kind: 'measure',
  head: 'event',
  keys,
  type,
  subjects: SEGMENTS,
  says,
});

export const CATALOGUE: readonly FieldSpec[] = [
  { kind: 'id', head: 'id', keys: 'none', type: 'text', subjects: PEOPLE, says: 'the customer’s id' },
  { kind: 'status', head: 'status', keys: 'none', type: 'text', subjects: PEOPLE, says: STATUSES.join(', ') },
  { kind: 'zone', head: 'zone', keys: 'none', type: 'text', subjects: PEOPLE, says: 'the customer’s IANA time zone' },
  {
    kind: 'attribute',
    head: 'attribute',
    keys: 'name',
    type: 'any',
    subjects: PEOPLE,
    says: 'an attribute, of the type it was imported with',
  },
  {
    kind: 'consent',
    head: 'consent',
    keys: CONSENTS,
    type: 'boolean',
    subjects: PEOPLE,
    says: 'granted or refused; missing where it was never asked',
  },
  {
    kind: 'address',
    head: 'address',
    keys: ['push', 'phone', 'email', 'postal'],
    // an address is personal data: a rule may ask whether there is one
    type: 'presence',
    subjects: PEOPLE,
    says: 'whether there is an address of this kind',
  },
  measure(['count'], 'count', 'how many events; 0 where there is none'),
  measure(['sum', 'min', 'max'], 'number', 'over the numbers of `of.property`; missing where there is none'),
  measure(['first', 'last'], 'any', '`of.property` of the earliest or latest event'),
  measure(['top'], 'text', 'the text of `of.property` with the most events; of equals the first in byte order'),
  measure(['sinceFirst', 'sinceLast'], 'span', 'time since the earliest or latest event; missing where there is none'),
  {
    kind: 'segment',
    head: 'segment',
    keys: 'none',
    type: 'key',
    subjects: ['segment'],
    says: 'membership in other segments, by key: the versions in force when counted, validated or launched',
  },
  // what an uploaded segment is made of; nobody writes it
  { kind: 'upload', head: 'upload', keys: 'none', type: 'key', subjects: ['pinned'], says: 'the rows of one upload' },
  {
    kind: 'property',
    head: 'property',
    keys: 'name',
    type: 'any',
    subjects: ['event'],
    says: 'a property of the event, inside `where`',
  },
];

const EQUALITY: readonly Operator[] = ['=', '!=', 'in', 'notIn'];
const ORDER: readonly Operator[] = ['<', '<=', '>', '>=', 'between'];
const PARTS: readonly Operator[] = ['contains', 'beginsWith'];
const PRESENCE: readonly Operator[] = ['null', 'notNull'];

export const OPERATORS_OF: Record<FieldType, readonly Operator[]> = {
  text: [...EQUALITY, ...ORDER, ...PARTS, ...PRESENCE],
  boolean: [...EQUALITY, ...PRESENCE],
  number: [...EQUALITY, ...ORDER, ...PRESENCE],
  count: [...EQUALITY, ...ORDER],
  any: [...EQUALITY, ...ORDER, ...PARTS, ...PRESENCE],
  presence: PRESENCE,
  span: [...ORDER, ...PRESENCE],
  key: EQUALITY,
};

/** The type of the values of a rule; null where that is told by the values themselves. */
export const VALUE_TYPE: Record<FieldType, 'string' | 'number' | 'boolean' | null> = {
  text: 'string',
  boolean: 'boolean',
  number: 'number',
  count: 'number',
  any: null,
  presence: null,
  span: 'string',
  key: 'string',
};

/** How many values an operator takes: none, one, two, or a list of at least one. */
export const ARITY: Record<Operator, 'none' | 'one' | 'two' | 'list'> = {
  '=': 'one',
  '!=': 'one',
  '<': 'one',
  '<=': 'one',
  '>': 'one',
  '>=': 'one',
  in: 'list',
  notIn: 'list',
  between: 'two',
  contains: 'one',
  beginsWith: 'one',
  null: 'none',
  notNull: 'none',
};

export const isName = (text: string): boolean => NAME.test(text);
export const isMeasure = (key: string): key is Measure => (MEASURES as readonly string[]).includes(key);
/** Does the measure speak of a property's values? */
export const takesProperty = (key: Measure): boolean => !['count', 'sinceFirst', 'sinceLast'].includes(key);

/** Null: the catalogue has no such field for this subject. */
export function fieldOf(name: string, subject: Subject): Field | null {
  const dot = name.indexOf('.');
  const [head, key] = dot < 0 ? [name, null] : [name.slice(0, dot), name.slice(dot + 1)];
  const spec = CATALOGUE.find((one) => {
    if (one.head !== head || !one.subjects.includes(subject)) return false;
    if (one.keys === 'none') return key === null;
    return key !== null && (one.keys === 'name' ? isName(key) : one.keys.includes(key));
  });
  return spec ? { kind: spec.kind, key: key ?? '', type: spec.type } : null;
}

/** The values of a rule as a list; empty for operators without. */
export function valuesOf(rule: Rule): Scalar[] {
  if (ARITY[rule.operator] === 'none' || rule.value === undefined) return [];
  return Array.isArray(rule.value) ? rule.value : [rule.value];
}
