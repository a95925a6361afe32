/**
 * Responses that came too late to earn their reward by themselves, as finance reads them.
 */
import type { Pool } from './pool.js';

export interface LateClaimRow {
  no: number;
  runId: string;
  campaign: string;
  node: string;
  visit: number;
  wave: number;
  customerId: string;
  event: string;
  occurredAt: Date;
  receivedAt: Date;
  windowTo: Date;
  rewards: string[];
}

export class LateClaimsStore {
  constructor(private readonly pool: Pool) {}

  /** In the order in which they came, one more than `limit`. */
  async list(filter: { run?: string; after: number; limit: number }): Promise<LateClaimRow[]> {
    const { rows } = await this.pool.query<LateClaimRow>(
      `select l.no, l.run_id as "runId", l.campaign, l.node, l.visit, l.wave, l.customer_id as "customerId", e.name as event,
         l.occurred_at as "occurredAt", l.received_at as "receivedAt", l.window_to as "windowTo", l.rewards
       from late_claims l join events e on e.no = l.event_no
       where l.no > $2 and ($1::text is null or l.run_id = $1) order by l.no limit $3`,
      [filter.run ?? null, filter.after, filter.limit + 1],
    );
    return rows;
  }
}
