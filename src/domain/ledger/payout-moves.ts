/**
 * The one table of allowed payout moves (design, section 5) and the transfer that each one posts. State moves only along it.
 */
import type { EpochMs } from '../base/time.js';

export const PAYOUT_STATES = [
  'intended',
  'approved',
  'submitting',
  'accepted',
  'ambiguous',
  'held',
  'paid',
  'rejected',
  'settled',
  'reversed',
  'cancelled',
] as const;
export type PayoutState = (typeof PAYOUT_STATES)[number];

const MOVES: Record<PayoutState, readonly PayoutState[]> = {
  intended: ['approved', 'submitting', 'held', 'cancelled'],
  approved: ['submitting', 'held', 'cancelled'],
  // intended and approved again only as "back to where it came from": the attempt closed not_acted
  submitting: ['accepted', 'paid', 'rejected', 'ambiguous', 'held', 'intended', 'approved'],
  accepted: ['paid', 'rejected', 'ambiguous'],
  ambiguous: ['accepted', 'paid', 'rejected', 'submitting', 'held'],
  held: ['approved', 'accepted', 'paid', 'rejected', 'cancelled'],
  paid: ['settled', 'reversed'],
  settled: ['reversed'],
  rejected: [],
  reversed: [],
  cancelled: [],
};

export type MoveVerdict = 'move' | 'same' | 'contradiction';

/** `same`: a repeat, nothing to do. `contradiction`: a break for finance, never a move. */
export function judgeMove(from: PayoutState, to: PayoutState): MoveVerdict {
  if (from === to) return 'same';
  return MOVES[from].includes(to) ? 'move' : 'contradiction';
}

/** What a provider says it has taken back, it had paid: where nobody has heard of that, the payout moves to `paid` first. */
export const impliesPaid = (from: PayoutState, to: PayoutState): boolean =>
  to === 'reversed' && judgeMove(from, 'paid') === 'move';

export type TransferKind =
  'fund' | 'raise' | 'cut' | 'return' | 'reserve' | 'release' | 'pay' | 'settle' | 'reverse' | 'write_up' | 'write_off';
export type AccountKind = 'funding' | 'budget' | 'reserved' | 'clearing' | 'settled' | 'suspense';

/** Debit and credit account of each transfer; balances are debits minus credits. */
export const TRANSFERS: Record<TransferKind, { debit: AccountKind; credit: AccountKind }> = {
  fund: { debit: 'budget', credit: 'funding' },
  // by two persons: more, less, and what is left over when it closes
  raise: { debit: 'budget', credit: 'funding' },
  cut: { debit: 'funding', credit: 'budget' },
  return: { debit: 'funding', credit: 'budget' },
  reserve: { debit: 'reserved', credit: 'budget' },
  release: { debit: 'budget', credit: 'reserved' },
  pay: { debit: 'clearing', credit: 'reserved' },
  settle: { debit: 'settled', credit: 'clearing' },
  reverse: { debit: 'budget', credit: 'clearing' },
  // what a provider's settlement says beyond our books, and what it does not say
  write_up: { debit: 'clearing', credit: 'suspense' },
  write_off: { debit: 'suspense', credit: 'clearing' },
};

/** The transfer that a move posts, in the transaction that makes it. */
export function transferOf(to: PayoutState): TransferKind | null {
  switch (to) {
    case 'paid':
      return 'pay';
    case 'rejected':
    case 'cancelled':
      return 'release';
    case 'settled':
      return 'settle';
    case 'reversed':
      return 'reverse';
    default:
      return null;
  }
}

/**
 * When it happened, as the books have it: a payment when the provider says, whose clock may be off, so not before the intent and not after we
 * learnt of it; everything else when it was decided or learnt.
 */
export function happenedAt(
  to: PayoutState,
  { paidAt, decidedAt, now }: { paidAt: EpochMs | null; decidedAt: EpochMs; now: EpochMs },
): EpochMs {
  if (to !== 'paid' || paidAt === null) return now;
  return Math.min(Math.max(paidAt, decidedAt), now);
}

const OF_PROVIDER: readonly AccountKind[] = ['clearing', 'settled', 'suspense'];

/** Key of an account: budget:<budget>, reserved:…, funding:…, clearing:<provider>, settled:…, suspense:…. */
export function accountKey(kind: AccountKind, owner: { budget: string; provider: string }): string {
  return `${kind}:${OF_PROVIDER.includes(kind) ? owner.provider : owner.budget}`;
}
