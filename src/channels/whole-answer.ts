/**
 * One HTTP exchange whose answer is read whole, within one time for all of it. On undici's own handlers, without the stream that `request` makes of
 * each body (docs/performance.md).
 */
import type { Dispatcher, Pool as HttpPool } from 'undici';

export interface WholeAnswer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

/** Of an answer; that of a thousand messages has about one. */
const ANSWER_BYTES_MAX = 10_000_000;

/** Errors: those of the connection, a time-out, and an answer longer than any is, or cut. */
export function wholeAnswer(
  pool: HttpPool,
  request: Dispatcher.DispatchOptions,
  timeoutMs: number,
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, new Reading(timeoutMs, resolve, reject));
  });
}

class Reading implements Dispatcher.DispatchHandler {
  private readonly timer: NodeJS.Timeout;
  private controller: Dispatcher.DispatchController | undefined;
  private late: Error | undefined;
  private status = 0;
  private retryAfter: string | undefined;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(
    timeoutMs: number,
    private readonly resolve: (answer: WholeAnswer) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.timer = setTimeout(() => this.giveUp(), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.late) controller.abort(this.late); // it waited for a connection for so long: it is not sent any more
  }

  /** Last that of the answer itself, after any 1xx. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.status = status;
    const given = headers['retry-after'];
    this.retryAfter = Array.isArray(given) ? String(given[0]) : (given as string | undefined);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.byteLength;
    if (this.bytes > ANSWER_BYTES_MAX) controller.abort(new Error('an answer is too long'));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    clearTimeout(this.timer);
    const [first] = this.chunks;
    const bytes = first && this.chunks.length === 1 ? first : Buffer.concat(this.chunks);
    this.resolve({ status: this.status, retryAfter: this.retryAfter, text: bytes.toString('utf8') });
  }

  onResponseError(_: unknown, error: Error): void {
    clearTimeout(this.timer);
    this.reject(error);
  }

  private giveUp(): void {
    this.late = new Error('no answer in time');
    this.reject(this.late);
    this.controller?.abort(this.late);
  }
}
