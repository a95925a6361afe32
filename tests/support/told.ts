/**
 * All that an installation tells beside its own database: Temporal's histories, memos, attributes and schedules with their payloads decoded, the names of
 * Redis' keys. And all that its database holds, as text.
 */
import type { Client } from '@temporalio/client';
import { Redis } from 'ioredis';
import { connectClient } from '../../src/temporal/connect.js';
import type { Stack } from './stack.js';

/** One place, such as a workflow, and every text in it. */
export interface Told {
  where: string;
  text: string;
}

/** Bytes are read as UTF-8, which JSON payloads are; whatever holds the rest is walked. */
function textsOf(node: unknown, texts: string[] = [], seen = new Set<unknown>()): string[] {
  if (typeof node === 'string') texts.push(node);
  else if (node instanceof Uint8Array) texts.push(Buffer.from(node).toString('utf8'));
  else if (typeof node === 'object' && node !== null && !seen.has(node)) {
    seen.add(node);
    for (const [key, value] of Object.entries(node)) textsOf(value, textsOf(key, texts), seen);
  }
  return texts;
}

/** Every workflow of the namespace, in each of its runs, and every schedule. */
export async function toldToTemporal(stack: Stack): Promise<Told[]> {
  const client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
  try {
    const told: Told[] = [];
    for await (const one of workflows(client)) told.push(one);
    for await (const one of schedules(client)) told.push(one);
    return told;
  } finally {
    await client.connection.close();
  }
}

async function* workflows(client: Client): AsyncGenerator<Told> {
  for await (const { workflowId, runId, raw } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    yield { where: `workflow ${workflowId} ${runId}`, text: textsOf([raw, history]).join('\n') };
  }
}

async function* schedules(client: Client): AsyncGenerator<Told> {
  for await (const { scheduleId } of client.schedule.list()) {
    const { raw } = await client.schedule.getHandle(scheduleId).describe();
    yield { where: `schedule ${scheduleId}`, text: textsOf(raw).join('\n') };
  }
}

/** Errors: throws where there is none: each request to the API leaves one for a second. */
export async function keysOfRedis(): Promise<Told[]> {
  const redis = new Redis(process.env['REDIS_URL'] as string);
  try {
    const names: string[] = [];
    for await (const some of redis.scanStream({ count: 1_000 })) names.push(...(some as string[]));
    if (names.length === 0) throw new Error('Redis has no keys');
    return [{ where: 'keys of Redis', text: names.join('\n') }];
  } finally {
    redis.disconnect();
  }
}

/** Every row of every table, as a dump would have it; bytes as hex. */
export async function dumped(stack: Stack): Promise<Told[]> {
  const { rows } = await stack.pool.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
  );
  return await Promise.all(
    rows.map(async ({ name }) => {
      const { rows: texts } = await stack.pool.query<{ text: string }>(`select t::text as text from ${name} t`);
      return { where: `table ${name}`, text: texts.map(({ text }) => text).join('\n') };
    }),
  );
}

/** `place: what` for each of the needles that a place has. */
export const leaks = (places: readonly Told[], needles: Readonly<Record<string, string>>): string[] =>
  places.flatMap(({ where, text }) =>
    Object.entries(needles).flatMap(([what, needle]) => (text.includes(needle) ? [`${where}: ${what}`] : [])),
  );
