/**
 * What is due and unclaimed: one index probe for each open lane, each shard of each gateway and provider, and each open run. The first of each is
 * asked for, in its index's order: asked whether there is any, a planner that has last seen a table full of what is due now reads all that is done.
 */
import { isPaused, NOT_STOPPED } from './control-changes.js';
import { installationClock } from './installation.store.js';
import { openInOrder } from './open-payouts.js';
import { queuedInOrder } from './queued-messages.js';
import type { Pool } from './pool.js';

/** What has been due for less than this is in somebody's hands. */
const GRACE_MS = 5_000;

interface Shard {
  name: string;
  shard: number;
}
interface Due {
  runs: string[];
  lanes: { runId: string; lane: number }[];
  deliveries: Shard[];
  payouts: Shard[];
}

export class SweepStore {
  constructor(
    private readonly pool: Pool,
    private readonly gateways: Shard[],
    private readonly providers: Shard[],
    /** Whether a provider takes payouts at a business time; what waits for its opening has its workflow's timer. */
    private readonly isOpen: (provider: string, now: number) => boolean = () => true,
  ) {}

  async overdue(temporalNow: number): Promise<Due> {
    const { offsetMs } = await installationClock(this.pool);
    const now = temporalNow + offsetMs;
    const before = new Date(now - GRACE_MS);
    return {
      runs: await this.runs(before),
      lanes: await this.lanes(before),
      deliveries: await this.deliveries(),
      payouts: await this.payouts(now),
    };
  }

  /** Runs that have not been frozen yet, and running ones that have no lane to wait for any more. */
  private async runs(before: Date): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>(
      `select r.id from runs r
       where (r.state = 'opening' and r.started_at <= $1)
          or (r.state = 'running' and not (r.takes_entrants and ${NOT_STOPPED})
              and not exists (select 1 from lanes l where l.run_id = r.id and not l.done))`,
      [before],
    );
    return rows.map((row) => row.id);
  }

  /** Lanes of running runs with somebody due, or with nobody left but not yet done. Index: participants_due. */
  private async lanes(before: Date): Promise<{ runId: string; lane: number }[]> {
    const { rows } = await this.pool.query<{ runId: string; lane: number }>(
      `select l.run_id as "runId", l.lane
       from lanes l join runs r on r.id = l.run_id and r.state = 'running'
       left join lateral (
         select p.due_at from participants p
         where p.run_id = l.run_id and p.lane = l.lane and p.state = 'active' order by p.due_at limit 1) first on true
       where not l.done and (first.due_at is null or first.due_at <= $1)
         and not ${isPaused(`'all'`, `'restoration'`, `'run/' || r.id`, `'campaign/' || r.campaign`)}`,
      [before],
    );
    return rows;
  }

  private async deliveries(): Promise<Shard[]> {
    const { rows } = await this.pool.query<Shard>(
      `select g.name, g.shard
       from json_to_recordset($1::json) as g(name text, shard smallint)
       where (select true from ${queuedInOrder('g.name', 'g.shard')} limit 1)
          or (select min(lookup_at) from outbox o where o.gateway = g.name and o.shard = g.shard and o.state = 'ambiguous') <= clock_timestamp()
          or (select min(lease_until) from message_attempts a where a.gateway = g.name and a.shard = g.shard and a.closed_at is null)
             <= clock_timestamp()`,
      [JSON.stringify(this.gateways)],
    );
    return rows;
  }

  private async payouts(now: number): Promise<Shard[]> {
    const { rows } = await this.pool.query<Shard>(
      `select g.name, g.shard
       from json_to_recordset($1::json) as g(name text, shard smallint, open boolean)
       where g.open and (select true from ${openInOrder('g.name', 'g.shard')} limit 1)
          or (select min(lookup_at) from payouts p where p.provider = g.name and p.shard = g.shard and p.state in ('accepted', 'ambiguous', 'held'))
             <= clock_timestamp()
          or (select min(next_at) from payout_reversals r where r.provider = g.name and r.shard = g.shard
              and r.state in ('requested', 'submitting', 'ambiguous')) <= clock_timestamp()
          or (select true from payout_events e where e.provider = g.name and e.shard = g.shard order by e.at limit 1)
          or (select min(lease_until) from payout_attempts a where a.provider = g.name and a.shard = g.shard and a.closed_at is null)
             <= clock_timestamp()`,
      [JSON.stringify(this.providers.map((own) => ({ ...own, open: this.isOpen(own.name, now) })))],
    );
    return rows;
  }
}
