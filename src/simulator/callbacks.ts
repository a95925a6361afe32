/**
 * Callbacks and receipts from the simulator: signed, delivered at least once, each tried a bounded number of times with
 * the same webhook-id, so that the receiver can tell a retry from news.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Signer } from './signature.js';

const IN_FLIGHT_MAX = 16;
const TRIES_MAX = 12;
const TIMEOUT_MS = 5_000;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

export interface CallbackStats {
  /** Acknowledged with 2xx. */
  told: number;
  /** Tries that failed. */
  failedTries: number;
  /** Given up after 12 tries (about 40 s). */
  givenUp: number;
  /** Scheduled, waiting for a URL, or on their way. */
  pending: number;
}

interface Job {
  id: string;
  body: string;
  done: (told: boolean) => void;
}

export class CallbackSender {
  private readonly signer: Signer;
  private readonly queue: Job[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly closing = new AbortController();
  private readonly counts = { told: 0, failedTries: 0, givenUp: 0 };
  private inFlight = 0;

  /** `path` is appended to the base URL; without a base URL callbacks wait until there is one. */
  constructor(
    private readonly path: string,
    secret: string,
    private baseUrl: string | undefined,
  ) {
    this.signer = new Signer(secret);
  }

  setBaseUrl(baseUrl: string): void {
    this.baseUrl = baseUrl;
    this.pump();
  }

  /** Run `then` after `delayMs`, unless closed before. */
  later(delayMs: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      then();
    }, delayMs);
    this.timers.add(timer);
  }

  /** Resolves to true when told, to false when given up or closed. */
  send(id: string, body: object): Promise<boolean> {
    if (this.closing.signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.queue.push({ id, body: JSON.stringify(body), done: resolve });
      this.pump();
    });
  }

  stats(): CallbackStats {
    return { ...this.counts, pending: this.timers.size + this.queue.length + this.inFlight };
  }

  close(): void {
    this.closing.abort();
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    for (const job of this.queue.splice(0)) job.done(false);
  }

  private pump(): void {
    while (this.baseUrl !== undefined && this.inFlight < IN_FLIGHT_MAX) {
      const job = this.queue.shift();
      if (!job) return;
      this.inFlight += 1;
      void this.deliver(job).then((told) => {
        this.inFlight -= 1;
        job.done(told);
        this.pump();
      });
    }
  }

  private async deliver(job: Job): Promise<boolean> {
    for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
      const pauseMs = attempt === 0 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (attempt - 1));
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
      if (this.closing.signal.aborted) return false;
      if (await this.post(job)) {
        this.counts.told += 1;
        return true;
      }
      this.counts.failedTries += 1;
    }
    this.counts.givenUp += 1;
    return false;
  }

  /** False for anything but a 2xx: the receiver is down, slow or refuses, and all of these are tried again. */
  private async post({ id, body }: Job): Promise<boolean> {
    try {
      const response = await fetch(`${this.baseUrl}${this.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.signer.headers(id, Date.now(), body) },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.closing.signal]),
      });
      await response.arrayBuffer();
      return response.ok && !this.closing.signal.aborted;
    } catch {
      return false;
    }
  }
}
