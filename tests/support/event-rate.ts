/**
 * Events at a given rate, one a request, through the API as an app tells them: each is sent when it is due, whether or not those before it have
 * been answered. And what became of them: how long after it was received each one's next message was captured.
 */
import { Pool } from 'undici';
import type { Stack } from './stack.js';

export interface Told {
  /** By message id, epoch ms. */
  sentAt: Map<string, number>;
  /** From the first event until the last one was accepted. */
  tookMs: number;
}

const CONNECTIONS = 128;
const TICK_MS = 2;

/** One event `purchase` of each customer, so many a second. Errors: one that is not accepted. */
export async function tellAt(stack: Stack, tag: string, customerIds: string[], perSecond: number): Promise<Told> {
  const api = new Pool(stack.api.url, { connections: CONNECTIONS });
  const headers = { authorization: `Bearer ${stack.keys.source}`, 'content-type': 'application/json' };
  const sentAt = new Map<string, number>();
  const tell = async (userId: string): Promise<void> => {
    const messageId = `${tag}/${userId}`;
    sentAt.set(messageId, Date.now());
    const body = JSON.stringify({ messageId, userId, event: 'purchase', properties: { amount: 1_000 } });
    const response = await api.request({ method: 'POST', path: '/v1/track', headers, body });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`an event was answered ${response.statusCode}: ${text}`);
  };
  const begin = performance.now();
  const telling: Promise<void>[] = [];
  try {
    while (telling.length < customerIds.length) {
      const due = Math.min(customerIds.length, Math.floor(((performance.now() - begin) / 1_000) * perSecond) + 1);
      while (telling.length < due) telling.push(tell(customerIds[telling.length] as string));
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await Promise.all(telling);
    return { sentAt, tookMs: performance.now() - begin };
  } finally {
    await Promise.allSettled(telling);
    await api.close();
  }
}

export interface Reaction {
  messageId: string;
  /** From the time at which the API received the event. */
  sinceReceivedMs: number;
  /** From the time at which it was sent, by this process. */
  sinceSentMs: number;
}

/** Of each of these events whose customer’s message of the node has been captured. */
export async function reactionsTo(stack: Stack, run: string, node: string, told: Told): Promise<Reaction[]> {
  const { rows } = await stack.pool.query<{ id: string; received: number; captured: number }>(
    `select e.message_id as id, extract(epoch from e.received_at)::float8 * 1000 as received, extract(epoch from a.closed_at)::float8 * 1000 as captured
     from events e
     join outbox o on o.customer_id = e.customer_id and o.run_id = $1 and o.node = $2 and o.state = 'accepted'
     join message_attempts a on a.id = o.attempt_id
     where e.message_id = any($3::text[])`,
    [run, node, [...told.sentAt.keys()]],
  );
  return rows.map(({ id, received, captured }) => ({
    messageId: id,
    sinceReceivedMs: captured - received,
    sinceSentMs: captured - (told.sentAt.get(id) as number),
  }));
}
