/**
 * Shapes of templates, of their previews, and of what one may write in them.
 */
import { z } from 'zod';
import { instantSchema } from '../../domain/base/instant.js';
import { channelSchema, purposeSchema } from '../../domain/base/channels.js';
import { customerIdSchema } from '../../domain/base/keys.js';
import { moneySchema, toMoney } from '../../domain/base/money.js';
import type { TemplateFault } from '../../domain/offer/template-faults.js';
import type { RewardFacts } from '../../domain/wave/walk.js';
import { pageOf } from '../http/page.js';

export const contentSchema = z
  .strictObject({
    channel: channelSchema,
    title: z.string().min(1).max(200).nullish(),
    body: z.string().min(1).max(10_000),
  })
  .meta({ id: 'TemplateContent' });
export type TemplateContent = z.infer<typeof contentSchema>;

export const templateSchema = z
  .object({
    key: z.string(),
    version: z.int(),
    channel: channelSchema,
    title: z.string().nullable(),
    body: z.string(),
    variables: z.array(z.string()),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Template' });
export const usedTemplateSchema = z
  .object({
    ...templateSchema.shape,
    usedBy: z.array(z.string()).describe('campaigns that have not ended and whose draft names it, by key'),
  })
  .meta({ id: 'UsedTemplate' });
export const templatePageSchema = pageOf(usedTemplateSchema);
export const versionPageSchema = pageOf(templateSchema);

const rewardSchema = z.strictObject({
  amount: moneySchema,
  code: z.string().max(200).optional(),
  paidAt: instantSchema.optional(),
});
export const standInSchema = {
  purpose: purposeSchema.default('information'),
  reward: rewardSchema.optional().describe('stands in for what a payout would tell'),
};
export const previewOfSchema = z
  .strictObject({ customer: customerIdSchema, ...standInSchema })
  .meta({ id: 'TemplatePreviewOf' });
export const previewContentSchema = z
  .strictObject({
    content: contentSchema,
    customer: customerIdSchema
      .optional()
      .describe('left out: nobody; it is judged, and has the least size that it can have'),
    ...standInSchema,
  })
  .meta({ id: 'TemplatePreviewContent' });

const judgement = {
  ok: z.boolean().describe('false: this customer would not get it; of nobody: it could not be kept or sent'),
  faults: z.array(
    z.object({
      pointer: z.enum(['/title', '/body']),
      line: z.int().optional().describe('of that text, the first is 1'),
      column: z.int().optional(),
      detail: z.string(),
    }),
  ),
  variables: z.array(z.string()),
  reason: z.string().nullable().describe('undefined_variable, too_long, empty, unsafe_title or failed'),
  title: z.string().nullable(),
  body: z.string().nullable(),
  size: z
    .object({
      characters: z.int(),
      bytes: z.int().nullable().describe('of the body in EUC-KR (code page 949), where the channel counts them'),
      bytesMax: z.int().nullable(),
      unknown: z.array(z.string()).describe('characters that EUC-KR does not have'),
    })
    .nullable(),
  mail: z
    .object({ subject: z.string(), html: z.string() })
    .nullable()
    .describe('of an e-mail: the HTML that goes out beside the text'),
};
export const judgementSchema = z.object(judgement).meta({ id: 'TemplateJudgement' });
export const previewSchema = z
  .object({ key: z.string(), version: z.int(), channel: channelSchema, customer: z.string(), ...judgement })
  .meta({ id: 'TemplatePreview' });

export const fieldsSchema = z
  .object({
    variables: z
      .array(z.object({ name: z.string(), types: z.array(z.string()) }))
      .describe('customer.<attribute> as seen in a sample of customers; a template may read others'),
    tags: z.array(z.string()),
    filters: z.array(z.string()),
    particles: z.array(z.string()).describe('what the filter josa chooses between'),
    channels: z.array(
      z.object({
        channel: channelSchema,
        bytesMax: z.int().nullable(),
        gateways: z.array(z.string()).describe('that a test can be sent through'),
      }),
    ),
    marks: z
      .object({ lead: z.string(), ending: z.string() })
      .nullable()
      .describe('what an advertising text bears by the policy pack; null: there is none'),
  })
  .meta({ id: 'TemplateFields' });

export const toReward = (given: z.infer<typeof rewardSchema> | undefined): RewardFacts | undefined =>
  given && {
    amount: toMoney(given.amount),
    code: given.code ?? null,
    paidAt: given.paidAt ? Date.parse(given.paidAt) : null,
  };

/** As a field of a problem, whose `line` is a file's. */
export const toField = ({ pointer, line, column, detail }: TemplateFault) => ({
  pointer,
  detail: line === undefined ? detail : `${detail}, line:${line}, col:${column}`,
});
