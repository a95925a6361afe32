/**
 * Synthetic people who answer messages: of those that a gateway sent, a seeded share is followed by an event through the real ingestion
 * API, most inside the window, some late, some told twice. Who answers which wave how depends on the seed, the customer and the wave alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { purchase } from './events.js';
import { Random } from './random.js';

/** A message that went out, as the gateway's book has it. */
export interface SentMessage {
  id: string;
  /** `customer` and `wave` are read. */
  meta: Readonly<Record<string, unknown>>;
}

export interface ResponseTerms {
  /** Name of the event they send. */
  event: string;
  /** Share of the messages that are answered, by wave from 1; the last one holds for later waves too. */
  shares: readonly number[];
  /** The wave's window; an answer comes within three quarters of it or, when late, between one and one and a quarter. */
  windowMs: number;
  /** Of those who answer: after the window. */
  lateShare: number;
  /** Of those who answer: the same event twice, as clients do that missed the reply. */
  repeatShare: number;
}

export interface PlannedResponse {
  /** After the message went out. */
  afterMs: number;
  late: boolean;
  repeated: boolean;
  properties: Record<string, string | number>;
}

/** What this customer does about a message of this wave; null: nothing. */
export function planResponse(
  seed: string,
  customer: string,
  wave: number,
  terms: ResponseTerms,
): PlannedResponse | null {
  const random = new Random(seed, 'response', customer, wave);
  if (!random.hits(terms.shares[Math.min(wave, terms.shares.length) - 1] ?? 0)) return null;
  const late = random.hits(terms.lateShare);
  const part = late ? 1 + random.unit() / 4 : random.unit() * 0.75;
  const repeated = random.hits(terms.repeatShare);
  return { afterMs: Math.round(part * terms.windowMs), late, repeated, properties: purchase(random) };
}

export interface RespondersOptions extends ResponseTerms {
  seed: string;
  /** Base of our API, without `/v1`. */
  apiUrl: string;
  /** A key of the role `source`. */
  writeKey: string;
}

export interface RespondersStats {
  /** Messages they got. */
  messages: number;
  /** Answers that the API has taken, each counted once. */
  sent: number;
  /** Of them those planned after the window, and those sent twice. */
  late: number;
  repeated: number;
  /** Planned and not sent yet. */
  pending: number;
  /** Requests that failed and were sent again. */
  retries: number;
}

interface Due extends PlannedResponse {
  messageId: string;
  userId: string;
  /** By this device's clock. */
  atMs: number;
}

const TICK_MS = 100;
const BATCH_MAX = 500;
const ATTEMPTS_MAX = 40;
const RETRY_AFTER_MS = 500;

export class Responders {
  private readonly due = new Map<number, Due[]>();
  private readonly counts = { messages: 0, sent: 0, late: 0, repeated: 0, retries: 0 };
  private pending = 0;
  private tick = Math.floor(Date.now() / TICK_MS);
  private readonly timer: NodeJS.Timeout;
  private readonly closing = new AbortController();
  private sending: Promise<void> = Promise.resolve();
  private failure: Error | null = null;

  constructor(private readonly options: RespondersOptions) {
    this.timer = setInterval(() => this.sendDue(), TICK_MS);
  }

  /** A message reached them. One without customer or wave in its `meta` is passed over. */
  receive(message: SentMessage): void {
    const { customer, wave } = message.meta;
    if (typeof customer !== 'string' || typeof wave !== 'number') return;
    this.counts.messages += 1;
    const plan = planResponse(this.options.seed, customer, wave, this.options);
    if (!plan) return;
    const atMs = Date.now() + plan.afterMs;
    const tick = Math.max(this.tick + 1, Math.ceil(atMs / TICK_MS));
    const item = { ...plan, messageId: `response/${message.id}`, userId: customer, atMs };
    const others = this.due.get(tick);
    if (others) others.push(item);
    else this.due.set(tick, [item]);
    this.pending += 1;
  }

  stats(): RespondersStats {
    return { ...this.counts, pending: this.pending };
  }

  /** Resolves once all that was planned is sent. Throws when the API took an answer in none of its attempts. */
  async settled(): Promise<void> {
    while (this.pending > 0 && !this.failure) await sleep(TICK_MS);
    if (this.failure) throw this.failure;
  }

  /** What is not sent yet is not sent any more. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closing.abort();
    await this.sending;
  }

  private sendDue(): void {
    const now = Math.floor(Date.now() / TICK_MS);
    const items: Due[] = [];
    for (; this.tick < now; this.tick += 1) {
      items.push(...(this.due.get(this.tick + 1) ?? []));
      this.due.delete(this.tick + 1);
    }
    for (let from = 0; from < items.length; from += BATCH_MAX) {
      const part = items.slice(from, from + BATCH_MAX);
      this.sending = this.sending.then(() => this.send(part));
    }
  }

  private async send(items: readonly Due[]): Promise<void> {
    const events = items.flatMap((item) => (item.repeated ? [item, item] : [item])).map((item) => this.event(item));
    for (let attempt = 1; !this.closing.signal.aborted; attempt += 1) {
      const fault = await this.post(events);
      if (fault === null) {
        this.pending -= items.length;
        this.counts.sent += items.length;
        this.counts.late += items.filter((item) => item.late).length;
        this.counts.repeated += items.filter((item) => item.repeated).length;
        return;
      }
      if (attempt >= ATTEMPTS_MAX) {
        this.failure ??= new Error(`The API takes no events: ${fault}`);
        return;
      }
      this.counts.retries += 1;
      await sleep(RETRY_AFTER_MS);
    }
  }

  private event({ messageId, userId, atMs, properties }: Due) {
    const { event } = this.options;
    return { type: 'track', messageId, userId, event, properties, timestamp: new Date(atMs).toISOString() };
  }

  /** Null, or what went wrong. The device's clock may show anything: `sentAt` of the same clock lets the API correct it. */
  private async post(batch: readonly unknown[]): Promise<string | null> {
    const { apiUrl, writeKey } = this.options;
    try {
      const response = await fetch(`${apiUrl}/v1/batch`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ batch, sentAt: new Date().toISOString() }),
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(10_000)]),
      });
      await response.arrayBuffer();
      return response.ok ? null : `status ${response.status}`;
    } catch (error) {
      return error instanceof Error ? error.message : 'failed';
    }
  }
}
