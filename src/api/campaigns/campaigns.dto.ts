/**
 * Campaigns at the edge: the draft, its state, the verdict of a validation, a launch.
 */
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { campaignSchema } from '../../domain/journey/definition.js';
import type { CampaignRecord } from '../../storage/campaigns.store.js';
import { pageOf } from '../http/page.js';

/** A draft; `key` may be left out, it is in the path. */
export const draftSchema = campaignSchema.extend({ key: keySchema.optional() }).meta({ id: 'CampaignDraft' });

const summary = {
  key: z.string(),
  name: z.string(),
  state: z.enum(['draft', 'validated', 'approved', 'launched', 'ended']),
  control: z.enum(['running', 'paused', 'stopped']).describe('of its switch'),
  revision: z.int(),
  version: z.int().nullable().describe('newest launched version'),
  editedBy: z.string(),
  approvedBy: z.string().nullable(),
  contentHash: z.string().nullable(),
  updatedAt: z.iso.datetime(),
};
export const campaignAnswerSchema = z.object({ ...summary, draft: campaignSchema }).meta({ id: 'CampaignRecord' });
export const campaignPageSchema = pageOf(z.object(summary).meta({ id: 'CampaignSummary' }));

const faults = z.array(z.object({ pointer: z.string(), detail: z.string() }));
const warnings = faults.describe(
  'what keeps nobody from launching, and should be known before: coupons that may run out',
);

export const validationSchema = z
  .object({
    valid: z.boolean(),
    state: summary.state,
    contentHash: z.string().nullable(),
    faults,
    warnings,
  })
  .meta({ id: 'CampaignValidation' });

export const judgedSchema = z
  .object({
    valid: z.boolean(),
    faults,
    warnings,
    draft: campaignSchema.describe('as it would be kept, defaults filled in'),
  })
  .meta({ id: 'CampaignJudged' });

export const launchSchema = z
  .strictObject({
    trigger: keySchema
      .refine((key) => !/^(slot|entries)-/.test(key), 'begins with slot- or entries-, which are ours')
      .default('now'),
    entrants: z.boolean().default(false).describe('the run stays open for single entrants until it is stopped'),
  })
  .meta({ id: 'Launch' });
export const launchedSchema = z
  .object({
    run: z.string().nullable().describe('null where the campaign starts later'),
    campaign: z.string(),
    version: z.int(),
    trigger: z.string().nullable(),
    nextStart: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Launched' });

export const summarise = ({ draft: _draft, ...campaign }: CampaignRecord) => campaign;
