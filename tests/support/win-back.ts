/**
 * The win-back campaigns over real purchases: the file, who is chosen, what they get, how six weeks are played, and what is reported, by the engine and
 * by Python (win_back.py).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { defineBasics, launch, oneSend, putCap, validated } from './campaigns.js';
import { comeTo, settle } from './skipped-time.js';
import type { Stack } from './stack.js';

/** Won. */
export const REWARD = 5_000;
const FILE = join(import.meta.dirname, '../fixtures/purchases.csv.gz');
const PYTHON = join(import.meta.dirname, 'win_back.py');
export const EPOCH = '1998-01-01T00:00:00+09:00';
const LOYAL_AT = '1998-01-10T10:00:00+09:00';
/** The 42 days, and the day after: its purchases come when all windows are over. */
const DAYS = Array.from({ length: 43 }, (_, n) =>
  new Date(Date.parse('1998-01-01') + n * 86_400_000).toISOString().slice(0, 10),
);
/** Days with something due at 10:00: the three waves, the other campaign, the end of the last window. */
const AT_TEN = new Set([0, 14, 28, 42, 9].map((n) => DAYS[n]));

/** Python's, in local times of Seoul. */
const PARAMETERS = {
  epoch: '1998-01-01T00:00',
  purchaseHour: 12,
  sendHour: 10,
  lapsedPurchases: 2,
  silentDays: 90,
  waves: 3,
  waitDays: 14,
  experiment: 'lapsed',
  holdoutPercent: 10,
  loyalPurchases: 4,
  loyalAt: '1998-01-10T10:00',
  cap: 3,
  capDays: 30,
  goalDays: 42,
};

interface Purchase {
  /** Its line in the file; line 1 is the header. */
  line: number;
  customer: string;
  /** ISO date. */
  day: string;
  quantity: number;
  amount: number;
}
interface Reach {
  people: number;
  goal: number;
}
interface WaveFigures {
  entered: number;
  suppressed: Record<string, number>;
  sent: number;
  responded: number;
  paid: number;
  buyers: string[];
}
interface RunFigures {
  audience: string[];
  waves: WaveFigures[];
  treated: Reach;
  holdout: Reach;
}
export interface Figures {
  lapsed: RunFigures;
  loyal: RunFigures;
}

export const purchases: Purchase[] = parse<Record<string, string>>(gunzipSync(readFileSync(FILE)), {
  columns: true,
}).map(({ customer_id: customer = '', purchased_on: day = '', quantity, amount_usd: amount }, n) => ({
  line: n + 2,
  customer,
  day,
  quantity: Number(quantity),
  amount: Number(amount),
}));
export const people = [...new Set(purchases.map(({ customer }) => customer))];
export const atNoon = (day: string) => `${day}T12:00:00+09:00`;

const purchased = { event: 'purchase' };
const LAPSED = {
  combinator: 'and',
  rules: [
    { field: 'event.count', operator: '>=', value: 2, of: purchased },
    { field: 'event.count', operator: '=', value: 0, of: { ...purchased, window: { kind: 'rolling', span: 'P90D' } } },
  ],
};
const LOYAL = {
  combinator: 'and',
  rules: [{ field: 'event.count', operator: '>=', value: 4, of: purchased }],
};

/** Three waves at ten: send, wait, reward those who bought, send again to those who did not. */
function winBack(): Record<string, unknown> {
  const wave = (n: number, otherwise: string) => ({
    [`send-${n}`]: { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: `wait-${n}` },
    [`wait-${n}`]: { type: 'wait', span: 'P14D', response: { event: 'purchase' }, next: `bought-${n}` },
    [`bought-${n}`]: { type: 'branch', on: { responded: `wait-${n}` }, yes: `reward-${n}`, no: otherwise },
    [`reward-${n}`]: {
      type: 'reward',
      kind: 'cashback',
      amount: { value: String(REWARD), currency: 'KRW' },
      budget: 'main',
      provider: 'sim-pay',
      claimScope: 'campaign',
      next: 'done',
    },
  });
  return {
    key: 'lapsed',
    name: '돌아오세요',
    purpose: 'advertising',
    segment: 'lapsed',
    goal: { event: 'purchase', window: 'P42D' },
    journey: {
      start: 'draw',
      nodes: {
        draw: { type: 'split', holdout: 1, arms: [{ name: 'treated', weight: 9, next: 'ten' }] },
        ten: { type: 'wait', window: { from: '10:00', to: '12:00' }, next: 'send-1' },
        ...wave(1, 'send-2'),
        ...wave(2, 'send-3'),
        ...wave(3, 'done'),
        done: { type: 'exit' },
      },
    },
  };
}

export async function tell(stack: Stack, told: readonly Purchase[]): Promise<void> {
  for (let from = 0; from < told.length; from += 500) {
    const batch = told.slice(from, from + 500).map(({ line, customer, day, quantity, amount }) => ({
      type: 'track',
      messageId: String(line),
      userId: customer,
      event: 'purchase',
      timestamp: atNoon(day),
      properties: { quantity, amount },
    }));
    await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
  }
}

/** From the first campaign's launch to the end of both. `source`: where the segments are asked; null: of Postgres. */
export async function play(stack: Stack, source: string | null): Promise<{ lapsed: string; loyal: string }> {
  await defineBasics(stack, '10000000', '새 음반이 나왔습니다.');
  await putCap(stack, 'thrice', { window: { kind: 'rolling', span: 'P30D' }, cap: 3 });
  for (const [key, rule] of Object.entries({ lapsed: LAPSED, loyal: LOYAL }))
    await stack.ok('PUT', `/v1/segments/${key}`, { name: key, rule, source });
  const lapsed = await launch(stack, winBack());
  await validated(stack, {
    ...oneSend({ key: 'loyal', segment: 'loyal', priority: 10 }),
    start: { type: 'at', at: LOYAL_AT },
  });
  await stack.ok('POST', '/v1/campaigns/loyal/launch', {}, { as: 'marketer' });
  await settle(stack);
  for (const day of DAYS) {
    if (AT_TEN.has(day)) await comeTo(stack, `${day}T10:00:00+09:00`);
    await comeTo(stack, atNoon(day));
    await tell(
      stack,
      purchases.filter((one) => one.day === day),
    );
    await settle(stack);
  }
  const { items } = await stack.ok('GET', '/v1/campaigns/loyal/starts');
  return { lapsed, loyal: items[0].run };
}

/** What the engine reports, in the shape of Python's. */
export async function figuresOf(stack: Stack, run: string): Promise<RunFigures> {
  const { waves, treated, holdout } = await stack.ok('GET', `/v1/runs/${run}/report`);
  const ids = async (sql: string, ...more: unknown[]) =>
    (await stack.pool.query<{ id: string }>(sql, [run, ...more])).rows.map(({ id }) => id);
  return {
    audience: await ids('select customer_id as id from participants where run_id = $1 order by 1'),
    waves: await Promise.all(
      (waves as (WaveFigures & { wave: number })[]).map(
        async ({ wave, entered, suppressed, sent, responded, paid }) => ({
          entered,
          suppressed,
          sent,
          responded,
          paid,
          buyers: await ids(
            `select customer_id as id from payouts where run_id = $1 and wave = $2 and state = 'paid' order by 1`,
            wave,
          ),
        }),
      ),
    ),
    treated,
    holdout,
  };
}

/**
 * What Python calculates from the file. `windows`: how many buy in each without holdout and cap; `paidByMonth`: rewards by the month (1998-01) of the
 * purchase that earned them.
 */
export function calculated(): Figures & { windows: number[]; paidByMonth: Record<string, number> } {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  return JSON.parse(execFileSync('python3', [PYTHON, FILE, JSON.stringify(PARAMETERS)], options));
}
