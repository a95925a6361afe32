/**
 * A lucky box as one types it, and as the API takes it. What is no number goes as it is: the API says so at its field.
 */
import type { LuckyBox, LuckyBoxContent } from '../client/types.gen.js';
import { decimalOf } from '../format/money.js';
import { amountOf } from '../parts/money-field.js';

export const PRIZE_KINDS = ['cashback', 'coupon', 'point', 'nothing'] as const;
export type PrizeKind = (typeof PRIZE_KINDS)[number];

export interface PrizeDraft {
  name: string;
  kind: PrizeKind;
  amount: string;
  weight: string;
  /** Empty of the one without end. */
  stock: string;
}
export interface BoxDraft {
  key: string;
  name: string;
  currency: string;
  prizes: readonly PrizeDraft[];
  fallback: PrizeDraft;
}

export const NEW_PRIZE: PrizeDraft = { name: '', kind: 'cashback', amount: '', weight: '', stock: '' };
export const NEW_BOX: BoxDraft = {
  key: '',
  name: '',
  currency: 'KRW',
  prizes: [NEW_PRIZE],
  fallback: { name: '', kind: 'nothing', amount: '', weight: '0', stock: '' },
};

export function draftOf({ key, name, currency, prizes, fallback }: LuckyBox): BoxDraft {
  const one = (prize: LuckyBox['fallback']): PrizeDraft => ({
    name: prize.name,
    kind: prize.kind,
    amount: prize.amount ? decimalOf(prize.amount.value, currency) : '',
    weight: String(prize.weight),
    stock: prize.stock === null ? '' : String(prize.stock),
  });
  return { key, name, currency, prizes: prizes.map(one), fallback: one(fallback) };
}

const numberOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) : (text as never));

export function contentOf({ name, currency, prizes, fallback }: BoxDraft): LuckyBoxContent {
  const one = (prize: PrizeDraft) => ({
    name: prize.name,
    kind: prize.kind,
    weight: numberOf(prize.weight),
    ...(prize.kind === 'nothing'
      ? {}
      : { amount: { value: amountOf(prize.amount, currency) ?? prize.amount, currency } }),
  });
  return {
    name,
    currency,
    prizes: prizes.map((prize) => ({ ...one(prize), stock: numberOf(prize.stock) })),
    fallback: one(fallback),
  };
}

/** How many prizes there are, what all of them come to in minor units, and the sum of all odds; null where something is no number yet. */
export function sumsOf({
  prizes,
  fallback,
  currency,
}: BoxDraft): { stock: bigint; cost: bigint; weights: number } | null {
  const all = [...prizes, { ...fallback, stock: '0' }];
  const isWhole = (text: string) => /^\d+$/.test(text);
  const amounts = all.map(({ kind, amount }) => (kind === 'nothing' ? '0' : amountOf(amount, currency)));
  if (!all.every(({ stock, weight }) => isWhole(stock) && isWhole(weight)) || amounts.includes(null)) return null;
  return {
    stock: all.reduce((sum, { stock }) => sum + BigInt(stock), 0n),
    cost: all.reduce((sum, { stock }, n) => sum + BigInt(stock) * BigInt(amounts[n] ?? '0'), 0n),
    weights: all.reduce((sum, { weight }) => sum + Number(weight), 0),
  };
}
