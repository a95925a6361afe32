/**
 * The audit's own temporary tables. They are made before the snapshot, because a read-only transaction may fill them but not make them:
 * the books as read, and the trace and journeys of the snapshot taken apart once for all laws.
 */
import type pg from 'pg';
import { ARM_TABLE, loadArms } from './arms.js';
import { BID_TABLES, loadBids } from './budget-replay.js';
import { bookName, readMessages, readPayments, type MessageEntry, type PaymentEntry } from './books.js';
import { BOX_TABLES, loadDraws } from './lucky-boxes.js';
import { CHAIN_TABLE, loadChains } from './chain.js';
import { EXPORTS_TABLE, loadExports } from './exports.js';
import { EXPIRED_TABLE, loadExpired } from './retention.js';
import { HEADS_TABLE } from './signed-heads.js';
import { effectSides, type Journey } from './journeys.js';

/** 1: before the snapshot, has to be explained by it. 2: after it, has to hold all that it says. */
export type Reading = 1 | 2;

const ROWS_AT_ONCE = 5_000;

const TABLES = `
create temporary table audit_payments (reading smallint, mine boolean, type text, key text collate "C", reference text, amount text,
  currency text, kind text, customer text collate "C");
create temporary table audit_messages (reading smallint, mine boolean, id text collate "C", reference text, channel text,
  body_sha256 text, customer text collate "C", run text collate "C", node text collate "C", at timestamptz);
create temporary table audit_booked (system text, name text collate "C");
create temporary table audit_clock (business_now timestamptz, database_now timestamptz, epoch timestamptz);
create temporary table audit_steps (run_id text collate "C", customer_id text collate "C", no bigint, ord int, kind text,
  context_id bigint, gate_version int, node text collate "C", visit smallint, codes text, message text, reward text, ending text,
  arm text, amount text, box text, draw text);
create temporary table audit_terms (run_id text collate "C", product text, zone text, review jsonb, when_withdrawn text, approval jsonb,
  launched_by text, opened_by text);
create temporary table audit_nodes (run_id text collate "C", node text collate "C", type text, starts boolean, def jsonb);
create temporary table audit_sides (campaign text collate "C", version int, branch text collate "C", side text, scope text, node text collate "C");
create temporary table audit_contacts (id text collate "C", run_id text collate "C", customer_id text collate "C", channel text,
  purpose text, product text, at timestamptz, zone text, context_id bigint, claim_id bigint);
`;

export async function makeTables(client: pg.ClientBase): Promise<void> {
  await client.query(
    TABLES + CHAIN_TABLE + HEADS_TABLE + EXPORTS_TABLE + BOX_TABLES + BID_TABLES + ARM_TABLE + EXPIRED_TABLE,
  );
}

export interface Books {
  providerBooks: readonly string[];
  gatewayBooks: readonly string[];
}

/** Read all books from their beginnings. With a run, lines of other runs are kept but are not `mine`. Errors: BookUnreadable. */
export async function loadBooks(
  client: pg.ClientBase,
  books: Books,
  reading: Reading,
  runId: string | null,
): Promise<void> {
  const mine = (kind: 'p' | 'm', key: string) => runId === null || key.startsWith(`${kind}/${runId}/`);
  for (const place of books.providerBooks) {
    await insertChunks(
      client,
      readPayments(place),
      (entry: PaymentEntry) => ({ ...entry, mine: mine('p', entry.key) }),
      (rows) => ({
        text: `insert into audit_payments
             select $1, mine, type, key, reference, amount, currency, kind, customer from json_to_recordset($2::json)
               as x(mine boolean, type text, key text, reference text, amount text, currency text, kind text, customer text)`,
        values: [reading, rows],
      }),
    );
  }
  for (const place of books.gatewayBooks) {
    await insertChunks(
      client,
      readMessages(place),
      (entry: MessageEntry) => ({ ...entry, mine: mine('m', entry.id) }),
      (rows) => ({
        text: `insert into audit_messages
             select $1, mine, id, reference, channel, "bodySha256", customer, run, node, at from json_to_recordset($2::json)
               as x(mine boolean, id text, reference text, channel text, "bodySha256" text, customer text, run text, node text, at timestamptz)`,
        values: [reading, rows],
      }),
    );
  }
  await client.query('analyze audit_payments; analyze audit_messages');
}

async function insertChunks<Entry>(
  client: pg.ClientBase,
  entries: AsyncIterable<Entry>,
  rowOf: (entry: Entry) => object,
  insert: (json: string) => pg.QueryConfig,
): Promise<void> {
  let rows: object[] = [];
  for await (const entry of entries) {
    rows.push(rowOf(entry));
    if (rows.length < ROWS_AT_ONCE) continue;
    await client.query(insert(JSON.stringify(rows)));
    rows = [];
  }
  if (rows.length > 0) await client.query(insert(JSON.stringify(rows)));
}

/** Tell the time, and take the snapshot's trace and journeys apart. */
export async function loadSnapshot(
  client: pg.ClientBase,
  runId: string | null,
  temporalAheadMs: number,
): Promise<void> {
  await client.query(
    `insert into audit_clock
     select clock_timestamp() + $1::float8 * interval '1 millisecond' + coalesce(business_epoch - temporal_base, interval '0'),
       clock_timestamp(), business_epoch from installation`,
    [temporalAheadMs],
  );
  await loadExpired(client);
  await client.query(STEPS, [runId]);
  await client.query(TERMS);
  await client.query(NODES, [runId]);
  await client.query('analyze audit_steps; analyze audit_terms; analyze audit_nodes');
  await loadDraws(client);
  await loadBids(client);
  await loadArms(client, runId);
  await loadSides(client, runId);
  await client.query(CONTACTS, [runId]);
  await client.query('analyze audit_contacts');
  await loadChains(client);
  await loadExports(client);
}

/** Of every run what the laws ask of its definition, taken out once: of a row at a time, a long definition costs more than all else of an audit. */
const TERMS = `
insert into audit_terms
select r.id, d.campaign->>'product', d.campaign->>'zone', d.campaign->'review', d.campaign->>'payoutWhenWithdrawn', d.campaign->'payoutApproval',
       v.launched_by, r.opened_by
from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
cross join lateral (select v.definition->'campaign' as campaign offset 0) d`;

const NODES = `
insert into audit_nodes
select r.id, n.key, n.value->>'type', n.key = d.journey->>'start', n.value
from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
cross join lateral (select v.definition#>'{campaign,journey}' as journey offset 0) d
cross join lateral jsonb_each(d.journey->'nodes') as n
where $1::text is null or r.id = $1`;

/** The code of this name in `p.codes`, or null. */
const code = (name: string) =>
  `case when strpos(p.codes, '${name}=') > 0 then split_part(split_part(p.codes, '${name}=', 2), ',', 1) end`;

/** One row per step of every trace row, in order; the codes that the laws ask for are picked out. */
const STEPS = `
insert into audit_steps
select t.run_id, t.customer_id, t.no, s.ord, x.kind, t.context_id, t.gate_version,
       split_part(p.place, '#', 1), nullif(split_part(p.place, '#', 2), '')::smallint, p.codes,
       ${code('message')}, ${code('reward')},
       case when strpos(p.codes, 'exit=') > 0 then split_part(split_part(p.codes, 'exit=', 2), ',', 1)
            when ',' || p.codes like '%,link=%' then 'linked'
            when ',' || p.codes || ',' like '%,stop,%' then 'stopped' end,
       ${code('arm')}, ${code('amount')}, ${code('box')}, ${code('draw')}
from trace t
left join decision_contexts x on x.id = t.context_id
cross join lateral unnest(string_to_array(t.steps, '|')) with ordinality as s(step, ord)
cross join lateral (select split_part(s.step, ':', 1) as place, substr(s.step, strpos(s.step, ':') + 1) as codes) p
where $1::text is null or t.run_id = $1`;

/**
 * Every message that counts as a contact: it is in a gateway's book (or captured by ourselves, or in our inbox or on our lists), at its hand-over's now, with the context
 * that decided it and that of its newest hand-over, in the zone of the gate version that the hand-over saw. With a run: of the run's customers, whatever run they are of.
 */
const CONTACTS = `
insert into audit_contacts
with people as materialized (select customer_id from participants where run_id = $1),
decided as (
  select t.run_id, t.customer_id, split_part(s.step, ':', 1) as place, max(t.context_id) filter (where s.step like '%message=queued%') as context_id,
         max(t.context_id) filter (where s.step like '%message=handed_over%') as claim_id
  from trace t cross join lateral unnest(string_to_array(t.steps, '|')) as s(step)
  where (t.steps like '%message=queued%' or t.steps like '%message=handed_over%')
    and (s.step like '%message=queued%' or s.step like '%message=handed_over%')
    and ($1::text is null or t.customer_id in (select customer_id from people))
  group by 1, 2, 3),
sent as (
  select id from audit_messages where reading = 1
  union select id from outbox where gateway in ('capture', 'inbox', 'staff') and state = 'accepted')
select o.id, o.run_id, o.customer_id, o.channel, o.purpose, r.product, o.handover_at,
  coalesce(g.zone, c.zone), d.context_id, d.claim_id
from sent s join outbox o on o.id = s.id
join audit_terms r on r.run_id = o.run_id
left join decided d on d.run_id = o.run_id and d.customer_id = o.customer_id and d.place = o.node || '#' || o.visit
left join gate_versions g on g.customer_id = o.customer_id and g.gate_version = o.handover_gate_version
left join customers c on c.id = o.customer_id
where o.handover_at is not null and ($1::text is null or o.customer_id in (select customer_id from people))`;

async function loadSides(client: pg.ClientBase, runId: string | null): Promise<void> {
  const { rows } = await client.query<{ campaign: string; version: number; journey: Journey }>(
    `select v.campaign, v.version, v.definition->'campaign'->'journey' as journey from campaign_versions v
     where exists (select 1 from runs r where r.campaign = v.campaign and r.version = v.version and ($1::text is null or r.id = $1))`,
    [runId],
  );
  const sides = rows.flatMap(({ campaign, version, journey }) =>
    effectSides(journey).map((side) => ({ campaign, version, ...side })),
  );
  await client.query(
    `insert into audit_sides
     select campaign, version, branch, side, scope, node from json_to_recordset($1::json)
       as x(campaign text, version int, branch text, side text, scope text, node text)`,
    [JSON.stringify(sides)],
  );
}

/**
 * Which systems of others have a book among those given: its file bears the name, some line of a book is about one of its rows, or there are
 * books enough for all systems there are.
 */
export async function nameBooked(client: pg.ClientBase, books: Books): Promise<void> {
  const systems = [
    {
      system: 'provider',
      own: ['pool'], // its book is a table: coupon-codes.ts
      places: books.providerBooks,
      table: 'payouts',
      key: 'key',
      book: 'audit_payments',
      bookKey: 'key',
    },
    {
      system: 'gateway',
      own: ['capture', 'inbox', 'staff'],
      places: books.gatewayBooks,
      table: 'outbox',
      key: 'id',
      book: 'audit_messages',
      bookKey: 'id',
    },
  ];
  for (const { system, own, places, table, key, book, bookKey } of systems) {
    await client.query(
      `insert into audit_booked
       with known as materialized (select distinct ${system} as name from ${table} where not ${system} = any($4::text[])),
            matched as (select distinct t.${system} as name from ${table} t join ${book} b on b.${bookKey} = t.${key})
       select $1, name from known
       where $3::int >= (select count(*) from known) or name = any($2::text[]) or name in (select name from matched)`,
      [system, places.map(bookName), places.length, own],
    );
  }
}
