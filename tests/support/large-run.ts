/**
 * A running run of so many people as its page reads it, made by set-based SQL: its people, counters, responses and payouts, each as the engine would have
 * left them after the first of two waves. A fifth has bought and was paid; who has not waits for the second.
 */
import type pg from 'pg';

const LANES = 16;
/** How long after its wave somebody answered: most of them soon. */
const WAIT_S = 172_800;

/** `run`: opened by the API, frozen by nobody. */
export async function growRun(db: pg.Pool, run: string, people: number): Promise<void> {
  const bought = Math.floor(people / 5);
  await db.query(
    `update runs set state = 'running', as_of = started_at, audience_count = $2, lanes = $3 where id = $1`,
    [run, people, LANES],
  );
  await db.query(
    `insert into lanes (run_id, lane, stripe_from, stripe_to) select $1, n, n * 4, n * 4 + 4 from generate_series(0, $2 - 1) n
     on conflict do nothing`,
    [run, LANES],
  );
  await db.query(
    `insert into participants (customer_id, run_id, lane, state, node, due_at, wave, wave_at, window_end_at, responded, end_reason, entered_at)
     select $1 || '-' || n, $1, n % $3, case when n < $4 then 'ended' else 'active' end, case when n < $4 then 'done' else 'wait-2' end,
       case when n >= $4 then r.started_at + interval '4 days' end, case when n < $4 then 1 else 2 end, r.started_at,
       case when n >= $4 then r.started_at + interval '4 days' end, n < $4, case when n < $4 then 'done' end, r.started_at
     from generate_series(0, $2 - 1) n cross join runs r where r.id = $1`,
    [run, people, LANES, bought],
  );
  await db.query(
    `insert into responses (run_id, node, visit, customer_id, wave, wave_at, event_no, occurred_at, received_at)
     select $1, 'wait-1', 1, $1 || '-' || n, 1, r.started_at, n, r.started_at + after * interval '1 second', r.started_at + after * interval '1 second'
     from (select n, $3 * power(n::float8 / $2, 3) as after from generate_series(0, $2 - 1) n) o cross join runs r where r.id = $1`,
    [run, bought, WAIT_S],
  );
  await db.query(
    `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider, shard, state,
       input_sha256, evidence, budget_seq, decided_at)
     select 'p/' || slot || '/1', 'p/' || slot, slot, $1, r.campaign, 'reward-1', 1, 1, $1 || '-' || n, 'cashback', 5000, 'KRW', 'main', 'sim-pay', n % 8,
       case when n % 50 = 0 then 'accepted' else 'paid' end, '', '{}', n, r.started_at
     from (select n, $1 || '/reward-1/1/' || n as slot from generate_series(0, $2 - 1) n) s cross join runs r where r.id = $1`,
    [run, bought],
  );
  await db.query(
    `insert into counters (run_id, node, visit, measure, reason, lane, n)
     select $1, node, 1, measure, reason, lane, sum(n)::bigint from (
       select i % $3 as lane, f.* from generate_series(0, $2 - 1) i cross join lateral (values
         ('send-1', 'entered', '', 1), ('send-1', 'moved', 'wait-1', 1), ('send-1', 'decided', '', 1), ('send-1', 'accepted', '', 1),
         ('wait-1', 'entered', '', 1), ('wait-1', 'moved', 'bought-1', 1), ('wait-1', 'responded', '', (i < $4)::int),
         ('bought-1', 'entered', '', 1), ('bought-1', 'moved', 'reward-1', (i < $4)::int), ('bought-1', 'moved', 'send-2', (i >= $4)::int),
         ('reward-1', 'entered', '', (i < $4)::int), ('reward-1', 'moved', 'done', (i < $4)::int),
         ('done', 'entered', '', (i < $4)::int), ('done', 'ended', 'done', (i < $4)::int),
         ('send-2', 'entered', '', (i >= $4)::int), ('send-2', 'moved', 'wait-2', (i >= $4)::int), ('send-2', 'decided', '', (i >= $4)::int),
         ('send-2', 'accepted', '', (i >= $4)::int), ('wait-2', 'entered', '', (i >= $4)::int), ('wait-2', 'here', '', (i >= $4)::int)
       ) as f(node, measure, reason, n)) all_of
     group by node, measure, reason, lane having sum(n) > 0`,
    [run, people, LANES, bought],
  );
}
