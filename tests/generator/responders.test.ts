/**
 * The people who respond: who answers what is fixed by the seed, and every planned answer reaches the API, through its failures too.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { planResponse, Responders, type ResponseTerms } from '../../src/generator/responders.js';
import { occurredAt } from '../../src/domain/response/skew.js';

const TERMS: ResponseTerms = {
  event: 'purchase',
  shares: [0.2, 0.1],
  windowMs: 20_000,
  lateShare: 0.1,
  repeatShare: 0.05,
};
const customers = Array.from({ length: 20_000 }, (_, n) => `c${n}`);
const plans = (wave: number, seed = '5eed') => customers.map((customer) => planResponse(seed, customer, wave, TERMS));

describe('a planned response', () => {
  it('is the same for the same seed, customer and wave', () => {
    expect(plans(1)).toEqual(plans(1));
    expect(plans(1, 'other')).not.toEqual(plans(1));
    expect(plans(2)).not.toEqual(plans(1));
  });

  it('comes from the share of its wave, mostly in the window, some late', () => {
    for (const [wave, share] of [
      [1, 0.2],
      [2, 0.1],
      [3, 0.1],
    ] as const) {
      const answered = plans(wave).filter((plan) => plan !== null);
      expect(answered.length / customers.length).toBeCloseTo(share, 1);
      const late = answered.filter((plan) => plan.late);
      expect(late.length / answered.length).toBeCloseTo(0.1, 1);
      for (const { late: isLate, afterMs } of answered) expect(afterMs >= TERMS.windowMs).toBe(isLate);
      expect(answered.some((plan) => plan.repeated)).toBe(true);
    }
  });
});

interface Batch {
  sentAt: string;
  batch: { messageId: string; userId: string; event: string; timestamp: string }[];
}

/** An ingestion API on loopback that answers its first requests by `statuses`, then 200. */
class Ingestion {
  readonly batches: Batch[] = [];
  readonly authorizations = new Set<string | undefined>();

  private constructor(private readonly server: Server) {}

  static async start(...statuses: number[]): Promise<Ingestion> {
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const status = statuses.shift() ?? 200;
        ingestion.authorizations.add(request.headers.authorization);
        if (status === 200) ingestion.batches.push(JSON.parse(body) as Batch);
        response.writeHead(status).end('{}');
      });
    });
    const ingestion = new Ingestion(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return ingestion;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe('responders', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const item of open.splice(0)) await item.close();
  });

  async function begin(...statuses: number[]) {
    const ingestion = await Ingestion.start(...statuses);
    open.push({ close: () => ingestion.stop() });
    const terms = { event: 'purchase', shares: [1], windowMs: 400, lateShare: 0.2, repeatShare: 0.2 };
    const responders = new Responders({ ...terms, seed: '5eed', apiUrl: ingestion.url, writeKey: 'write-key' });
    open.unshift(responders);
    return { ingestion, responders, terms };
  }

  it('send each answer once it is due, with the time of their own clock and the write key', async () => {
    const { ingestion, responders, terms } = await begin();
    const before = Date.now();
    for (const customer of customers.slice(0, 1_200)) {
      responders.receive({ id: `m/run/send-1/1/${customer}`, meta: { customer, wave: 1 } });
    }
    await responders.settled();
    const planned = customers.slice(0, 1_200).map((customer) => planResponse('5eed', customer, 1, terms));
    const repeated = planned.filter((plan) => plan?.repeated).length;
    expect(responders.stats()).toMatchObject({ messages: 1_200, sent: 1_200, repeated, pending: 0, retries: 0 });
    const events = ingestion.batches.flatMap(({ batch, sentAt }) => batch.map((event) => ({ ...event, sentAt })));
    expect(events).toHaveLength(1_200 + repeated);
    expect(new Set(events.map((event) => event.messageId)).size).toBe(1_200);
    for (const event of events) {
      const after = planned[customers.indexOf(event.userId)]?.afterMs ?? Number.NaN;
      expect(Date.parse(event.timestamp) - before - after).toBeLessThan(500);
      expect(event.timestamp <= event.sentAt).toBe(true);
    }
    expect([...ingestion.authorizations]).toEqual([`Basic ${Buffer.from('write-key:').toString('base64')}`]);
  });

  it('keep the moment of an answer that the API took late', async () => {
    const { ingestion, responders, terms } = await begin(503, 500);
    const received = Date.now();
    responders.receive({ id: 'm/run/send-1/1/c7', meta: { customer: 'c7', wave: 1 } });
    await responders.settled();
    expect(responders.stats()).toMatchObject({ sent: 1, retries: 2 });
    const [batch] = ingestion.batches;
    const [event] = batch?.batch ?? [];
    const times = { timestamp: Date.parse(event?.timestamp ?? ''), sentAt: Date.parse(batch?.sentAt ?? '') };
    const businessOffsetMs = -20 * 86_400_000;
    const at = occurredAt(times, times.sentAt + businessOffsetMs) - businessOffsetMs;
    expect(Math.abs(at - received - (planResponse('5eed', 'c7', 1, terms)?.afterMs ?? 0))).toBeLessThan(100);
  });

  it('pass over messages that are not of a journey', async () => {
    const { responders } = await begin();
    responders.receive({ id: 'm/x', meta: {} });
    expect(responders.stats()).toMatchObject({ messages: 0, pending: 0 });
  });

  it('send nothing any more after they are closed', async () => {
    const { ingestion, responders } = await begin();
    responders.receive({ id: 'm/run/send-1/1/c1', meta: { customer: 'c1', wave: 1 } });
    await responders.close();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(ingestion.batches).toEqual([]);
  });
});
