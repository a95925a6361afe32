/**
 * Segments at the edge: their content, what they select, and the catalogue of what a rule may name.
 */
import { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';
import { OPERATORS, ruleSchema } from '../../domain/segment/rule.js';
import type { ListOf } from '../files/list-file.js';
import { tableHeadSchema } from '../files/table.js';
import { pageOf } from '../http/page.js';
import { statusSchema } from '../customers/customers.dto.js';

const source = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
  .nullable()
  .default(null)
  .describe('a lake of the installation where the rule is asked; null: Postgres. It stays that of the key');
export const contentSchema = z
  .strictObject({ name: z.string().min(1).max(200), rule: ruleSchema, source })
  .meta({ id: 'SegmentContent' });
export const inlineSchema = z.strictObject({ rule: ruleSchema, source }).meta({ id: 'InlineSegment' });

const size = z.int().min(1).max(100).default(20);
export const sampleSizeSchema = z.strictObject({ size }).meta({ id: 'SegmentSampleSize' });
export const inlineSampleSchema = z
  .strictObject({ rule: ruleSchema, source, size })
  .meta({ id: 'InlineSegmentSample' });

export const segmentSchema = z
  .object({
    key: z.string(),
    version: z.int(),
    name: z.string(),
    rule: ruleSchema,
    source: z.string().nullable(),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Segment' });
const uploadCountsSchema = z.object({
  rows: z.int().describe('below the header'),
  matched: z.int().describe('customers selected'),
  duplicates: z.int().describe('rows that repeat an id'),
  unmatched: z.int().describe('ids that are no customer'),
  rejected: z.int().describe('rows without an id that can be one'),
});
const versionSchema = segmentSchema
  .extend({ upload: uploadCountsSchema.nullable().describe('of the file that made this version; null: a rule did') })
  .meta({ id: 'SegmentVersion' });
export const segmentVersionPageSchema = pageOf(versionSchema);
export const segmentRecordSchema = versionSchema
  .extend({
    usedBy: z
      .object({ campaigns: z.array(z.string()), segments: z.array(z.string()), exclusionLists: z.array(z.string()) })
      .describe(
        'keys of what names it: campaigns that have not ended, by their draft; segments and lists by their newest version',
      ),
  })
  .meta({ id: 'SegmentRecord' });
export const segmentPageSchema = pageOf(segmentRecordSchema);

export const uploadedSchema = z
  .object({
    counts: uploadCountsSchema,
    refused: z
      .array(z.object({ line: z.int(), reason: z.string() }))
      .describe('the first hundred rows that selected nobody'),
    head: tableHeadSchema.nullable().describe('of a preview'),
    column: z.string().describe('whose cells were read as ids'),
    segment: segmentSchema.nullable().describe('null for a preview'),
  })
  .meta({ id: 'SegmentUploaded' });

export const countSchema = z.object({ count: z.int(), asOf: z.iso.datetime() }).meta({ id: 'SegmentCount' });
export const sampleSchema = z
  .object({
    customers: z.array(
      z.object({ id: customerIdSchema, status: statusSchema, attributes: z.record(z.string(), z.unknown()) }),
    ),
    unmatched: z.int().describe('ids of the sample that the source selects and that are no customers here'),
    asOf: z.iso.datetime(),
  })
  .meta({ id: 'SegmentSample', description: 'The same customers each time, for as long as the same are selected.' });

const seenNames = z.array(z.object({ name: z.string(), types: z.array(z.string()) }));
export const fieldsSchema = z
  .object({
    fields: z.array(
      z.object({
        field: z.string().describe('as a rule names it; <name> stands for any name'),
        inside: z.enum(['rule', 'where']).describe('where: inside `where` of a rule about events'),
        type: z.string(),
        operators: z.array(z.enum(OPERATORS)),
        needs: z.array(z.enum(['of', 'of.property'])),
        says: z.string(),
      }),
    ),
    seen: z
      .object({ attributes: seenNames, events: z.array(z.object({ name: z.string(), properties: seenNames })) })
      .describe('names in a sample of customers and among the newest events; a rule may name others'),
    sources: z
      .array(
        z.object({
          name: z.string(),
          fields: z.array(z.string()),
          properties: z.array(z.string()),
          events: z.array(z.string()).nullable().describe('null: any'),
        }),
      )
      .describe('the lakes of the installation, and what a rule may name there'),
  })
  .meta({ id: 'SegmentFields' });

const files = z.object({
  files: z.int(),
  bytes: z.int(),
  newestAt: z.iso.datetime().nullable().describe('when the newest of them was changed; null: there is none'),
});
export const segmentSourcesSchema = z
  .object({ items: z.array(z.object({ name: z.string(), customers: files, events: files })) })
  .meta({ id: 'SegmentSources' });

export const listOfCustomers = (column: string): ListOf => ({
  of: 'customers',
  column,
  read: (cell) => customerIdSchema.safeParse(cell).data ?? null,
  lacks: 'has no id that can be one',
});
