/**
 * One customer's timeline over all campaigns: decisions, gate changes, events, receipts and payouts, by business time, newest first.
 */
import type { Pool } from './pool.js';

export type TimelineKind = 'decision' | 'gate' | 'event' | 'response' | 'receipt' | 'payout' | 'link';

export interface TimelineRow {
  at: Date;
  kind: TimelineKind;
  /** Unique within (at, kind); with them the sort key. */
  key: string;
  run: string | null;
  campaign: string | null;
  /** By kind: steps of a trace, source of a gate version, name of an event, … */
  detail: Record<string, unknown>;
}

/** The last row of the page before. */
export interface TimelineCursor {
  at: Date;
  kind: string;
  key: string;
}

/**
 * Each kind by its own index on the customer; a source says at, key, run and detail. Kept to what is about decisions: no text of a message,
 * no property of an event, no address.
 */
const SOURCES: Record<TimelineKind, string> = {
  decision: `select d.now as at, t.no::text as key, t.run_id as run,
      json_build_object('decidedBy', d.kind, 'steps', t.steps, 'gateVersion', t.gate_version, 'attrVersion', t.attr_version,
        'build', d.build, 'versions', d.versions) as detail
    from trace t join decision_contexts d on d.id = t.context_id where t.customer_id = $1`,
  gate: `select g.recorded_at as at, g.gate_version::text as key, null as run,
      json_build_object('gateVersion', g.gate_version, 'status', g.status, 'zone', g.zone, 'consents', g.consents, 'source', g.source,
        'occurredAt', g.occurred_at) as detail
    from gate_versions g where g.customer_id = $1`,
  event: `select e.received_at as at, e.no::text as key, null as run,
      json_build_object('event', e.name, 'occurredAt', e.occurred_at) as detail
    from events e where e.customer_id = $1`,
  response: `select r.received_at as at, r.run_id || '/' || r.node || '/' || r.visit as key, r.run_id as run,
      json_build_object('node', r.node, 'visit', r.visit, 'wave', r.wave, 'late', r.late, 'occurredAt', r.occurred_at) as detail
    from responses r where r.customer_id = $1`,
  receipt: `select r.received_at as at, r.message_id || '/' || r.event || '/' || extract(epoch from r.at)::text as key, c.run_id as run,
      json_build_object('message', r.message_id, 'event', r.event, 'channel', c.channel, 'occurredAt', r.at) as detail
    from contacts c join receipts r on r.message_id = c.message_id where c.customer_id = $1 and c.state <> 'returned'`,
  payout: `select m.at, m.no::text as key, p.run_id as run,
      json_build_object('payout', p.key, 'node', p.node, 'from', m.from_state, 'to', m.to_state, 'cause', m.cause, 'reason', m.reason,
        'amount', p.amount::text, 'currency', p.currency) as detail
    from payouts p join payout_moves m on m.payout_key = p.key where p.customer_id = $1`,
  link: `select l.at, l.id as key, l.run_id as run,
      json_build_object('node', l.node, 'visit', l.visit, 'campaign', l.campaign, 'outcome', coalesce(l.outcome, 'waiting'), 'reason', l.reason) as detail
    from links l where l.customer_id = $1`,
};

const PAGES = Object.entries(SOURCES).map(
  ([kind, sql]) => `(select at, '${kind}' as kind, key, run, detail from (${sql}) s
    where $2::timestamptz is null or (at, '${kind}'::text collate "C", key collate "C") < ($2, $3, $4)
    order by at desc, key collate "C" desc limit $5)`,
);

export class TimelineStore {
  constructor(private readonly pool: Pool) {}

  /** Newest first, from before the cursor on; one more than `limit`. */
  async of(customer: string, before: TimelineCursor | null, limit: number): Promise<TimelineRow[]> {
    const { rows } = await this.pool.query<TimelineRow>(
      `select t.at, t.kind, t.key, t.run, r.campaign, t.detail
       from (${PAGES.join(' union all ')}) t left join runs r on r.id = t.run
       order by t.at desc, t.kind collate "C" desc, t.key collate "C" desc limit $5`,
      [customer, before?.at ?? null, before?.kind ?? null, before?.key ?? null, limit + 1],
    );
    return rows;
  }
}
