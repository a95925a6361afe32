/**
 * A second source of segments: a folder of the bank's data lake, whose files are mapped to the fields that a rule may name. What a source does
 * not have is a fault of the rule, never a missing value.
 */
import { z } from 'zod';
import { zoneSchema } from '../base/time.js';
import type { RuleFault } from './faults.js';
import { fieldOf, valuesOf } from './fields.js';
import type { EventsOf, Rule, RuleGroup } from './rule.js';

export type LakeType = 'text' | 'number' | 'boolean';

const column = z.string().min(1).max(200);
/** A path or glob inside the folder; Parquet, CSV or gzipped CSV. */
const files = z
  .string()
  .regex(/^[\p{L}\p{N}_.*=/ -]+\.(parquet|csv|csv\.gz)$/u, 'is a path or glob that ends with .parquet, .csv or .csv.gz')
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'leads out of the folder');
const mapped = z
  .union([column, z.strictObject({ column, type: z.enum(['text', 'number', 'boolean']).default('text') })])
  .transform((given): { column: string; type: LakeType } =>
    typeof given === 'string' ? { column: given, type: 'text' } : given,
  );
const mappedField = z
  .string()
  .refine(
    (name) => FIELD_KINDS.has(fieldOf(name, 'customer')?.kind ?? ''),
    'is no field of a customer that a file can have',
  );
const FIELD_KINDS = new Set(['status', 'zone', 'attribute', 'consent', 'address']);
const propertyName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'is not the name of a property');

const shape = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
  folder: z.string().regex(/^\//, 'is an absolute path'),
  customers: z.strictObject({ files, id: column, fields: z.record(mappedField, mapped).default({}) }),
  events: z
    .array(
      z.strictObject({
        files,
        /** Its name, the same for all rows or in a column. */
        event: z.union([z.string().min(1).max(100), z.strictObject({ column })]),
        customer: column,
        /** When it occurred: a time with its offset, or a date or wall clock of `zone`. */
        at: column,
        zone: zoneSchema.default('Asia/Seoul'),
        /** Tells the order of events at the same instant; else their properties do. */
        id: column.optional(),
        properties: z.record(propertyName, mapped).default({}),
      }),
    )
    .max(50)
    .default([]),
  /** Of one question. */
  memoryMb: z.int().min(128).max(1_000_000).default(1_024),
  threads: z.int().min(1).max(64).default(2),
});
export type SourceConfig = z.infer<typeof shape>;
export const sourceSchema = shape.refine(
  (source) => schemaOf(source).conflicts.length === 0,
  'maps a property to different types',
);
export type EventFiles = SourceConfig['events'][number];

/** What rules may name. */
export interface LakeSchema {
  fields: ReadonlyMap<string, LakeType>;
  properties: ReadonlyMap<string, LakeType>;
  /** Null: any name. */
  events: ReadonlySet<string> | null;
}

export function schemaOf({ customers, events }: Pick<SourceConfig, 'customers' | 'events'>): LakeSchema & {
  conflicts: string[];
} {
  const properties = new Map<string, LakeType>();
  const conflicts: string[] = [];
  for (const [name, { type }] of events.flatMap((one) => Object.entries(one.properties))) {
    if ((properties.get(name) ?? type) !== type) conflicts.push(name);
    properties.set(name, type);
  }
  const names = events.flatMap(({ event }) => (typeof event === 'string' ? [event] : []));
  return {
    fields: new Map(Object.entries(customers.fields).map(([name, { type }]) => [name, type])),
    properties,
    events: names.length === events.length ? new Set(names) : null,
    conflicts,
  };
}

/** What a pinned rule names and the source does not have. */
export function faultsOfSource(rule: RuleGroup, schema: LakeSchema, source: string): RuleFault[] {
  const lacks = (what: string) => `names ${what}, which the source ${JSON.stringify(source)} does not have`;
  return rule.rules.flatMap((one, n) => {
    const inside = 'rules' in one ? faultsOfSource(one, schema, source) : faultsOfOne(one, schema, lacks);
    return inside.map(({ pointer, detail }) => ({ pointer: `/rules/${n}${pointer}`, detail }));
  });
}

type Lacks = (what: string) => string;

function faultsOfOne(rule: Rule, schema: LakeSchema, lacks: Lacks): RuleFault[] {
  const field = fieldOf(rule.field, 'pinned');
  if (rule.of) return faultsOfEvents(rule.of, schema, lacks);
  if (field?.kind === 'upload') return [{ pointer: '', detail: lacks(`the upload ${valuesOf(rule).join(', ')}`) }];
  if (rule.field === 'id' || schema.fields.has(rule.field)) return [];
  return [{ pointer: '', detail: lacks(`the field ${JSON.stringify(rule.field)}`) }];
}

function faultsOfEvents(
  { event, property, where, followedBy = [] }: EventsOf,
  schema: LakeSchema,
  lacks: Lacks,
): RuleFault[] {
  const steps = [{ at: '/of', event, where }, ...followedBy.map((step, n) => ({ at: `/of/followedBy/${n}`, ...step }))];
  const lacksProperty = (name: string | undefined) => name !== undefined && !schema.properties.has(name);
  return [
    ...(lacksProperty(property)
      ? [{ pointer: '/of/property', detail: lacks(`the property ${JSON.stringify(property)}`) }]
      : []),
    ...steps.flatMap(({ at, event: name, where: filter }) => [
      ...(schema.events && !schema.events.has(name)
        ? [{ pointer: `${at}/event`, detail: lacks(`the event ${JSON.stringify(name)}`) }]
        : []),
      ...propertiesIn(filter)
        .filter(lacksProperty)
        .map((name) => ({ pointer: `${at}/where`, detail: lacks(`the property ${JSON.stringify(name)}`) })),
    ]),
  ];
}

function propertiesIn(where: RuleGroup | undefined): string[] {
  if (!where) return [];
  return where.rules.flatMap((one) => ('rules' in one ? propertiesIn(one) : [fieldOf(one.field, 'event')?.key ?? '']));
}
