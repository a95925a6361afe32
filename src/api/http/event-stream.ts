/**
 * An answer that goes on: server-sent events (HTML Living Standard, 9.2), each a line of JSON. Whoever does not read what is sent is let go.
 */
import type { Response } from 'express';

/** More than that unread by its reader: it would be kept in our memory. */
const UNREAD_BYTES_MAX = 1_000_000;
/** When a browser's own reader comes again after the stream has ended. */
const AGAIN_MS = 3_000;

export class EventStream {
  constructor(private readonly response: Response) {
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      // its connection ends with it, also where the server is about to close
      Connection: 'close',
      // proxies that gather answers before they pass them on
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    response.write(`retry: ${AGAIN_MS}\n\n`);
  }

  get ended(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  /** `data`: JSON. */
  send(data: string): void {
    if (this.ended) return;
    if (this.response.writableLength > UNREAD_BYTES_MAX) this.response.destroy();
    else this.response.write(`data: ${data}\n\n`);
  }

  end(): void {
    if (!this.ended) this.response.end();
  }

  /** Once, whoever ends it; at once where that has happened. */
  onEnd(then: () => void): void {
    if (this.response.destroyed) then();
    else this.response.once('close', then);
  }
}
