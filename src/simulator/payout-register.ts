/**
 * What the provider remembers, and all of it comes from the lines of its book: the same function takes a line just
 * written and a line read at start, so that a restart forgets nothing.
 */
import type { PaymentLine, PayoutLine, ProviderLine, ReversalLine, ReversalRejectionLine } from './books.js';

/** The body of a reply, of a look-up and of a callback. */
export interface PayoutResult {
  key: string;
  reference: string;
  status: 'paid' | 'accepted' | 'rejected' | 'reversed';
  reason?: string;
  paidAt?: string;
  code?: string;
}

export interface KnownPayout {
  acts: number;
  /** Of the first act ever, and of the act that repeats are answered by. */
  firstWallMs: number;
  actedWallMs: number;
  bodySha256: string;
  first: PayoutResult;
  /** The first result was a 422. */
  wasHttp422: boolean;
  /** What a look-up tells. */
  current: PayoutResult;
  /** Payments not taken back, oldest first. */
  unreversed: Pick<PaymentLine, 'reference' | 'amount' | 'currency'>[];
}

export interface KnownReversal {
  bodySha256: string;
  result: PayoutResult;
  wasHttp422: boolean;
}

/** An accepted payout whose decision has not been told yet. */
export interface Untold {
  accepted: PayoutLine;
  decision?: PayoutResult;
}

export class PayoutRegister {
  readonly untold = new Map<string, Untold>();
  private readonly payouts = new Map<string, KnownPayout>();
  private readonly reversals = new Map<string, KnownReversal>();

  payout(key: string): KnownPayout | undefined {
    return this.payouts.get(key);
  }

  reversal(reversalKey: string): KnownReversal | undefined {
    return this.reversals.get(reversalKey);
  }

  remember(line: ProviderLine): void {
    switch (line.type) {
      case 'payment':
      case 'accepted':
      case 'rejection':
        return this.rememberPayout(line);
      case 'reversal':
      case 'reversal_rejection':
        return this.rememberReversal(line);
      case 'callback':
        this.untold.delete(line.reference);
        return;
      default:
        // A book written by a newer simulator may hold types that this one has no use for.
        return line satisfies never;
    }
  }

  private rememberPayout(line: PayoutLine): void {
    const result = payoutResult(line);
    const known = this.payouts.get(line.key);
    const isDecision = this.untold.has(line.reference);
    const payout: KnownPayout =
      known && isDecision
        ? known
        : {
            acts: line.act,
            firstWallMs: known?.firstWallMs ?? line.wall,
            actedWallMs: line.wall,
            bodySha256: line.bodySha256,
            first: result,
            wasHttp422: line.type === 'rejection' && line.via === 'http422',
            current: known?.current ?? result,
            unreversed: known?.unreversed ?? [],
          };
    // Of several acts the one that paid is what a look-up tells.
    if (payout.current.status !== 'paid') payout.current = result;
    if (line.type === 'payment') {
      payout.unreversed.push({ reference: line.reference, amount: line.amount, currency: line.currency });
    }
    this.payouts.set(line.key, payout);
    const untold = this.untold.get(line.reference);
    if (untold) untold.decision = result;
    else if (line.type === 'accepted') this.untold.set(line.reference, { accepted: line });
  }

  private rememberReversal(line: ReversalLine | ReversalRejectionLine): void {
    const result = reversalResult(line);
    const wasHttp422 = line.type === 'reversal_rejection' && line.via === 'http422';
    this.reversals.set(line.reversalKey, { bodySha256: line.bodySha256, result, wasHttp422 });
    const payout = this.payouts.get(line.key);
    if (line.type !== 'reversal' || !payout) return;
    payout.unreversed = payout.unreversed.filter((payment) => payment.reference !== line.paymentReference);
    if (payout.unreversed.length === 0) payout.current = result;
  }
}

export function payoutResult(line: PayoutLine): PayoutResult {
  const { key, reference, status } = line;
  if (line.type === 'rejection') return { key, reference, status, reason: line.reason };
  if (line.type === 'accepted') return { key, reference, status };
  return { key, reference, status, paidAt: line.paidAt, ...(line.code === undefined ? {} : { code: line.code }) };
}

export function reversalResult(line: ReversalLine | ReversalRejectionLine): PayoutResult {
  const { key, reference, status } = line;
  return line.type === 'reversal' ? { key, reference, status } : { key, reference, status, reason: line.reason };
}
