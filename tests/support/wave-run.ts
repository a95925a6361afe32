/**
 * The run that the benchmarks measure: two send waves over the real API, Temporal and the capture channel, with a response between them, under two
 * contact policies and ten earlier contacts per customer. Its work comes in three phases with nothing due in between; only they are measured. What has
 * to be in the tables afterwards is computed from the seeds alone (wave-result.ts).
 */
import { IS_TINY } from './bench.js';
import { defineGroup, launch, putCap } from './campaigns.js';
import { Stack, until } from './stack.js';

export const EPOCH = '2026-03-03T10:00:00+09:00';
export const EARLIER_CONTACTS = 10;
/** Of a rolling week, earlier contacts included; so some may get no message, some only one. */
export const WEEK_CAP = 5;
export const DAY_CAP = 2;
export const SEND_1 = 'send-1';
export const SEND_2 = 'send-2';
export const WAIT = 'wait-1';
export const WAVES = 2;

/** Three of ten respond. */
export const RESPONDS_SQL = `right(customer_id, 1) in ('0', '1', '2')`;
const responds = (n: number) => n % 10 < 3;

const IMPORTED_AT_ONCE = 20_000;
/** Some 170 bytes each: below the 500 KB of a batch. */
const EVENTS_AT_ONCE = 500;
const REQUESTS_AT_ONCE = 4;
const PATIENCE_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Which customers a run is for: a group of so many. */
export interface Crowd {
  group: string;
  size: number;
}

const idOf = ({ group }: Crowd, n: number): string => `${group}-${String(n).padStart(7, '0')}`;
const numbers = (size: number) => Array.from({ length: size }, (_, n) => n);

/** An installation with template and policies. `env` as of Stack. */
export async function startWaves(options: Parameters<typeof Stack.start>[0] = {}): Promise<Stack> {
  const stack = await Stack.start({ epoch: EPOCH, sweepSeconds: 20, ...options });
  try {
    await stack.ok('PUT', '/v1/templates/hello', {
      channel: 'push',
      body: '{{ customer.name }}님, 이번 주 혜택이 도착했습니다. 지금 앱에서 확인해 보세요.',
    });
    await putCap(stack, 'weekly', { window: { kind: 'rolling', span: 'P7D' }, cap: WEEK_CAP });
    await putCap(stack, 'daily', { window: { kind: 'calendar', unit: 'day' }, cap: DAY_CAP });
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** Customers by the import of the API; their earlier contacts of the last 30 days, in the order of time and not of customers, by SQL. */
export async function seedCrowd(stack: Stack, crowd: Crowd): Promise<void> {
  const { group, size } = crowd;
  await defineGroup(stack, group);
  for (let from = 0; from < size; from += IMPORTED_AT_ONCE) {
    const rows = numbers(Math.min(IMPORTED_AT_ONCE, size - from)).map((n) =>
      JSON.stringify({
        id: idOf(crowd, from + n),
        consents: { 'push:advertising': true },
        addresses: { push: `token-${from + n}` },
        attributes: { name: `손님${from + n}`, group },
      }),
    );
    await stack.ok('POST', '/v1/customers', rows.join('\n'), { headers: { 'content-type': 'application/x-ndjson' } });
  }
  for (let contact = 1; contact <= EARLIER_CONTACTS; contact += 1) {
    await stack.pool.query(
      `insert into contacts (message_id, customer_id, run_id, channel, purpose, at, state)
       select 'earlier/' || id || '/' || $1, id, 'earlier', 'push', 'advertising',
              $2::timestamptz - make_interval(days => 1 + abs(hashtext(id || '/' || $1) % 30), hours => -6), 'counted'
       from customers where id like $3 || '-%'`,
      [String(contact), EPOCH, group],
    );
  }
  await stack.pool.query('vacuum analyze customers, contacts');
}

/** Send, wait for a purchase until an instant, send again to those who did not buy. */
function waveCampaign(key: string, group: string, untilMs: number): Record<string, unknown> {
  const send = (next: string) => ({ type: 'send', template: 'hello', channel: 'push', gateway: 'capture', next });
  return {
    key,
    name: key,
    purpose: 'advertising',
    segment: group,
    quietHours: { from: '00:00', to: '00:00' },
    journey: {
      start: SEND_1,
      nodes: {
        [SEND_1]: send(WAIT),
        [WAIT]: {
          type: 'wait',
          until: new Date(untilMs).toISOString(),
          response: { event: 'purchase' },
          next: 'bought',
        },
        bought: { type: 'branch', on: { responded: WAIT }, yes: 'done', no: SEND_2 },
        [SEND_2]: send('done'),
        done: { type: 'exit' },
      },
    },
  };
}

export interface WaveTimes {
  runId: string;
  /** From the launch until everybody's first message is accepted or suppressed. */
  firstMs: number;
  /** From the first event told until everybody who responded has ended. */
  responseMs: number;
  /** From the end of the wait until the run is closed and the last message accepted. */
  secondMs: number;
}

/** What is measured of a run: the time in which something was due. */
export const busyMs = ({ firstMs, responseMs, secondMs }: WaveTimes): number => firstMs + responseMs + secondMs;
export const customersPerSecond = (size: number, times: WaveTimes): number => (size / busyMs(times)) * 1_000;

export interface WaveOptions {
  /** The campaign's key. */
  key: string;
  /** Until the wait ends, from the launch: both phases before must be over by then. */
  leadMs: number;
  /** Nobody responds: so the run costs what it costs without nudges. */
  silent?: boolean;
  /** Each phase's work passes through here, to be measured; nothing is due between two of them. */
  phase?: <T>(work: () => Promise<T>) => Promise<T>;
  /** What moves the run once it is launched, where that is not the installation's own worker. */
  driver?: (runId: string) => Promise<void>;
}

/** The whole run. Errors: the lead was too short. */
export async function playWave(stack: Stack, crowd: Crowd, options: WaveOptions): Promise<WaveTimes> {
  const { size, group } = crowd;
  const { key, leadMs, phase = (work) => work(), driver } = options;
  const untilMs = (await stack.businessNow()) + leadMs;
  const first = await phase(() =>
    timed(async () => {
      const runId = await launch(stack, waveCampaign(key, group, untilMs));
      await driver?.(runId);
      await reached(stack, runId, `node = '${SEND_1}' and measure in ('accepted', 'suppressed')`, size);
      return runId;
    }),
  );
  const runId = first.value;
  const responders = options.silent ? [] : numbers(size).filter(responds);
  const response = await phase(() =>
    timed(async () => {
      await tell(
        stack,
        responders.map((n) => ({ messageId: `${key}-${n}`, userId: idOf(crowd, n) })),
      );
      await reached(stack, runId, `node = 'done' and measure = 'ended'`, responders.length);
    }),
  );
  const left = untilMs - (await stack.businessNow());
  if (left <= 0) throw new Error(`the wait was over ${-left} ms before everybody had responded: give a longer lead`);
  await new Promise((resolve) => setTimeout(resolve, left));
  const second = await phase(() =>
    timed(async () => {
      const silent = size - responders.length;
      await reached(stack, runId, `node = '${SEND_2}' and measure in ('accepted', 'suppressed')`, silent);
      if (!driver) await until('the run is closed', () => isClosed(stack, runId), PATIENCE_MS, 50);
    }),
  );
  return { runId, firstMs: first.ms, responseMs: response.ms, secondMs: second.ms };
}

/** Everybody has the first message and waits, for a day. */
export async function startWaiting(stack: Stack, { group, size }: Crowd): Promise<void> {
  const runId = await launch(stack, waveCampaign(group, group, (await stack.businessNow()) + DAY_MS));
  await reached(stack, runId, `node = '${SEND_1}' and measure in ('accepted', 'suppressed')`, size);
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const begin = performance.now();
  const value = await work();
  return { value, ms: performance.now() - begin };
}

/** Until the run's counters say so: some hundred rows, whatever its size. */
async function reached(stack: Stack, runId: string, where: string, n: number): Promise<void> {
  const sql = `select coalesce(sum(n), 0)::int as n from counters where run_id = $1 and ${where}`;
  await until(where, async () => (await stack.one<{ n: number }>(sql, [runId])).n >= n, PATIENCE_MS, 50);
}

async function isClosed(stack: Stack, runId: string): Promise<boolean> {
  const { state } = await stack.one<{ state: string }>('select state from runs where id = $1', [runId]);
  return state === 'closed';
}

/** Purchases by the ingestion API, some requests at once. */
async function tell(stack: Stack, events: { messageId: string; userId: string }[]): Promise<void> {
  let from = 0;
  const source = async () => {
    while (from < events.length) {
      const own = events.slice(from, (from += EVENTS_AT_ONCE));
      const batch = own.map((one) => ({ type: 'track', event: 'purchase', properties: { amount: 1000 }, ...one }));
      await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, source));
}

/** A small run beside the other tests may take many times as long as alone. */
const LEAST_MS = IS_TINY ? 30_000 : 0;
/** The lead for a size that nothing has been measured of yet: a slow machine's pace. */
export const leadFor = (size: number): number => Math.max(LEAST_MS, 15_000 + 1.5 * size);
/** The lead after a run: half as much again as it took, for one of `times` its size as much again. */
export const leadAfter = ({ firstMs, responseMs }: WaveTimes, times = 1): number =>
  Math.max(LEAST_MS, 7_500 + (times === 1 ? 1.5 : 2 * times) * (firstMs + responseMs));
