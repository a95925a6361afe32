/**
 * Reports of replays at the edge. Pure. They name workflows, types and what the code does differently; what workflows carry is none of it.
 */
import { z } from 'zod';

export const buildSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/, 'is a PADO_BUILD');

export const BREAKS_MAX = 100;
const TYPES_MAX = 50;
const STAYING_MAX = 200;

const workflow = z.string().regex(/^[\x21-\x7e]{1,300}$/, 'is the id of a workflow');
const type = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,99}$/, 'is a type of workflows');
const n = z.int().min(0).max(100_000_000);

const found = {
  build: buildSchema.describe('that the workflows were replayed on'),
  types: z
    .array(z.strictObject({ type, fine: n.describe('would go on'), broken: n.describe('would break') }))
    .max(TYPES_MAX),
  breaks: z
    .array(z.strictObject({ workflow, type, reason: z.string().trim().min(1).max(300) }))
    .max(BREAKS_MAX)
    .describe('the first of them: which would break, and what the code does differently'),
  staying: z
    .array(z.strictObject({ build: z.string().min(1).max(100), open: n }))
    .max(STAYING_MAX)
    .describe('what stays on a build of its own and never meets this one'),
};

export const replayFoundSchema = z
  .strictObject(found)
  .refine(({ types, breaks }) => breaks.length <= types.reduce((sum, { broken }) => sum + broken, 0), {
    path: ['breaks'],
    message: 'are more than the types count',
  })
  .meta({ id: 'ReplayFound' });

export const replayReportSchema = z
  .object({
    no: z.int(),
    ...found,
    fine: n.describe('workflows that would go on'),
    broken: n.describe('workflows that would break'),
    actor: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ReplayReport' });

export const replayReportsSchema = z
  .object({ items: z.array(replayReportSchema).describe('the newest of each build, the newest first; 50 builds') })
  .meta({ id: 'ReplayReports' });
