/**
 * Lucky boxes at the edge: the commitment from the opening on, the seed from the close on, and never before.
 */
import { z } from 'zod';
import { moneySchema, toMoneyJson } from '../../domain/base/money.js';
import { payoutKindSchema } from '../../domain/base/payout-kinds.js';
import { NOTHING, type Prize } from '../../domain/ledger/lucky-box.js';
import { worstCase } from '../../domain/ledger/lucky-box-terms.js';
import type { Closing, LuckyBox } from '../../storage/lucky-boxes.store.js';
import { pageOf } from '../http/page.js';

export const closingSchema = z.strictObject({ reason: z.string().min(1).max(500) }).meta({ id: 'LuckyBoxClosing' });

const count = z.int().min(0);
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime().nullable();
const minor = z.string().describe('integer minor units');
const prizeSchema = z
  .object({
    name: z.string(),
    kind: z.enum([...payoutKindSchema.options, NOTHING]),
    amount: moneySchema.nullable().describe('null of nothing'),
    weight: count,
    stock: count.nullable().describe('null: without end'),
    drawn: count,
  })
  .meta({ id: 'LuckyPrizeDrawn' });

export const boxSchema = z
  .object({
    key: z.string(),
    name: z.string(),
    currency: z.string(),
    state: z.enum(['draft', 'open', 'closed']),
    prizes: z.array(prizeSchema),
    fallback: prizeSchema,
    worstCase: z.object({
      stock: minor.describe('what all stock together comes to'),
      perFallback: minor.describe('what each draw comes to when all stock is gone'),
    }),
    drawn: count.describe('draws so far, the last number'),
    terms: z.string().nullable().describe('what is committed to; from the opening on'),
    commitment: hex.nullable().describe('SHA-256 of the 32 bytes of the seed and the UTF-8 of the terms'),
    seed: hex.nullable().describe('revealed at the close'),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    openedAt: time,
    closedAt: time,
    closedBy: z.string().nullable(),
    closeReason: z.string().nullable(),
  })
  .meta({ id: 'LuckyBox' });
export const boxPageSchema = pageOf(boxSchema);

export function presentBox({ prizes, ...box }: LuckyBox) {
  const present = ({ amountMinor, ...prize }: Prize & { drawn: number }) => {
    const amount = prize.kind === NOTHING ? null : toMoneyJson({ minor: amountMinor, currency: box.currency });
    return { ...prize, amount };
  };
  const { stockMinor, perFallbackMinor } = worstCase(prizes);
  const shown = prizes.map(present);
  return {
    ...box,
    prizes: shown.slice(0, -1),
    fallback: shown.at(-1),
    worstCase: { stock: String(stockMinor), perFallback: String(perFallbackMinor) },
    drawn: prizes.reduce((sum, { drawn }) => sum + drawn, 0),
  };
}

export const CLOSING_SAID: Record<Exclude<Closing, 'done'>, string> = {
  not_open: 'The box is not open.',
  no_key: 'No key of PADO_BOX_KEYS opens its seed here.',
  campaign_not_ended: 'A campaign that names it has not ended: it may start again.',
  run_open: 'A run that draws from it is still open.',
  late_may_draw: 'A late response may still draw from it.',
};
