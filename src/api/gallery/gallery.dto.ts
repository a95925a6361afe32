/**
 * The gallery at the edge: what there is, its blanks, and a draft made of one.
 */
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { moneySchema } from '../../domain/base/money.js';
import { BLANK_KINDS, type Blanks } from '../../domain/gallery/blanks.js';
import { KEY_MAX } from '../../domain/gallery/gallery.js';
import type { Ready } from '../../domain/gallery/ready.js';
import { campaignAnswerSchema, validationSchema } from '../campaigns/campaigns.dto.js';

const words = z.object({ en: z.string(), ko: z.string() }).meta({ id: 'Words' });
const value = z.union([z.string().max(2_000), moneySchema]);

const blankSchema = z
  .object({
    name: z.string(),
    kind: z.enum(BLANK_KINDS).describe('which shape its value has, and what may be offered for it'),
    label: words,
    preset: value.nullable().describe('its value where none is given; null: it has to be filled in'),
  })
  .meta({ id: 'GalleryBlank' });

export const gallerySchema = z
  .object({
    items: z.array(
      z
        .object({ key: z.string(), name: words, what: words, blanks: z.array(blankSchema) })
        .meta({ id: 'ReadyCampaign' }),
    ),
  })
  .meta({ id: 'Gallery' });

export const fillSchema = z
  .strictObject({
    key: keySchema
      .refine((key) => key.length <= KEY_MAX, `has at most ${KEY_MAX} characters: those of its templates begin with it`)
      .describe('of the campaign that is made'),
    name: z.string().trim().min(1).max(200),
    values: z.record(z.string().max(64), value).default({}).describe('by blank'),
  })
  .meta({ id: 'GalleryFill' });

export const filledSchema = z
  .object({
    campaign: campaignAnswerSchema,
    segment: z.string(),
    templates: z.array(z.string()),
    faults: validationSchema.shape.faults.describe('what keeps the draft from being launched'),
  })
  .meta({ id: 'GalleryFilled' });

const listed = (blanks: Blanks) =>
  Object.entries(blanks).map(([name, { preset = null, ...blank }]) => ({ name, ...blank, preset }));
export const presented = ({ key, name, what, blanks }: Ready) => ({ key, name, what, blanks: listed(blanks) });
