/**
 * One customer's story at the edge: why they got what they got of one campaign, and the timeline over all of them.
 */
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { STAGES } from '../../domain/wave/why.js';
import { pageOf } from '../http/page.js';

const time = z.iso.datetime();

export const whyQuerySchema = z.object({
  campaign: keySchema,
  /** Of the campaign; by default the newest run that the customer is in. */
  run: z.string().max(40).optional(),
});

const findingSchema = z.object({
  at: time,
  decision: z.int().nullable().describe('number of the decision below; null for a fact of its own'),
  node: z.string().nullable(),
  visit: z.int().nullable(),
  code: z.string(),
  value: z.string().nullable(),
  says: z.string(),
});

export const whySchema = z
  .object({
    customer: z.string(),
    campaign: z.string(),
    run: z.string().nullable().describe('null: the customer never entered'),
    version: z.int().nullable().describe('launched version; null: the draft as it is now'),
    expiredAt: time
      .nullable()
      .describe('since when only what money rests on is kept of the run’s decisions; null: all of them'),
    basis: z.enum(['decided', 'today']).describe('today: never entered, judged by the facts of `asOf`'),
    asOf: time,
    answer: z.string().describe('in one sentence'),
    stages: z.array(z.object({ stage: z.enum(STAGES), findings: z.array(findingSchema) })),
    sends: z.array(z.object({ node: z.string(), visit: z.int(), outcome: z.string(), reason: z.string().nullable() })),
    decisions: z.array(
      z.object({
        no: z.int(),
        at: time,
        kind: z.string(),
        build: z.string(),
        versions: z.unknown(),
        gateVersion: z.int(),
        attrVersion: z.int(),
      }),
    ),
    runs: z.array(z.object({ run: z.string(), version: z.int(), startedAt: time, entered: z.boolean() })),
  })
  .meta({ id: 'Why' });

export const timelineItemSchema = z
  .object({
    at: time,
    kind: z.enum(['decision', 'gate', 'event', 'response', 'receipt', 'payout', 'link']),
    run: z.string().nullable(),
    campaign: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineItem' });
export const timelinePageSchema = pageOf(timelineItemSchema);
