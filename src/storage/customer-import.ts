/**
 * Bulk upsert of customers: rows stream into a temporary table without touching a customer; one short transaction then applies all or
 * nothing. Absent fields are left as they are, maps are merged by key, and a null entry removes its key.
 */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import { lockImport } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { patiently, withRows } from './patient.js';
import type { Client, Pool } from './pool.js';

export interface CustomerRow {
  /** Of the file, the first is 1. */
  line: number;
  id: string;
  bucket: number;
  status?: CustomerStatus;
  zone?: string;
  consents?: Record<string, Consent>;
  addresses?: Record<string, string | null>;
  attributes?: Record<string, string | number | boolean | null>;
}
export interface ImportCounts {
  received: number;
  created: number;
  updated: number;
  unchanged: number;
}
export interface RepeatedLine {
  line: number;
  firstLine: number;
}
export type ImportOutcome = { kind: 'applied'; counts: ImportCounts } | { kind: 'repeated'; lines: RepeatedLine[] };

export interface ImportTerms {
  /** Who said so. */
  by: string;
  /** Business now, epoch ms. */
  now: number;
  /** Only says what would become of it. */
  preview?: boolean;
}

const REPEATED_MAX = 100;

/** One field of COPY's text format. */
function copyField(value: CustomerRow[keyof CustomerRow]): string {
  if (value === undefined) return '\\N';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/[\\\n\r\t]/g, (c) => (c === '\\' ? '\\\\' : c === '\n' ? '\\n' : c === '\r' ? '\\r' : '\\t'));
}

function copyLine(row: CustomerRow): string {
  const { line, id, bucket, status, zone, consents, addresses, attributes } = row;
  return `${[line, id, bucket, status, zone, consents, addresses, attributes].map(copyField).join('\t')}\n`;
}

/** Rows to COPY text, a few hundred lines a chunk. */
function toCopyText(): Transform {
  let pending = '';
  return new Transform({
    writableObjectMode: true,
    transform(row: CustomerRow, _encoding, done) {
      pending += copyLine(row);
      if (pending.length < 65_536) return done();
      const chunk = pending;
      pending = '';
      done(null, chunk);
    },
    flush(done) {
      done(null, pending);
    },
  });
}

/** Errors of `rows` end the import with nothing changed and are thrown on; so are those of the database. */
export async function importCustomers(
  pool: Pool,
  rows: AsyncIterable<CustomerRow>,
  terms: ImportTerms,
): Promise<ImportOutcome> {
  return await withRows(rows, (begun) => patiently(pool, (client) => load(client, begun, terms)));
}

async function load(client: Client, rows: AsyncIterable<CustomerRow>, terms: ImportTerms): Promise<ImportOutcome> {
  await client.query(
    `create temporary table customer_import (line int, id text collate "C", bucket smallint, status text, zone text,
         consents jsonb, addresses jsonb, attributes jsonb)`,
  );
  await pipeline(rows, toCopyText(), client.query(copyFrom('copy customer_import from stdin')));
  await client.query('create index on customer_import (id)');
  await client.query('analyze customer_import');
  const lines = await repeatedLines(client);
  const outcome: ImportOutcome =
    lines.length > 0
      ? { kind: 'repeated', lines }
      : { kind: 'applied', counts: await (terms.preview ? foresee(client) : applyRetrying(client, terms)) };
  await client.query('drop table customer_import');
  return outcome;
}

async function repeatedLines(client: Client): Promise<RepeatedLine[]> {
  const { rows } = await client.query<RepeatedLine>(
    `select line, first as "firstLine"
     from (select line, min(line) over (partition by id) as first from customer_import) t
     where line <> first order by line limit $1`,
    [REPEATED_MAX],
  );
  return rows;
}

const ATTEMPTS_MAX = 4;

/** A deadlock with a single change (a status, an opt-out) is tried again; imports themselves go one after the other. */
async function applyRetrying(client: Client, terms: ImportTerms): Promise<ImportCounts> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query('begin');
      const counts = await apply(client, terms);
      await appendAudit(client, {
        at: terms.now,
        actor: terms.by,
        action: 'customer.import',
        subject: 'customers',
        after: counts,
      });
      await client.query('commit');
      return counts;
    } catch (error) {
      await client.query('rollback');
      const deadlock = error instanceof Error && 'code' in error && error.code === '40P01';
      if (!deadlock || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

async function apply(client: Client, terms: ImportTerms): Promise<ImportCounts> {
  await lockImport(client);
  const said = [`import:${terms.by}`, new Date(terms.now)];
  const created = await client.query<{ n: number }>(
    `with created as (
       insert into customers (id, bucket, status, zone, consents, addresses, attributes)
       select id, bucket, coalesce(status, 'active'), coalesce(zone, 'Asia/Seoul'), coalesce(consents, '{}'),
         jsonb_strip_nulls(coalesce(addresses, '{}')), jsonb_strip_nulls(coalesce(attributes, '{}'))
       from customer_import order by id
       on conflict (id) do nothing
       returning id, gate_version, status, zone, consents),
     versions as (
       insert into gate_versions (customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at)
       select id, gate_version, status, zone, consents, $1, $2, $2 from created)
     select count(*) as n from created`,
    said,
  );
  const updated = await client.query<{ n: number }>(`${UPDATE} select count(*) as n from updated`, said);
  const received = await client.query<{ n: number }>('select count(*) as n from customer_import');
  const counts = {
    received: received.rows[0]?.n ?? 0,
    created: created.rows[0]?.n ?? 0,
    updated: updated.rows[0]?.n ?? 0,
  };
  return { ...counts, unchanged: counts.received - counts.created - counts.updated };
}

const CHANGES = `coalesce(i.status, c.status) <> c.status
    or coalesce(i.zone, c.zone) <> c.zone
    or c.consents || coalesce(i.consents, '{}') <> c.consents
    or jsonb_strip_nulls(c.addresses || coalesce(i.addresses, '{}')) <> c.addresses
    or jsonb_strip_nulls(c.attributes || coalesce(i.attributes, '{}')) <> c.attributes`;

/** What an import would count now. */
async function foresee(client: Client): Promise<ImportCounts> {
  const { rows } = await client.query<ImportCounts>(
    `select count(*) as received, count(*) filter (where c.id is null) as created,
       count(*) filter (where ${CHANGES}) as updated,
       count(*) filter (where c.id is not null and not (${CHANGES})) as unchanged
     from customer_import i left join customers c on c.id = i.id`,
  );
  return rows[0] as ImportCounts;
}

/** `c` is re-read when a concurrent change was waited for, so nothing of it is lost; those just created do not differ any more. */
const UPDATE = `with updated as (
  update customers c set
    status = coalesce(i.status, c.status),
    zone = coalesce(i.zone, c.zone),
    consents = c.consents || coalesce(i.consents, '{}'),
    addresses = jsonb_strip_nulls(c.addresses || coalesce(i.addresses, '{}')),
    attributes = jsonb_strip_nulls(c.attributes || coalesce(i.attributes, '{}')),
    gate_version = c.gate_version + (
      coalesce(i.status, c.status) <> c.status
      or coalesce(i.zone, c.zone) <> c.zone
      or c.consents || coalesce(i.consents, '{}') <> c.consents
      or jsonb_strip_nulls(c.addresses || coalesce(i.addresses, '{}')) <> c.addresses)::int,
    attr_version = c.attr_version + (jsonb_strip_nulls(c.attributes || coalesce(i.attributes, '{}')) <> c.attributes)::int
  from customer_import i
  where i.id = c.id and (
    ${CHANGES})
  returning c.id, c.gate_version, c.status, c.zone, c.consents),
versions as (
  insert into gate_versions (customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at)
  select id, gate_version, status, zone, consents, $1, $2, $2 from updated
  on conflict (customer_id, gate_version) do nothing)`;
