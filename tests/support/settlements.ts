/**
 * Payouts that a provider has paid, with the campaign and the responses behind them, and settlements of its days: what a match has to do with.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { IntentRow } from '../../src/domain/wave/cohort.js';
import { dayOf, type SettlementRow } from '../../src/domain/ledger/settlement.js';
import { movePayouts } from '../../src/storage/payout-moves.js';
import { insertIntents } from '../../src/storage/payouts.store.js';
import { inTransaction, type Pool } from '../../src/storage/pool.js';
import { SettlementFilesStore } from '../../src/storage/settlement-files.store.js';
import { seedCustomers, seedRun, sendOnce, T0 } from './seed.js';

export const PROVIDER = 'pay';
export const ZONE = 'Asia/Seoul';
export const DAY = dayOf(T0, ZONE);
export const AMOUNT = 5_000;
export const AUTHOR = { by: 'finance', now: T0 + 86_400_000 };
const BUDGET = 'main';
const MINUTE_MS = 60_000;

/** Of the reward that everybody earns who answers the wait. */
export const REWARD = {
  type: 'reward',
  kind: 'cashback',
  amount: { value: String(AMOUNT), currency: 'KRW' },
  budget: BUDGET,
  provider: PROVIDER,
  next: 'done',
};

/** A run whose customers have answered and earned; returns the payouts' keys in order. `rule`: of the reward node. */
export async function seedEarned(
  db: pg.Pool,
  pool: Pool,
  count: number,
  { run = 'run', rule = REWARD, over = {} }: { run?: string; rule?: object; over?: Partial<IntentRow> } = {},
): Promise<string[]> {
  const people = Array.from({ length: count }, (_, n) => `${run}-c${String(n).padStart(6, '0')}`);
  const campaign = `c-${run}`;
  await db.query(
    `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ($1, $1, 'launched', '{}', 'm', $2)`,
    [campaign, new Date(T0)],
  );
  await db.query(
    `insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
     values ($1, 1, $3, '', 'm', 'a', 'm', $2)`,
    [campaign, new Date(T0), JSON.stringify({ campaign: { priority: 0, journey: { nodes: { reward: rule } } } })],
  );
  await seedCustomers(db, people);
  await seedRun(db, run, sendOnce(campaign), people);
  await db.query(
    `insert into accounts (key, kind, currency, balance) values
       ('budget:' || $1, 'budget', 'KRW', $2), ('reserved:' || $1, 'reserved', 'KRW', 0), ('funding:' || $1, 'funding', 'KRW', -$2::bigint)
     on conflict do nothing`,
    [BUDGET, 1e12],
  );
  const { rows } = await db.query<{ customer: string; no: string }>(
    `with answered as (
       insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
       select id, id, 'purchase', $2, $2, '{"amount": 70000}' from unnest($1::text[]) as c(id) returning no, customer_id)
     insert into responses (run_id, node, visit, customer_id, wave, event_no, occurred_at, received_at)
     select $3, 'wait', 1, customer_id, 1, no, $2, $2 from answered returning customer_id as customer, event_no as no`,
    [people, new Date(T0), run],
  );
  const intents = rows.map(({ customer, no }): IntentRow => {
    const slotKey = `p/${run}/reward/1/${customer}`;
    return {
      payoutKey: `${slotKey}/1`,
      slotKey,
      claimKey: `run/${run}/reward/${customer}`,
      runId: run,
      campaign,
      node: 'reward',
      visit: 1,
      wave: 1,
      customerId: customer,
      kind: 'cashback',
      amountMinor: AMOUNT,
      currency: 'KRW',
      budget: BUDGET,
      provider: PROVIDER,
      shard: 0,
      evidence: { campaignVersion: 1, respondedTo: ['wait'], answers: { wait: Number(no) }, memo: '' },
      ...over,
    };
  });
  for (let from = 0; from < intents.length; from += 5_000)
    await inTransaction(pool, (client) => insertIntents(client, intents.slice(from, from + 5_000), T0));
  return intents.map(({ payoutKey }) => payoutKey).sort();
}

/** As if the provider had told so, an hour after they were earned unless said otherwise. */
export async function payAll(pool: Pool, keys: readonly string[], paidAt = T0 + 60 * MINUTE_MS): Promise<void> {
  const now = Math.max(paidAt, T0) + MINUTE_MS;
  for (let from = 0; from < keys.length; from += 5_000) {
    const some = keys.slice(from, from + 5_000);
    await inTransaction(pool, async (client) => {
      await movePayouts(
        client,
        some.map((key) => ({ key, to: 'submitting' as const })),
        { now, cause: 'claim' },
      );
      const paid = some.map((key) => ({ key, to: 'paid' as const, paidAt, reference: `r-${key}` }));
      await movePayouts(client, paid, { now, cause: 'reply' });
    });
  }
}

/** As the provider's book has it when it agrees with ours. */
export const agreed = (keys: readonly string[], paidAt = T0 + 60 * MINUTE_MS): Omit<SettlementRow, 'line'>[] =>
  keys.map((key) => ({ key, reference: `r-${key}`, amount: AMOUNT, currency: 'KRW', paidAt }));

/** The next version of the day's settlement; the same rows are the same bytes. */
export async function settlementOf(
  pool: Pool,
  rows: readonly Omit<SettlementRow, 'line'>[],
  { day = DAY, provider = PROVIDER, preview = false } = {},
) {
  const lines = rows.map((row, n): SettlementRow => ({ line: n + 2, ...row }));
  const sha256 = () => createHash('sha256').update(JSON.stringify(lines)).digest();
  async function* read() {
    yield* lines;
  }
  const of = { provider, day, zone: ZONE, source: 'uploaded' as const };
  return await new SettlementFilesStore(pool).keep(of, { rows: read(), sha256, preview }, AUTHOR);
}
