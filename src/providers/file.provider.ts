/**
 * A provider without an API: a payout that it is asked for becomes a row that waits for the next file, once and for ever. It is accepted then; what
 * became of it comes by a result file. Orders that come together are entered together.
 */
import { rowOf, type FileRow } from '../domain/ledger/payout-files.js';
import type { LookupReply, SubmitReply } from '../domain/ledger/payout-replies.js';

interface Order {
  key: string;
  attemptId: number;
  body: string;
}

/** Its book of rows. */
export interface RowBook {
  /** The keys that have their row now; what an attempt that is over asks for gets none. */
  enter(
    provider: string,
    rows: readonly (FileRow & { attemptId: number })[],
    now: number,
  ): Promise<ReadonlySet<string>>;
}

interface Waiting {
  order: Order;
  now: number;
  resolve: (reply: SubmitReply) => void;
  reject: (error: unknown) => void;
}

const ACCEPTED: SubmitReply = {
  kind: 'word',
  word: { status: 'accepted', reason: null, reference: null, paidAt: null, code: null },
};

export class FileProvider {
  private waiting: Waiting[] = [];

  constructor(
    private readonly name: string,
    private readonly book: RowBook,
  ) {}

  /** `now`: business time. Errors: those of the book; the row may be there then. */
  submit(order: Order, _signedAt: Date, now: number): Promise<SubmitReply> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ order, now, resolve, reject });
      if (this.waiting.length === 1) setImmediate(() => void this.enterAll());
    });
  }

  /** Nobody can be asked; a repeat tells whether there is a row. */
  async lookup(): Promise<LookupReply> {
    return { kind: 'unknown' };
  }

  private async enterAll(): Promise<void> {
    const together = this.waiting;
    this.waiting = [];
    for (const [now, asking] of Map.groupBy(together, (one) => one.now)) {
      try {
        const rows = asking.map(({ order: { attemptId, body } }) => ({ attemptId, ...rowOf(body) }));
        const entered = await this.book.enter(this.name, rows, now);
        for (const { order, resolve } of asking) resolve(entered.has(order.key) ? ACCEPTED : { kind: 'unknown' });
      } catch (error) {
        for (const { reject } of asking) reject(error);
      }
    }
  }
}
