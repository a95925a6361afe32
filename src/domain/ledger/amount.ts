/**
 * What a reward is worth: fixed, by tiers of a number, a share of a number, by rules over the customer, or drawn from a lucky box. Whole minor units, never rounded up;
 * where nothing applies there is no reward, which is an outcome of its own.
 */
import { z } from 'zod';
import { keySchema } from '../base/keys.js';
import { currencySchema, minorSchema, moneySchema, type Money } from '../base/money.js';
import { prepareRule, type RuleCustomer } from '../segment/evaluate.js';
import { ruleSchema } from '../segment/rule.js';

/** Where the number comes from: of the customer, or of the event that answered the last wait before the reward. */
const source = z
  .string()
  .regex(/^(attribute|response)\.[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'is attribute.<name> or response.<property>')
  .describe('attribute.<name> of the customer, or response.<property> of the event that answered the last wait before');

const tier = z.strictObject({ from: z.number().min(0).describe('applies from this number on'), value: minorSchema });

export const amountSchema = z
  .union([
    moneySchema,
    z
      .strictObject({ currency: currencySchema, by: source, tiers: z.array(tier).min(1).max(50) })
      .refine(({ tiers }) => tiers.every(({ from }, n) => n === 0 || from > (tiers[n - 1]?.from ?? 0)), {
        path: ['tiers'],
        message: 'rise from one to the next',
      }),
    z
      .strictObject({
        currency: currencySchema,
        by: source.describe('a number of minor units'),
        percent: z.number().min(0.01).max(100).multipleOf(0.01),
        max: minorSchema.describe('the reward is cut to it'),
        min: minorSchema.optional().describe('below it there is no reward'),
      })
      .refine(({ min, max }) => min === undefined || Number(min) <= Number(max), {
        path: ['min'],
        message: 'is more than max',
      }),
    z.strictObject({
      currency: currencySchema,
      rules: z
        .array(z.strictObject({ when: ruleSchema, value: minorSchema }))
        .min(1)
        .max(20)
        .describe('the first that holds of the customer'),
      otherwise: minorSchema.optional().describe('where none holds; without it there is no reward'),
    }),
    z.strictObject({ currency: currencySchema, box: keySchema.describe('of the lucky box that it is drawn from') }),
  ])
  .meta({ id: 'RewardAmount' });
export type RewardAmount = z.infer<typeof amountSchema>;

/** Of a reward that is drawn; null for all others. */
export const boxOf = (amount: RewardAmount): string | null => ('box' in amount ? amount.box : null);

export type NumberSource = { of: 'attribute' | 'response'; name: string };

/** Null for an amount that needs no number. */
export function sourceOf(amount: RewardAmount): NumberSource | null {
  if (!('by' in amount)) return null;
  const dot = amount.by.indexOf('.');
  return { of: amount.by.slice(0, dot) as 'attribute' | 'response', name: amount.by.slice(dot + 1) };
}

export interface AmountFacts {
  customer: RuleCustomer;
  /** Of the event that answered; null where none did. */
  response: Readonly<Record<string, unknown>> | null;
}

/** `basis`: what it was computed from, as the trace says it; null for a fixed amount. `money` null: nothing applies. */
export interface Computed {
  money: Money | null;
  basis: string | null;
}
export type PreparedAmount = (facts: AmountFacts) => Computed;

/** Errors: of a drawn one nothing is computed. */
export function prepareAmount(amount: RewardAmount): PreparedAmount {
  if ('box' in amount) throw new Error('invariant: what a lucky box gives is drawn with the claim');
  const { currency } = amount;
  const of = (minor: number | null): Money | null => (minor === null ? null : { minor, currency });
  if ('value' in amount) {
    const fixed = { money: of(Number(amount.value)), basis: null };
    return () => fixed;
  }
  if ('rules' in amount) {
    const rules = amount.rules.map(({ when, value }) => ({ holds: prepareRule(when), minor: Number(value) }));
    const otherwise = amount.otherwise === undefined ? null : Number(amount.otherwise);
    return ({ customer }) => {
      const first = rules.findIndex(({ holds }) => holds(customer));
      const rule = rules[first];
      return rule ? { money: of(rule.minor), basis: `rule${first}` } : { money: of(otherwise), basis: 'otherwise' };
    };
  }
  const { of: from, name } = sourceOf(amount) as NumberSource;
  const compute = 'tiers' in amount ? byTiers(amount) : byShare(amount);
  return ({ customer, response }) => {
    const base = numberIn(from === 'attribute' ? customer.attributes : (response ?? {}), name);
    return base === null ? { money: null, basis: 'missing' } : { money: of(compute(base)), basis: String(base) };
  };
}

function byTiers({ tiers }: Extract<RewardAmount, { tiers: unknown }>): (base: number) => number | null {
  const rising = tiers.map(({ from, value }) => ({ from, minor: Number(value) }));
  return (base) => rising.findLast(({ from }) => base >= from)?.minor ?? null;
}

/** Hundredths of a percent of the whole part, cut off below one minor unit. */
function byShare(amount: Extract<RewardAmount, { percent: number }>): (base: number) => number | null {
  const share = BigInt(Math.round(amount.percent * 100));
  const max = BigInt(amount.max);
  const min = BigInt(amount.min ?? '1');
  return (base) => {
    const part = (BigInt(Math.trunc(base)) * share) / 10_000n;
    const cut = part > max ? max : part;
    return cut < min ? null : Number(cut);
  };
}

/** A number of zero or more; anything else is as good as none. */
function numberIn(values: Readonly<Record<string, unknown>>, name: string): number | null {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Rules within an amount, each with its pointer into the node. */
export function rulesOf(amount: RewardAmount): { pointer: string; rule: z.infer<typeof ruleSchema> }[] {
  if (!('rules' in amount)) return [];
  return amount.rules.map(({ when }, n) => ({ pointer: `/amount/rules/${n}/when`, rule: when }));
}
