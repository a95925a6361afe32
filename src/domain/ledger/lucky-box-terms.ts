/**
 * A lucky box as it is defined: shapes, and what must fit together, each fault at its field.
 */
import { z } from 'zod';
import { currencySchema, moneySchema } from '../base/money.js';
import { payoutKindSchema } from '../base/payout-kinds.js';
import { NOTHING, type BoxTerms, type Prize } from './lucky-box.js';

const DIGITS = /^[0-9]+$/;
/** Without control characters, and in words that clients in other languages can generate from, too. */
const ONE_LINE = /^[ -~\u00a0-\uffff]{1,100}$/;
const WEIGHT_MAX = 1_000_000_000;
const STOCK_MAX = 1_000_000_000;
/** Of all stock together, in minor units: what is added up stays a safe integer. */
const COST_MAX = BigInt(Number.MAX_SAFE_INTEGER);

const prize = {
  name: z.string().regex(ONE_LINE, 'is 1 to 100 characters of one line'),
  kind: z.enum([...payoutKindSchema.options, NOTHING]),
  amount: moneySchema.optional().describe('of everything but `nothing`'),
};
const prizeSchema = z
  .strictObject({
    ...prize,
    weight: z.int().min(1).max(WEIGHT_MAX).describe('the odds, out of the sum of all weights'),
    stock: z.int().min(1).max(STOCK_MAX).describe('how many there are'),
  })
  .meta({ id: 'LuckyPrize' });
const fallbackSchema = z
  .strictObject({
    ...prize,
    weight: z.int().min(0).max(WEIGHT_MAX).default(0).describe('the odds to draw it although everything is in stock'),
  })
  .meta({ id: 'LuckyFallback' });

export const boxContentSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    currency: currencySchema,
    prizes: z.array(prizeSchema).min(1).max(50),
    fallback: fallbackSchema.describe('without end: for whoever draws a prize that is out of stock'),
  })
  .superRefine(({ currency, prizes, fallback }, ctx) => {
    const fault = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message });
    const given = [...prizes.map((one, n) => ({ one, path: ['prizes', n] })), { one: fallback, path: ['fallback'] }];
    const names = new Set<string>();
    for (const { one, path } of given) {
      if ((one.kind === NOTHING) !== (one.amount === undefined))
        fault([...path, 'amount'], one.kind === NOTHING ? 'is nothing' : 'is needed');
      if (one.amount && one.amount.currency !== currency)
        fault([...path, 'amount', 'currency'], `is not the box's ${currency}`);
      if (names.has(one.name)) fault([...path, 'name'], 'is another prize’s');
      names.add(one.name);
    }
    let cost = 0n;
    for (const [n, { amount, stock }] of prizes.entries()) {
      cost +=
        Number.isInteger(stock) && amount && DIGITS.test(amount.value) ? BigInt(amount.value) * BigInt(stock) : 0n;
      if (cost > COST_MAX) return fault(['prizes', n, 'stock'], `comes to more than ${COST_MAX} with those before it`);
    }
  })
  .meta({ id: 'LuckyBoxContent' });
export type BoxContent = z.infer<typeof boxContentSchema>;

export function termsOf(key: string, { currency, prizes, fallback }: BoxContent): BoxTerms {
  const all = [...prizes, { ...fallback, stock: null }];
  return {
    key,
    currency,
    prizes: all.map(({ name, kind, amount, weight, stock }): Prize => {
      return { name, kind, amountMinor: Number(amount?.value ?? 0), weight, stock };
    }),
  };
}

/** The most that a box can cost, in minor units: all of its stock, and then each further draw. */
export function worstCase(prizes: readonly Prize[]): { stockMinor: number; perFallbackMinor: number } {
  const stockMinor = prizes.reduce((sum, { amountMinor, stock }) => sum + amountMinor * (stock ?? 0), 0);
  return { stockMinor, perFallbackMinor: prizes.at(-1)?.amountMinor ?? 0 };
}
