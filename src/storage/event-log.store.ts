/**
 * The events as they came in, the newest first, and what each of them did: read for whoever looks for one. Never what stood in them.
 */
import type { Pool } from './pool.js';

export interface LoggedEvent {
  no: number;
  messageId: string;
  customerId: string;
  name: string;
  occurredAt: Date;
  receivedAt: Date;
  /** Waits that it answered, and those for which it came too late, as run and node. */
  answered: { run: string; node: string }[];
  late: { run: string; node: string }[];
  /** Runs that it let the customer into. */
  entered: string[];
}

export interface EventFilter {
  before: number | null;
  limit: number;
  customer?: string | undefined;
  name?: string | undefined;
}

/** Of the event `e`: the waits of which this table says that it came for them. */
function of(table: 'responses' | 'late_claims'): string {
  return `coalesce((select json_agg(json_build_object('run', t.run_id, 'node', t.node) order by t.run_id, t.node)
    from ${table} t where t.customer_id = e.customer_id and t.event_no = e.no), '[]')`;
}

/** However rare what is looked for, one answer looks at so many events at most. */
const LOOKED_AT = 50_000;

const LOGGED = `select e.no, e.message_id as "messageId", e.customer_id as "customerId", e.name, e.occurred_at as "occurredAt",
    e.received_at as "receivedAt", ${of('responses')} as answered, ${of('late_claims')} as late,
    coalesce((select json_agg(c.run_id order by c.run_id) from event_starts s join campaign_entries c on c.campaign = s.campaign
      where s.event_name = e.name and c.customer_id = e.customer_id and c.event_no = e.no), '[]') as entered
  from found e order by e.no desc`;

export class EventLogStore {
  constructor(private readonly pool: Pool) {}

  /** One more than `limit`; `lookedTo`: the oldest that was looked at, where there may be older ones that fit; else null. */
  async list(filter: EventFilter): Promise<{ rows: LoggedEvent[]; lookedTo: number | null }> {
    const { before, limit, customer, name } = filter;
    if (customer !== undefined) {
      const { rows } = await this.pool.query<LoggedEvent>(
        `with theirs as materialized (select * from events where customer_id = $3 and ($4::text is null or name = $4)),
         found as (select * from theirs where $1::bigint is null or no < $1 order by no desc limit $2) ${LOGGED}`,
        [before, limit + 1, customer, name ?? null],
      );
      return { rows, lookedTo: null };
    }
    const looked = `select * from events where $1::bigint is null or no < $1 order by no desc limit ${LOOKED_AT}`;
    const { rows } = await this.pool.query<LoggedEvent>(
      `with found as (select * from (${looked}) l where $3::text is null or name = $3 order by no desc limit $2) ${LOGGED}`,
      [before, limit + 1, name ?? null],
    );
    if (rows.length > limit || name === undefined) return { rows, lookedTo: null };
    const { rows: end } = await this.pool.query<{ no: number }>(
      `select min(no) as no from (${looked}) l having count(*) = ${LOOKED_AT}`,
      [before],
    );
    return { rows, lookedTo: end[0]?.no ?? null };
  }
}
