/**
 * A client of the simulator and a receiver of its callbacks, signed and verified by the Standard Webhooks library, so
 * that the simulator's own signing is checked by another implementation.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.js';

export type Json = Record<string, unknown>;

/** `cut`: the connection ended without a reply; `timeout`: nobody answered in time. */
export interface Answer {
  status: number | 'cut' | 'timeout';
  headers: Headers;
  text: string;
  json: Json;
}

export interface CallOptions {
  key?: string;
  /** Real time of the signature, epoch milliseconds. */
  signedAtMs?: number;
  secret?: string;
  timeoutMs?: number;
}

interface System {
  url: string;
  secret: string;
}

let nextId = 0;

export async function call(
  system: System,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  options: CallOptions = {},
): Promise<Answer> {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const id = `msg_${(nextId += 1)}`;
  const signedAt = new Date(options.signedAtMs ?? Date.now());
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1_000)),
    'webhook-signature': new Webhook(options.secret ?? system.secret).sign(id, signedAt, payload),
  };
  if (options.key !== undefined) headers['idempotency-key'] = options.key;
  const signal = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  try {
    const response = await fetch(system.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: payload }),
      signal,
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, headers: response.headers, text, json: isJson ? (JSON.parse(text) as Json) : {} };
  } catch {
    return { status: signal.aborted ? 'timeout' : 'cut', headers: new Headers(), text: '', json: {} };
  }
}

export function payout(key: string, change: Json = {}): Json {
  return {
    key,
    kind: 'cashback',
    customer: { id: 'c-1', account: '110-000-000001' },
    amount: { value: '5000', currency: 'KRW' },
    campaign: 'spring',
    run: 'run-1',
    memo: 'thanks',
    ...change,
  };
}

export function message(id: string, change: Json = {}): Json {
  const meta = { customer: 'c-1', run: 'run-1', node: 'n1', wave: 1 };
  return { id, channel: 'sms', to: '+821000000001', body: `Hello ${id}`, advertising: true, meta, ...change };
}

export function pay(system: System, key: string, change: Json = {}, options: CallOptions = {}): Promise<Answer> {
  return call(system, 'POST', '/payouts', payout(key, change), { key, ...options });
}

export function lookUp(system: System, key: string): Promise<Answer> {
  return call(system, 'GET', `/payouts/${encodeURIComponent(key)}`);
}

export function reverse(system: System, key: string, nth = 1, reason = 'mistake'): Promise<Answer> {
  const options = { key: `${key}/r${nth}` };
  return call(system, 'POST', `/payouts/${encodeURIComponent(key)}/reversals`, { reason }, options);
}

export function sendMessages(system: System, messages: readonly Json[], options: CallOptions = {}): Promise<Answer> {
  return call(system, 'POST', '/messages', { messages }, options);
}

export interface Received {
  path: string;
  id: string;
  body: Json;
  atMs: number;
}

/** Receives callbacks; each one's signature must verify. `status` is what it answers, or a list used up one by one. */
export class Receiver {
  readonly received: Received[] = [];
  readonly refused: string[] = [];
  statuses: number[] = [];
  url = '';
  private server: Server | undefined;

  constructor(private readonly secret: () => string) {}

  async open(): Promise<this> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const headers = request.headers as Record<string, string>;
        try {
          new Webhook(this.secret()).verify(text, headers);
        } catch {
          this.refused.push(text);
          response.writeHead(401).end();
          return;
        }
        const status = this.statuses.shift() ?? 200;
        const id = headers['webhook-id'] ?? '';
        this.received.push({ path: request.url ?? '', id, body: JSON.parse(text) as Json, atMs: Date.now() });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

/** Waits until `holds`, at most a minute. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error('It did not happen within a minute');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Simulators and folders of one test file, closed and removed by `clear`. */
export class Stage {
  private readonly ends: (() => Promise<void>)[] = [];

  async folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'pado-simulator-'));
    this.ends.push(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  async simulator(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
    const books = options.books ?? (await this.folder());
    const simulator = await startSimulator({ seed: 'seed-1', ...options, books });
    this.ends.push(() => simulator.close());
    return simulator;
  }

  async receiver(secret: () => string): Promise<Receiver> {
    const receiver = await new Receiver(secret).open();
    this.ends.push(() => receiver.close());
    return receiver;
  }

  async clear(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
  }
}
