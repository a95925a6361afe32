/**
 * The provider of pools: a code of our own table instead of one that another system makes. Orders that come together are drawn together;
 * what it gives is told like any provider's word, and is asked for by the payout's key.
 */
import { OUT_OF_STOCK, type Drawn } from '../domain/ledger/coupon-pool.js';
import type { LookupReply, PayoutWord, SubmitReply } from '../domain/ledger/payout-replies.js';

/** Its book. */
export interface CodeBook {
  draw(wanted: readonly { key: string; attemptId: number }[], now: number): Promise<Map<string, Drawn>>;
  find(key: string): Promise<{ no: number; code: string; at: number } | null>;
}

interface Order {
  key: string;
  attemptId: number;
}
interface Waiting {
  order: Order;
  now: number;
  resolve: (reply: SubmitReply) => void;
  reject: (error: unknown) => void;
}

export class PoolProvider {
  private waiting: Waiting[] = [];

  constructor(private readonly book: CodeBook) {}

  /** `now`: business time; a code that has ended by then is not given. Errors: those of the book; what was asked may then have been done. */
  submit(order: Order, _signedAt: Date, now: number): Promise<SubmitReply> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ order, now, resolve, reject });
      if (this.waiting.length === 1) setImmediate(() => void this.drawAll());
    });
  }

  async lookup(key: string): Promise<LookupReply> {
    const given = await this.book.find(key);
    return given ? { kind: 'word', word: wordOf(given) } : { kind: 'absent' };
  }

  /** Those that wait, in one transaction per `now`. */
  private async drawAll(): Promise<void> {
    const together = this.waiting;
    this.waiting = [];
    for (const [now, asking] of Map.groupBy(together, (one) => one.now)) {
      try {
        const orders = asking.map(({ order: { key, attemptId } }) => ({ key, attemptId }));
        const drawn = await this.book.draw(orders, now);
        for (const { order, resolve } of asking) resolve(replyOf(drawn.get(order.key)));
      } catch (error) {
        for (const { reject } of asking) reject(error);
      }
    }
  }
}

function replyOf(drawn: Drawn | undefined): SubmitReply {
  switch (drawn?.kind) {
    case 'given':
      return { kind: 'word', word: wordOf(drawn) };
    case 'out_of_stock': {
      const word = { status: 'rejected', reason: OUT_OF_STOCK, reference: null, paidAt: null, code: null } as const;
      return { kind: 'word', word };
    }
    case 'busy':
      return { kind: 'later', retryAfterMs: 0 };
    default:
      return { kind: 'unknown' };
  }
}

const wordOf = ({ no, code, at }: { no: number; code: string; at: number }): PayoutWord => ({
  status: 'paid',
  reason: null,
  reference: `code/${no}`,
  paidAt: at,
  code,
});
