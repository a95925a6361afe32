/**
 * The formats of the two books: append-only JSON Lines (UTF-8, one object and one LF per line), written before the
 * reply is sent. A book is the truth of its system: a payment or a message exists if and only if its line is there.
 *
 * Common to every line:
 * - `type`  what happened, see each interface; a reader skips types that it does not know.
 * - `at`    business time, RFC 3339 UTC with milliseconds; `wall` the machine's time, epoch milliseconds.
 * - keys, ids and references are 1 to 128 of `[A-Za-z0-9_.:/-]`; hashes are SHA-256 as 64 lower-case hex digits.
 *
 * Order of lines is the order in which the system acted. Neither book holds an address, an account or a message text.
 */

interface Stamped {
  at: string;
  wall: number;
}

/** One act of deciding a payout. A key that was paid twice has two `payment` lines with different `reference`. */
interface PayoutFacts extends Stamped {
  /** The payout's key, as in `Idempotency-Key`. */
  key: string;
  /** The provider's own id of this act; the `accepted` line and the decision that follows it share one. */
  reference: string;
  /** 1 for the first act under this key, 2 when the provider acted again (not idempotent, or after its window), … */
  act: number;
  /** Which request for this key led to the act, counted from 1; requests that were not acted on count too. */
  attempt: number;
  /** Integer minor units as a decimal string, as received. */
  amount: string;
  /** ISO 4217. */
  currency: string;
  kind: PayoutKind;
  /** The customer's id, never the account. */
  customer: string;
  campaign: string | null;
  run: string | null;
  /** Of the request's bytes. */
  bodySha256: string;
}

export type PayoutKind = 'cashback' | 'coupon' | 'point';

/** Money left: the one line type that is a payment. `paidAt` equals `at`. `code` for coupons only. */
export interface PaymentLine extends PayoutFacts {
  type: 'payment';
  status: 'paid';
  paidAt: string;
  code?: string;
}

/** Taken, to be decided later by a `payment` or `rejection` line with the same `reference`; no money left yet. */
export interface AcceptedPayoutLine extends PayoutFacts {
  type: 'accepted';
  status: 'accepted';
}

/** Refused for good. `via`: `http422`, `status` (201 with status rejected) or `decision` (after `accepted`). */
export interface PayoutRejectionLine extends PayoutFacts {
  type: 'rejection';
  status: 'rejected';
  reason: string;
  via: 'http422' | 'status' | 'decision';
}

interface ReversalFacts extends Stamped {
  /** The payout's key. */
  key: string;
  /** `<key>/r<n>`, the reversal's own idempotency key. */
  reversalKey: string;
  /** Of this reversal. */
  reference: string;
  attempt: number;
  bodySha256: string;
}

/** Money came back: takes back the payment line whose `reference` is `paymentReference`, with its full amount. */
export interface ReversalLine extends ReversalFacts {
  type: 'reversal';
  status: 'reversed';
  paymentReference: string;
  /** Positive, as on the payment. */
  amount: string;
  currency: string;
}

/** A reversal refused: `not_paid`, `already_reversed`, `unknown_payout` or a drawn fault. */
export interface ReversalRejectionLine extends ReversalFacts {
  type: 'reversal_rejection';
  status: 'rejected';
  reason: string;
  via: 'http422' | 'status';
}

/** The decision about an accepted payout was told by callback and acknowledged with 2xx. Moves no money. */
export interface CallbackLine extends Stamped {
  type: 'callback';
  key: string;
  reference: string;
  status: 'paid' | 'rejected';
}

export type PayoutLine = PaymentLine | AcceptedPayoutLine | PayoutRejectionLine;
export type ProviderLine = PayoutLine | ReversalLine | ReversalRejectionLine | CallbackLine;

/** Facts of one message; an id that was sent twice has two `message` lines with different `reference`. */
interface MessageFacts extends Stamped {
  /** The message's id, its idempotency key. */
  id: string;
  reference: string;
  /** As for payouts: acts and requests under this id, counted from 1. */
  act: number;
  attempt: number;
  channel: Channel;
  /** SHA-256 of the address as received (UTF-8). */
  to: string;
  advertising: boolean;
  /** SHA-256 of `body` as received (UTF-8); the title is not part of it. */
  bodySha256: string;
  template: string | null;
  /** As received, RFC 3339, or null. */
  notAfter: string | null;
  /** As received: `{customer, run, node, wave, …}`. */
  meta: Record<string, unknown>;
}

export const CHANNELS = ['push', 'sms', 'lms', 'alimtalk', 'email'] as const;
export type Channel = (typeof CHANNELS)[number];

/** The message went out: the one line type that counts as sent. */
export interface MessageLine extends MessageFacts {
  type: 'message';
  status: 'accepted';
}

/** The message did not go out, for good: `expired` (after `notAfter`), `unsupported_channel`, `invalid_address` or a drawn fault. */
export interface MessageRejectionLine extends MessageFacts {
  type: 'rejection';
  status: 'rejected';
  reason: string;
}

export type GatewayLine = MessageLine | MessageRejectionLine;
