/**
 * Customers. Status, zone, consents and addresses share one gate version; every new one leaves an append-only row that says who said so.
 */
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import { importCustomers, type CustomerRow, type ImportOutcome, type ImportTerms } from './customer-import.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Customer {
  id: string;
  zone: string;
  status: CustomerStatus;
  gateVersion: number;
  attrVersion: number;
  consents: Record<string, Consent>;
  addresses: Record<string, string>;
  attributes: Record<string, string | number | boolean>;
}

/** A change of gate facts and who said so; times are epoch ms. */
export interface GateChange {
  status?: CustomerStatus;
  /** Merged by key. */
  consents?: Record<string, Consent>;
  source: string;
  occurredAt: number;
  now: number;
}

const COLUMNS = `id, zone, status, gate_version as "gateVersion", attr_version as "attrVersion", consents, addresses, attributes`;

export class CustomersStore {
  constructor(private readonly pool: Pool) {}

  async import(rows: AsyncIterable<CustomerRow>, terms: ImportTerms): Promise<ImportOutcome> {
    return await importCustomers(this.pool, rows, terms);
  }

  async find(id: string): Promise<Customer | null> {
    const { rows } = await this.pool.query<Customer>(`select ${COLUMNS} from customers where id = $1`, [id]);
    return rows[0] ?? null;
  }

  /** The customer as it is afterwards, or null when there is none. `also` runs in the same transaction, and is told how the customer was before. */
  async changeGate(
    id: string,
    change: GateChange,
    also: (client: Client, before: Customer) => Promise<void>,
  ): Promise<Customer | null> {
    return await inTransaction(this.pool, async (client) => {
      const before = await client.query<Customer>(`select ${COLUMNS} from customers where id = $1 for update`, [id]);
      await changeGates(client, [{ id, ...change }]);
      const { rows } = await client.query<Customer>(`select ${COLUMNS} from customers where id = $1`, [id]);
      if (rows[0] && before.rows[0]) await also(client, before.rows[0]);
      return rows[0] ?? null;
    });
  }
}

/** Merged by name, null removes; unknown and erased customers have none. What changes nothing makes no version. Locks: customers by id. */
export async function mergeAttributes(
  client: Client,
  changes: ReadonlyMap<string, Record<string, string | number | boolean | null>>,
): Promise<void> {
  if (changes.size === 0) return;
  await client.query('select 1 from customers where id = any($1::text[]) order by id for update', [
    [...changes.keys()],
  ]);
  await client.query(
    `update customers c set attributes = jsonb_strip_nulls(c.attributes || r.attributes), attr_version = c.attr_version + 1
     from json_to_recordset($1::json) as r(id text, attributes jsonb)
     where c.id = r.id and c.erased_at is null and jsonb_strip_nulls(c.attributes || r.attributes) <> c.attributes`,
    [JSON.stringify([...changes].map(([id, attributes]) => ({ id, attributes })))],
  );
}

/** Of these attributes, those that some customer has; null where there are no customers. */
export async function attributesAmong(client: Client | Pool, names: readonly string[]): Promise<Set<string> | null> {
  const { rows } = await client.query<{ some: boolean; known: string[] }>(
    `select exists (select 1 from customers) as some,
       array(select n from unnest($1::text[]) as n where exists (select 1 from customers where attributes ? n)) as known`,
    [[...new Set(names)]],
  );
  const [row] = rows;
  return row?.some ? new Set(row.known) : null;
}

/** Apply gate changes, one per customer, in id order; what changes nothing makes no version. */
export async function changeGates(client: Client, changes: readonly (GateChange & { id: string })[]): Promise<void> {
  const rows = changes.map((c) => ({
    id: c.id,
    status: c.status ?? null,
    consents: c.consents ?? {},
    source: c.source,
    occurred_at: new Date(Math.min(c.occurredAt, c.now)),
    recorded_at: new Date(c.now),
  }));
  const values = [JSON.stringify(rows)];
  const shape = '(id text, status text, consents jsonb, source text, occurred_at timestamptz, recorded_at timestamptz)';
  await client.query(
    `select 1 from customers c where c.id in (select id from json_to_recordset($1::json) as r${shape}) order by c.id for update`,
    values,
  );
  await client.query(
    `with changed as (
       update customers c set status = coalesce(r.status, c.status), consents = c.consents || r.consents, gate_version = c.gate_version + 1
       from json_to_recordset($1::json) as r${shape}
       where c.id = r.id and (coalesce(r.status, c.status) <> c.status or c.consents || r.consents <> c.consents)
       returning c.id, c.gate_version, c.status, c.zone, c.consents, r.source, r.occurred_at, r.recorded_at)
     insert into gate_versions (customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at)
     select * from changed`,
    values,
  );
}
