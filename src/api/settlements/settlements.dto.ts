/**
 * Settlements, matches and breaks at the edge. Amounts are texts of integer minor units; a payout's key is the only thing that names anybody.
 */
import { z } from 'zod';
import { BREAK_CLASSES, BREAK_STATES, daySchema, RESOLUTIONS } from '../../domain/ledger/settlement.js';
import type { SettlementBreak } from '../../storage/settlement-breaks.store.js';
import type { SettlementDay } from '../../storage/settlement-days.store.js';
import { tableHeadSchema } from '../files/table.js';
import { otherCursor, pageOf, pageQuerySchema, readCursor } from '../http/page.js';

const time = z.iso.datetime();
export const providerSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is the name of a provider');
const of = { provider: providerSchema.optional(), day: daySchema.optional().describe('in the provider’s zone') };

export const ofDaysQuerySchema = pageQuerySchema.extend(of);
export const uploadQuerySchema = z.object({
  preview: z.enum(['true', 'false']).default('false').describe('true: says how it is read, and keeps nothing'),
});

const fileSchema = z
  .object({
    id: z.string().describe('<provider>@<day>@<version>'),
    provider: z.string(),
    day: z.iso.date(),
    version: z.int().describe('the newest of a day is in force'),
    source: z.enum(['fetched', 'uploaded']),
    sha256: z.string().describe('of the file’s bytes, in hex'),
    rows: z.int(),
    actor: z.string(),
    at: time,
  })
  .meta({ id: 'SettlementFile' });
export const filePageSchema = pageOf(fileSchema);
export const keptSchema = z
  .object({
    file: fileSchema.describe('in force from now on; of a preview the one that it would be'),
    unchanged: z.boolean().describe('the same bytes are in force already'),
    head: tableHeadSchema.nullable().describe('of a preview'),
  })
  .meta({ id: 'SettlementKept' });

const matchSchema = z
  .object({
    no: z.int(),
    provider: z.string(),
    day: z.iso.date(),
    file: z.string().describe('the settlement that was in force'),
    posted: z.int().describe('payments and reversals of the day in the ledger'),
    rows: z.int().describe('of the settlement'),
    matched: z.int().describe('rows of which nothing differs'),
    opened: z.int().describe('breaks that are new, came back, or say something else now'),
    explained: z.int(),
    actor: z.string(),
    at: time,
  })
  .meta({ id: 'SettlementMatch' });
export const matchPageSchema = pageOf(matchSchema);
export const matchedSchema = z
  .object({
    match: matchSchema,
    changed: z.boolean().describe('false: it found what the one before it had found, which is told'),
    open: z.int().describe('open breaks of the day'),
    settled: z.int().describe('payouts that it confirmed now'),
  })
  .meta({ id: 'SettlementMatched' });

export const daysQuerySchema = pageQuerySchema.extend({
  provider: providerSchema.optional(),
  from: daySchema.optional().describe('that day or later'),
  to: daySchema.optional().describe('that day or earlier'),
});
const minor = z.string().describe('integer minor units');
export const dayPageSchema = pageOf(
  z
    .object({
      provider: z.string(),
      day: z.iso.date(),
      state: z
        .enum(['missing', 'unmatched', 'differs', 'matched'])
        .describe('no settlement; one that was not matched since; open breaks; nothing open'),
      file: fileSchema
        .pick({ id: true, version: true, source: true, rows: true, at: true })
        .nullable()
        .describe('in force'),
      match: matchSchema
        .pick({ no: true, file: true, posted: true, rows: true, matched: true, at: true })
        .nullable()
        .describe('the last one'),
      open: z.int().describe('breaks'),
      sums: z.array(
        z.object({
          currency: z.string(),
          settlement: minor.describe('of the settlement in force, in integer minor units, net of what was taken back'),
          open: minor.describe('theirs minus ours by open breaks, in integer minor units'),
        }),
      ),
    })
    .meta({ id: 'SettlementDay' }),
).meta({ id: 'SettlementDayPage' });

export const breaksQuerySchema = pageQuerySchema.extend({
  ...of,
  class: z.enum(BREAK_CLASSES).optional(),
  state: z.enum(BREAK_STATES).optional(),
  assignee: z.string().min(1).max(100).optional(),
});
const reason = z.string().min(1).max(500);
const resolution = z.enum(RESOLUTIONS);
const breakFields = {
  id: z.string(),
  provider: z.string(),
  day: z.iso.date(),
  class: z.enum(BREAK_CLASSES),
  payout: z.string().describe('its key, as either side has it'),
  reversal: z.boolean(),
  facts: z.record(z.string(), z.unknown()).describe('what each side says; empty: nothing any more'),
  difference: minor.nullable().describe('theirs minus ours; null: not one of money in one currency'),
  currency: z.string().nullable(),
  compensated: minor.describe('of it, what was booked'),
  state: z.enum(BREAK_STATES),
  openedAt: time,
  ageDays: z.int().describe('whole days since then, as of now'),
  assignee: z.string().nullable(),
  resolution: resolution.nullable(),
  reason: z.string().nullable(),
  proposedBy: z.string().nullable(),
  approvedBy: z.string().nullable(),
  resolvedAt: time.nullable(),
  proposed: z
    .object({
      resolution,
      reason: z.string(),
      by: z.string(),
      at: time,
      tag: z.string().describe('of all that it says and is about: an approval names it by If-Match'),
    })
    .nullable(),
};
export const breakSchema = z.object(breakFields).meta({ id: 'SettlementBreak' });
export const breakPageSchema = pageOf(breakSchema);
export const breakDetailSchema = z
  .object({
    ...breakFields,
    moves: z.array(
      z.object({
        from: z.string().nullable(),
        to: z.string(),
        cause: z.string().describe('match/<no> or person:<id>'),
        reason: z.string().nullable(),
        facts: z.record(z.string(), z.unknown()),
        transfer: z.string().nullable().describe('that compensates'),
        at: time,
      }),
    ),
  })
  .meta({ id: 'SettlementBreakDetail' });

export const assignSchema = z
  .strictObject({ assignee: z.string().trim().min(1).max(100).nullable().describe('null: nobody') })
  .meta({ id: 'BreakAssignment' });
export const resolveSchema = z
  .strictObject({
    resolution: resolution.describe('accept: it stays as it is; compensate: the difference is booked'),
    reason,
  })
  .meta({ id: 'BreakResolution' });

const DAY_MS = 86_400_000;

/** `now`: business time, epoch ms. */
export function presentBreak({ key, difference, compensated, ...one }: SettlementBreak, now: number) {
  return {
    ...one,
    payout: key,
    difference: difference === null ? null : String(difference),
    compensated: String(compensated),
    ageDays: Math.max(0, Math.floor((now - one.openedAt.getTime()) / DAY_MS)),
  };
}

export function presentDay(one: SettlementDay) {
  return { ...one, state: stateOf(one) };
}

function stateOf({ file, match, open }: SettlementDay) {
  if (file === null) return 'missing';
  if (match?.file !== file.id) return 'unmatched';
  return open > 0 ? 'differs' : 'matched';
}

export const dayCursor = ({ day, provider }: SettlementDay): string => `${day} ${provider}`;

/** Errors: 400 where the cursor is not one of ours. */
export function readDayCursor(cursor: string | undefined): { day: string; provider: string } | null {
  if (cursor === undefined) return null;
  const [, day, provider] = /^(\d{4}-\d{2}-\d{2}) ([a-z0-9-]{1,40})$/.exec(readCursor(cursor)) ?? [];
  if (day === undefined || provider === undefined || !daySchema.safeParse(day).success) throw otherCursor();
  return { day, provider };
}

export const breakCursor = ({ openedAt, id }: SettlementBreak): string => `${openedAt.getTime()} ${id}`;

/** Errors: 400 where the cursor is not one of ours. */
export function readBreakCursor(cursor: string | undefined): { openedAt: number; id: string } | null {
  if (cursor === undefined) return null;
  const [, openedAt, id] = /^(\d{1,15}) ([0-9a-f]{32})$/.exec(readCursor(cursor)) ?? [];
  if (openedAt === undefined || id === undefined) throw otherCursor();
  return { openedAt: Number(openedAt), id };
}
