/**
 * Crowds for the benchmarks of isolation: customers of a group by the import of the API, and campaigns of one push by the capture channel.
 */
import { defineGroup, launchDraft } from './campaigns.js';
import { Stack, until } from './stack.js';

const IMPORTED_AT_ONCE = 20_000;
export const PATIENCE_MS = 1_800_000;

export const memberOf = (group: string, n: number): string => `${group}-${String(n).padStart(7, '0')}`;

/** An installation with a template and nobody. */
export async function startEmpty(options: Parameters<typeof Stack.start>[0] = {}): Promise<Stack> {
  const stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', ...options });
  try {
    await stack.ok('PUT', '/v1/templates/hello', { channel: 'push', body: '{{ customer.name }}님, 새 소식입니다.' });
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

export async function importGroup(stack: Stack, group: string, size: number): Promise<void> {
  await defineGroup(stack, group);
  for (let from = 0; from < size; from += IMPORTED_AT_ONCE) {
    const rows = Array.from({ length: Math.min(IMPORTED_AT_ONCE, size - from) }, (_, n) =>
      JSON.stringify({
        id: memberOf(group, from + n),
        consents: { 'push:advertising': true },
        addresses: { push: `token-${group}-${from + n}` },
        attributes: { name: `손님${from + n}`, group },
      }),
    );
    await stack.ok('POST', '/v1/customers', rows.join('\n'), { headers: { 'content-type': 'application/x-ndjson' } });
  }
}

/** One push, then a wait for `waits`, where it is given. */
export function onePush(key: string, segment: string, waits?: string): Record<string, unknown> {
  const send = { type: 'send', template: 'hello', channel: 'push', gateway: 'capture', next: waits ? 'wait' : 'done' };
  return {
    key,
    name: key,
    purpose: 'advertising',
    segment,
    quietHours: { from: '00:00', to: '00:00' },
    journey: {
      start: 'send',
      nodes: { send, ...(waits ? { wait: { type: 'wait', span: waits, next: 'done' } } : {}), done: { type: 'exit' } },
    },
  };
}

/** Of the runs of these campaigns by counters: some rows each, whatever their size. */
export async function counted(stack: Stack, campaigns: string, measure: string): Promise<number> {
  const { n } = await stack.one<{ n: number }>(
    `select coalesce(sum(c.n), 0)::int as n from counters c join runs r on r.id = c.run_id
     where r.campaign like $1 and c.node = 'send' and c.measure = $2`,
    [campaigns, measure],
  );
  return n;
}

/** Launches what is approved; the ms until all of its people are decided, and until the gateway has taken their messages. */
export async function launched(
  stack: Stack,
  key: string,
  size: number,
): Promise<{ decidedMs: number; acceptedMs: number }> {
  const begin = performance.now();
  await launchDraft(stack, key);
  await until('decided', async () => (await counted(stack, key, 'decided')) === size, PATIENCE_MS, 50);
  const decidedMs = performance.now() - begin;
  await until('accepted', async () => (await counted(stack, key, 'accepted')) === size, PATIENCE_MS, 50);
  return { decidedMs, acceptedMs: performance.now() - begin };
}

/** Until every run is closed and nothing waits at the gateway. */
export async function allClosed(stack: Stack, runs: number): Promise<void> {
  await until(
    'every run is closed',
    async () => {
      const { closed, open } = await stack.one<{ closed: number; open: boolean }>(
        `select (select count(*)::int from runs where state = 'closed') as closed,
                exists (select from outbox where state in ('queued', 'submitting', 'ambiguous')) as open`,
      );
      return closed === runs && !open;
    },
    PATIENCE_MS,
  );
}

/** What needs a person though everything has come to its end. */
export async function attention(stack: Stack): Promise<string[]> {
  const { items } = await stack.ok('GET', '/v1/attention');
  return (items as { code: string; subject: string }[]).map(({ code, subject }) => `${code} ${subject}`);
}
