/**
 * Events of anonymous ids, within the ingestion transaction. Whoever keeps an event shares the lock of its id's row, whoever says whose the id is
 * holds it alone: so no event is kept as nobody's after somebody was identified.
 */
import { claimed, type AnonymousId } from '../domain/response/identity.js';
import type { NewEvent } from './events.store.js';
import type { Client } from './pool.js';

export interface AnonymousEvent extends Omit<NewEvent, 'customerId'> {
  anonymousId: string;
}
/** That the anonymous id is the customer's. */
export interface IdentityClaim {
  anonymousId: string;
  customerId: string;
  /** Epoch ms. */
  at: number;
}
export interface Resolved {
  /** Of ids that somebody was identified with: theirs. */
  known: NewEvent[];
  /** Of ids of nobody. */
  unknown: AnonymousEvent[];
  /** Whether events that were kept before have now to join somebody. */
  pending: boolean;
}

interface LockedId extends AnonymousId {
  anonymousId: string;
}

/** Locks: the ids' rows, in their order, before all other locks of ingestion. */
export async function resolveAnonymous(
  client: Client,
  events: readonly AnonymousEvent[],
  claims: readonly IdentityClaim[],
): Promise<Resolved> {
  const ids = [...new Set([...events, ...claims].map(({ anonymousId }) => anonymousId))].sort();
  if (ids.length === 0) return { known: [], unknown: [], pending: false };
  const byId = await lockIds(client, ids, claims.length > 0);
  const pending = await recordClaims(client, byId, claims);
  const resolved: Resolved = { known: [], unknown: [], pending };
  for (const event of events) {
    const customerId = byId.get(event.anonymousId)?.customerId ?? null;
    if (customerId === null) resolved.unknown.push(event);
    else resolved.known.push(ofCustomer(event, customerId));
  }
  return resolved;
}

const ofCustomer = ({ anonymousId: _, ...event }: AnonymousEvent, customerId: string): NewEvent => ({
  ...event,
  customerId,
});

async function lockIds(client: Client, ids: readonly string[], alone: boolean): Promise<Map<string, LockedId>> {
  // a row that does not exist cannot be locked
  await client.query(
    `insert into anonymous_ids (anonymous_id) select id from unnest($1::text[]) as id order by id collate "C" on conflict do nothing`,
    [ids],
  );
  const { rows } = await client.query<LockedId>(
    `select anonymous_id as "anonymousId", customer_id as "customerId", shared from anonymous_ids
     where anonymous_id = any($1::text[]) order by anonymous_id for ${alone ? 'update' : 'share'}`,
    [ids],
  );
  return new Map(rows.map((row) => [row.anonymousId, row]));
}

/** Also in `byId`. Returns whether events that were kept before have to join somebody. */
async function recordClaims(
  client: Client,
  byId: Map<string, LockedId>,
  claims: readonly IdentityClaim[],
): Promise<boolean> {
  const changed: (LockedId & { at: Date })[] = [];
  for (const [anonymousId, own] of Map.groupBy(claims, (claim) => claim.anonymousId)) {
    const before = byId.get(anonymousId);
    if (!before) throw new Error('invariant: a claim of an id that is not locked');
    const after = claimed(
      before,
      own.map(({ customerId }) => customerId),
    );
    if (after.customerId === before.customerId && after.shared === before.shared) continue;
    byId.set(anonymousId, { anonymousId, ...after });
    changed.push({ anonymousId, ...after, at: new Date(Math.max(...own.map(({ at }) => at))) });
  }
  if (changed.length === 0) return false;
  const { rows } = await client.query<{ pending: boolean }>(
    `update anonymous_ids a set customer_id = x.customer, shared = x.shared, claimed_at = x.at,
       pending = x.customer is not null and exists (select from anonymous_events e where e.anonymous_id = a.anonymous_id)
     from json_to_recordset($1::json) as x(id text, customer text, shared boolean, at timestamptz)
     where a.anonymous_id = x.id returning a.pending`,
    [
      JSON.stringify(
        changed.map(({ anonymousId, customerId, ...c }) => ({ ...c, id: anonymousId, customer: customerId })),
      ),
    ],
  );
  return rows.some(({ pending }) => pending);
}

/** Returns how many were new; what has joined a customer before is not. */
export async function keepAnonymous(client: Client, events: readonly AnonymousEvent[]): Promise<number> {
  if (events.length === 0) return 0;
  const { rowCount } = await client.query(
    `insert into anonymous_events (message_id, anonymous_id, name, occurred_at, received_at, properties)
     select message_id, anonymous_id, name, to_timestamp(occurred / 1000.0), to_timestamp(received / 1000.0), properties
     from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::jsonb[]) with ordinality
       as x(message_id, anonymous_id, name, occurred, received, properties, i)
     where not exists (select from events e where e.message_id = x.message_id)
     order by message_id collate "C", i
     on conflict do nothing`,
    [
      events.map((e) => e.messageId),
      events.map((e) => e.anonymousId),
      events.map((e) => e.name),
      events.map((e) => e.occurredAt),
      events.map((e) => e.receivedAt),
      events.map((e) => JSON.stringify(e.properties)),
    ],
  );
  return rowCount ?? 0;
}
