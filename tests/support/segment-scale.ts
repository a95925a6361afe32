/**
 * Many customers with ten events each, made by Postgres itself: each value is drawn from a hash of the row's number, so that a seed gives the same
 * rows again. The indexes of `events` are taken off for the load and made again by their own definitions.
 */
import type pg from 'pg';

/** Business now of every question; events lie in the two years before it. */
export const NOW = Date.parse('2026-11-01T00:00:00Z');
const EVENTS_PER_CUSTOMER = 10;

/** A draw from [0, 1) for the row `n`, another one for each `column`. */
const draw = (column: number) => `((hashint8extended(n, $2::bigint * 100 + ${column}) & 1073741823) / 1073741824.0)`;

const CUSTOMERS = `
  insert into customers (id, bucket, status, consents, addresses, attributes)
  select 'c' || lpad(n::text, 8, '0'), n % 1024,
    case when ${draw(1)} < 0.96 then 'active' when ${draw(1)} < 0.98 then 'incident' else 'withdrawn' end,
    case when ${draw(2)} < 0.95 then jsonb_build_object('push:advertising', jsonb_build_object('granted', ${draw(2)} < 0.75)) else '{}' end,
    jsonb_build_object('push', 'token-' || n),
    jsonb_build_object('age', 19 + floor(${draw(3)} * 62),
      'grade', case when ${draw(4)} < 0.03 then 'vip' when ${draw(4)} < 0.15 then 'gold' when ${draw(4)} < 0.4 then 'silver' else 'basic' end,
      'region', (array['서울', '경기', '부산', '대구', '인천', '제주'])[1 + floor(${draw(5)} * 6)::int],
      'salaryTransfer', ${draw(6)} < 0.35, 'balanceKrw', floor(${draw(7)} * 100000000))
  from generate_series(1, $1::bigint) n`;

/** In the order of time, as they come in; by the square of a draw some customers do far more than others. */
const EVENTS = `
  insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
  select 'e' || lpad(n::text, 9, '0'), 'c' || lpad((1 + floor(${draw(11)} ^ 2 * $1::bigint))::bigint::text, 8, '0'),
    case when ${draw(12)} < 0.5 then 'purchase' when ${draw(12)} < 0.9 then 'login' when ${draw(12)} < 0.98 then 'limit_inquiry' else 'application' end,
    at, at, jsonb_build_object('amount', 1000 + floor(${draw(13)} * 500000), 'shop', (array['마트', '카페', '주유소', '온라인'])[1 + floor(${draw(14)} * 4)::int])
  from generate_series(1, $1::bigint * ${EVENTS_PER_CUSTOMER}) n
  cross join lateral (select $3::timestamptz - interval '730 days' * (1 - n::float8 / ($1::float8 * ${EVENTS_PER_CUSTOMER} + 1)) as at) t`;

/** As the owner, into a database of its own. */
export async function fillSegmentScale(owner: pg.Pool, customers: number, seed: number): Promise<void> {
  const { rows: indexes } = await owner.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = 'events'::regclass and not indisunique`,
  );
  for (const { name } of indexes) await owner.query(`drop index ${name}`);
  await owner.query(CUSTOMERS, [customers, seed]);
  await owner.query(EVENTS, [customers, seed, new Date(NOW)]);
  for (const { definition } of indexes) await owner.query(definition);
  await owner.query('vacuum (analyze) customers');
  await owner.query('vacuum (analyze) events');
}
