/**
 * The campaign's JSON Schema as far as a form needs it: references followed, alternatives told apart, and what a new value holds.
 */
import { isObject } from './pointer.js';

export interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maxLength?: number;
  default?: unknown;
  description?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  $defs?: Record<string, Schema>;
}

export function resolved(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  if (name === undefined) return schema;
  const { $ref: _ref, ...own } = schema;
  return { ...resolved(root.$defs?.[name] ?? {}, root), ...(own.description ? { description: own.description } : {}) };
}

/** Of a value that may have one of several forms; the words of an enumeration are one form each. */
export function formsOf(schema: Schema, root: Schema): Schema[] {
  const many = schema.anyOf ?? (schema.properties ? undefined : schema.oneOf);
  return (many ?? []).flatMap((form) => {
    const one = resolved(form, root);
    if (one.enum && one.enum.length > 1) return one.enum.map((word) => ({ type: 'string', const: word }));
    return one.anyOf || (one.oneOf && !one.properties) ? formsOf(one, root) : [one];
  });
}

/** The names of which an object has exactly one. */
export function exclusiveOf(schema: Schema): string[] {
  const forms = schema.properties ? (schema.oneOf ?? schema.allOf?.find(({ oneOf }) => oneOf)?.oneOf ?? []) : [];
  return forms.flatMap(({ required }) => required ?? []);
}

export const wordOf = ({ const: word, enum: words }: Schema): unknown =>
  word ?? (words?.length === 1 ? words[0] : undefined);

/** Which of the forms the value has; the nearest one where it has none as it should be. */
export function formOf(value: unknown, forms: readonly Schema[]): number {
  const nearness = forms.map((form) => nearnessOf(value, form));
  return Math.max(0, nearness.indexOf(Math.max(...nearness)));
}

function nearnessOf(value: unknown, form: Schema): number {
  const word = wordOf(form);
  if (word !== undefined) return value === word ? 100 : -1;
  if (form.properties) {
    if (!isObject(value)) return -1;
    const names = Object.keys(value);
    const known = names.filter((name) => form.properties?.[name]);
    const wrong = known.filter((name) => {
      const said = wordOf(form.properties?.[name] ?? {});
      return said !== undefined && said !== value[name];
    });
    const missing = (form.required ?? []).filter((name) => !names.includes(name));
    return 50 + known.length - 2 * (names.length - known.length) - 20 * wrong.length - 2 * missing.length;
  }
  if (form.type === 'array') return Array.isArray(value) ? 10 : -1;
  if (form.type === 'integer') return typeof value === 'number' ? 10 : -1;
  return typeof value === form.type ? 10 : -1;
}

/** What is needed and nothing else. */
export function blankOf(given: Schema, root: Schema): unknown {
  const schema = resolved(given, root);
  if (schema.default !== undefined) return schema.default;
  const word = wordOf(schema) ?? schema.enum?.[0];
  if (word !== undefined) return word;
  if (schema.properties) {
    const names = schema.required ?? [];
    const one = exclusiveOf(schema)[0];
    return Object.fromEntries(
      [...names, ...(one === undefined ? [] : [one])].map((name) => [
        name,
        blankOf(schema.properties?.[name] ?? {}, root),
      ]),
    );
  }
  const [first] = formsOf(schema, root);
  if (first) return blankOf(first, root);
  if (schema.type === 'array') return (schema.minItems ?? 0) > 0 && schema.items ? [blankOf(schema.items, root)] : [];
  if (schema.type === 'boolean') return true;
  return schema.type === 'integer' || schema.type === 'number' ? (schema.minimum ?? 0) : '';
}

/** What a form is told apart by: its word, else the fields that it needs. */
export function namesOf(form: Schema): string[] {
  const said = [form, ...Object.values(form.properties ?? {})].map(wordOf).filter((word) => typeof word === 'string');
  if (said.length > 0) return said;
  return form.required ?? [form.type ?? ''];
}

/** Of a node of this kind. */
export function nodeSchema(root: Schema, kind: string): Schema {
  const forms = formsOf(resolved({ $ref: '#/$defs/JourneyNode' }, root), root);
  return forms.find(({ properties }) => wordOf(properties?.['type'] ?? {}) === kind) ?? {};
}
