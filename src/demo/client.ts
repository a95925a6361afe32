/**
 * The demo as a client of the API like any other: everything it does to the installation goes through here, each call under the key of
 * the person whose work it is.
 */
import { Readable } from 'node:stream';

export const DEMO_ROLES = ['marketer', 'approver', 'finance', 'operator', 'source', 'admin'] as const;
export type DemoRole = (typeof DEMO_ROLES)[number];

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

interface Request {
  headers: Record<string, string>;
  body?: string | ReadableStream;
  /** Needed by fetch where the body is a stream. */
  duplex?: 'half';
}

const EVENTS_PER_BATCH = 1_000;
const BATCHES_IN_FLIGHT = 4;
const LINES_PER_CHUNK = 500;

export class PadoClient {
  /** `url`: base of the API, without `/v1`. */
  constructor(
    readonly url: string,
    private readonly keys: Readonly<Record<DemoRole, string>>,
    private readonly signal: AbortSignal,
  ) {}

  /** The key of the role `source`, which clients hold that send events. */
  get writeKey(): string {
    return this.keys.source;
  }

  /** The answer's body. Throws with status and problem detail where it is not a success. */
  async call<T>(role: DemoRole, method: string, path: string, options: CallOptions = {}): Promise<T> {
    const { body, headers } = options;
    if (body === undefined) return await this.send<T>(role, method, path, { headers: { ...headers } });
    const json = { 'content-type': 'application/json', ...headers };
    return await this.send<T>(role, method, path, { headers: json, body: JSON.stringify(body) });
  }

  /** Streamed as NDJSON: memory stays flat however many there are. */
  async importCustomers(customers: Iterable<object>): Promise<{ received: number; created: number }> {
    return await this.send('operator', 'POST', '/v1/customers', {
      headers: { 'content-type': 'application/x-ndjson' },
      body: Readable.toWeb(Readable.from(ndjson(customers))) as ReadableStream,
      duplex: 'half',
    });
  }

  /** In batches, a few at a time. Returns how many were sent. */
  async sendEvents(events: Iterable<object>, told: (sent: number) => void): Promise<number> {
    const batches = batched(events, EVENTS_PER_BATCH);
    let sent = 0;
    const sender = async () => {
      for (const batch of batches) {
        await this.call('source', 'POST', '/v1/batch', { body: { batch } });
        sent += batch.length;
        told(sent);
      }
    };
    await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, sender));
    return sent;
  }

  private async send<T>(role: DemoRole, method: string, path: string, request: Request): Promise<T> {
    const response = await fetch(this.url + path, {
      ...request,
      method,
      headers: { ...request.headers, authorization: `Bearer ${this.keys[role]}` },
      signal: this.signal,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }
}

function* batched<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function* ndjson(rows: Iterable<object>): Generator<string> {
  for (const lines of batched(rows, LINES_PER_CHUNK)) yield lines.map((row) => `${JSON.stringify(row)}\n`).join('');
}
