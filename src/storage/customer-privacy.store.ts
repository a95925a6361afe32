/**
 * Export and erasure of one customer. Erasing takes what says who they are (attributes, addresses, consents, texts, properties of events);
 * contacts, trace and ledger stay under the id, which says nothing by itself any more. Nothing goes out to them afterwards.
 */
import { stripeOf } from '../domain/base/hash.js';
import { OWN_EVENTS } from '../domain/base/reserved.js';
import { lockStripes } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { messageIdsOf } from './messages-of-customer.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Erased {
  erasedAt: Date;
  messages: number;
  events: number;
}

const all = (of: string, order: string) =>
  `(select coalesce(json_agg(to_jsonb(t) order by ${order}), '[]') from (${of}) t)`;

const MESSAGE_IDS = messageIdsOf('$1');

/** Everything that is kept under the id, by kind. */
const EXPORT = `select
  ${all(`select * from customers where id = $1`, 'id')} as customer,
  ${all(`select customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at from gate_versions where customer_id = $1`, 'gate_version')} as "gateVersions",
  ${all(`select * from consent_changes where customer_id = $1`, 'no')} as "consentChanges",
  ${all(`select * from consent_notices where customer_id = $1`, 'no')} as "consentNotices",
  ${all(`select no, list, excluded, valid_from, valid_to, at from exclusion_entries where customer_id = $1`, 'no')} as exclusions,
  ${all(`select * from events where customer_id = $1`, 'no')} as events,
  ${all(`select anonymous_id, claimed_at from anonymous_ids where customer_id = $1`, 'anonymous_id')} as "anonymousIds",
  ${all(`select e.* from anonymous_events e join anonymous_ids a on a.anonymous_id = e.anonymous_id where a.customer_id = $1`, 'message_id')} as "anonymousEvents",
  ${all(`select p.*, r.campaign from participants p join runs r on r.id = p.run_id where p.customer_id = $1`, 'entered_at, run_id')} as participants,
  ${all(`select * from links where customer_id = $1`, 'at, id')} as links,
  ${all(`select o.* from outbox o where o.id in ${MESSAGE_IDS}`, 'decided_at, id')} as messages,
  ${all(`select c.* from contacts c where c.message_id in ${MESSAGE_IDS}`, 'at, message_id')} as contacts,
  ${all(`select r.* from receipts r where r.message_id in ${MESSAGE_IDS}`, 'received_at, message_id, event')} as receipts,
  ${all(`select * from responses where customer_id = $1`, 'received_at, run_id, node, visit')} as responses,
  ${all(`select key, run_id, campaign, node, visit, wave, kind, amount, currency, state, reason, decided_at, code, paid_at from payouts where customer_id = $1`, 'decided_at, key')} as payouts,
  ${all(`select t.run_id, d.now as at, d.kind, t.steps, t.gate_version, t.attr_version from trace t join decision_contexts d on d.id = t.context_id where t.customer_id = $1`, 'at, run_id')} as decisions`;

export class CustomerPrivacyStore {
  constructor(private readonly pool: Pool) {}

  /** By kind, rows as they are stored; null where there is no such customer. */
  async export(id: string): Promise<Record<string, unknown[]> | null> {
    const { rows } = await this.pool.query<Record<string, unknown[]>>(EXPORT, [id]);
    const [row] = rows;
    return row && row['customer']?.length === 1 ? row : null;
  }

  /** Null where there is no such customer. Again, it erases what has come since. Locks: anonymous ids, stripe, outbox, then the customer. */
  async erase(id: string, said: { by: string; reason: string; now: number }): Promise<Erased | null> {
    return await inTransaction(this.pool, async (client) => {
      await eraseAnonymous(client, id);
      if (!(await holdStripe(client, id))) return null;
      const messages = await eraseTexts(client, id);
      const erasedAt = await eraseCustomer(client, id, said);
      if (!erasedAt) return null;
      // what we tell ourselves, of payouts and links, carries keys only
      const events = await client.query(
        `update events set properties = '{}' where customer_id = $1 and not (name like any($2::text[])) and properties <> '{}'`,
        [id, OWN_EVENTS.map((prefix) => `${prefix}%`)],
      );
      const erased = { erasedAt, messages, events: events.rowCount ?? 0 };
      await appendAudit(client, {
        at: said.now,
        actor: said.by,
        action: 'customer.erase',
        subject: `customer/${id}`,
        reason: said.reason,
        after: erased,
      });
      return erased;
    });
  }
}

/** What waits to join them never will, and nothing tells any more that the anonymous ids were theirs: they are nobody's. */
async function eraseAnonymous(client: Client, id: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `select a.anonymous_id as id from anonymous_ids a join customers c on c.id = a.customer_id where c.id = $1
     order by a.anonymous_id for update of a`,
    [id],
  );
  const ids = rows.map((row) => row.id);
  await client.query('delete from anonymous_events where anonymous_id = any($1::text[])', [ids]);
  await client.query(
    `update anonymous_ids set customer_id = null, shared = true, pending = false, claimed_at = null where anonymous_id = any($1::text[])`,
    [ids],
  );
}

/** No cohort that adds a message to this customer is at work any more; false where there is no such customer. */
async function holdStripe(client: Client, id: string): Promise<boolean> {
  const { rows } = await client.query<{ bucket: number }>('select bucket from customers where id = $1', [id]);
  await lockStripes(
    client,
    rows.map(({ bucket }) => stripeOf(bucket)),
  );
  return rows.length > 0;
}

/** The sum of a text stays, for the gateway's book; what has not gone out never will. */
async function eraseTexts(client: Client, id: string): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    `select o.id from outbox o where o.id in ${MESSAGE_IDS} and o.body_sha256 is null order by o.id for update`,
    [id],
  );
  await client.query(
    `update outbox set body_sha256 = sha256(convert_to(body, 'UTF8')), body = '', title = null,
       withhold = case when state in ('queued', 'submitting', 'ambiguous') then 'erased' else withhold end
     where id = any($1::text[])`,
    [rows.map((row) => row.id)],
  );
  return rows.length;
}

async function eraseCustomer(client: Client, id: string, said: { by: string; now: number }): Promise<Date | null> {
  const now = new Date(said.now);
  const { rowCount } = await client.query('select 1 from customers where id = $1 for update', [id]);
  if (rowCount === 0) return null;
  await client.query(
    `with erased as (
       update customers set status = 'withdrawn', consents = '{}', addresses = '{}', attributes = '{}', gate_version = gate_version + 1,
         attr_version = attr_version + 1, erased_at = $2
       where id = $1 and (erased_at is null or status <> 'withdrawn' or consents <> '{}' or addresses <> '{}' or attributes <> '{}')
       returning id, gate_version, status, zone, consents)
     insert into gate_versions (customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at)
     select id, gate_version, status, zone, consents, $3, $2, $2 from erased`,
    [id, now, `erase:${said.by}`],
  );
  // there is nobody left to be told
  await client.query('update consents set result_due_at = null, renewal_due_at = null where customer_id = $1', [id]);
  const { rows } = await client.query<{ erased_at: Date }>('select erased_at from customers where id = $1', [id]);
  return rows[0]?.erased_at ?? null;
}
