/**
 * Links as they are read: what became of whoever came to one, and why of whom did not get in.
 */
import type { Pool } from './pool.js';

/** `waiting`: not told yet; `failed`: set apart, because no statement takes it. */
export const LINK_OUTCOMES = ['waiting', 'entered', 'refused', 'not_open', 'failed'] as const;
export type LinkOutcome = (typeof LINK_OUTCOMES)[number];

export interface LinkRow {
  id: string;
  customerId: string;
  runId: string;
  node: string;
  visit: number;
  /** That it leads to. */
  campaign: string;
  at: Date;
  outcome: LinkOutcome;
  reason: string | null;
  /** The run that it let the customer into. */
  enteredRun: string | null;
}

const LINKS = `
  select l.id, l.customer_id as "customerId", l.run_id as "runId", l.node, l.visit, l.campaign, l.at,
    coalesce(l.outcome, 'waiting') as outcome, l.reason, e.run_id as "enteredRun"
  from links l
  left join events v on v.message_id = l.id and l.outcome = 'entered'
  left join campaign_entries e on e.campaign = l.campaign and e.customer_id = l.customer_id and e.event_no = v.no`;

export class LinksReadStore {
  constructor(private readonly pool: Pool) {}

  /** By id; one more than `limit`. Index: links_run. */
  async ofRun(
    runId: string,
    filter: {
      outcome?: LinkOutcome | undefined;
      reason?: string | undefined;
      campaign?: string | undefined;
      after: string;
      limit: number;
    },
  ): Promise<LinkRow[]> {
    const { outcome, reason, campaign, after, limit } = filter;
    const { rows } = await this.pool.query<LinkRow>(
      `${LINKS} where l.run_id = $1 and l.id > $2 and ($3::text is null or coalesce(l.outcome, 'waiting') = $3)
         and ($4::text is null or l.reason = $4) and ($5::text is null or l.campaign = $5)
       order by l.id limit $6`,
      [runId, after, outcome ?? null, reason ?? null, campaign ?? null, limit + 1],
    );
    return rows;
  }

  /** Of one customer: out of this campaign, and into it; oldest first. Index: links_customer. */
  async ofCustomer(customer: string, campaign: string): Promise<(LinkRow & { from: string })[]> {
    const { rows } = await this.pool.query<LinkRow & { from: string }>(
      `select k.*, r.campaign as "from" from (${LINKS} where l.customer_id = $1) k join runs r on r.id = k."runId"
       where r.campaign = $2 or k.campaign = $2 order by k.at, k.id`,
      [customer, campaign],
    );
    return rows;
  }
}
