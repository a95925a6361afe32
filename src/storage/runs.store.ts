/**
 * Runs as they are read: each answer comes from one statement, so that both sums of law 4 add up at any moment.
 */
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import type { ControlState } from './advisory.js';
import { hasWords } from './has-words.js';
import type { Client, Pool } from './pool.js';

export interface RunRow {
  id: string;
  campaign: string;
  version: number;
  trigger: string;
  state: 'opening' | 'running' | 'closed';
  startedAt: Date;
  closedAt: Date | null;
  asOf: Date | null;
  audience: number | null;
  unmatched: number | null;
  lanes: number | null;
  openedBy: string;
  control: ControlState;
  /** When its decisions and messages began to be removed; null: they are kept. */
  expiredAt: Date | null;
}
/** One counter summed over its lanes. */
export interface Count {
  node: string;
  visit: number;
  measure: string;
  reason: string;
  n: number;
}
export interface WaveMoney {
  wave: number;
  state: string;
  n: number;
}
export interface RunSnapshot {
  run: RunRow;
  definition: LaunchedCampaign;
  counts: Count[];
  payouts: WaveMoney[];
  participants: { active: number; ended: number; failed: number };
  businessEpoch: Date | null;
}

const COLUMNS = `r.id, r.campaign, r.version, r.trigger_key as trigger, r.state, r.started_at as "startedAt", r.closed_at as "closedAt",
  r.as_of as "asOf", r.audience_count as audience, r.source_count - r.audience_count as unmatched, r.lanes, r.opened_by as "openedBy",
  coalesce((select c.state from controls c where c.scope = 'run/' || r.id), 'running') as control,
  (select t.at from retentions t where t.run_id = r.id) as "expiredAt"`;

export class RunsStore {
  constructor(private readonly pool: Pool) {}

  /** Newest first by start; `q`: words of its id or its campaign's key; `after` is the last row's sort key, `<ISO time> <id>`. One more than `limit`. */
  async list(filter: {
    campaign?: string | undefined;
    q?: string | undefined;
    after: string;
    limit: number;
  }): Promise<RunRow[]> {
    const [time, id] = filter.after === '' ? [null, null] : filter.after.split(' ', 2);
    const { rows } = await this.pool.query<RunRow>(
      `select ${COLUMNS} from runs r
       where ($1::text is null or r.campaign = $1)
         and ${hasWords("r.id || ' ' || r.campaign", '$5')}
         and ($2::timestamptz is null or (r.started_at, r.id) < ($2::timestamptz, $3::text collate "C"))
       order by r.started_at desc, r.id desc limit $4`,
      [filter.campaign ?? null, time, id, filter.limit + 1, filter.q ?? null],
    );
    return rows;
  }

  async find(id: string): Promise<RunRow | null> {
    const { rows } = await this.pool.query<RunRow>(`select ${COLUMNS} from runs r where r.id = $1`, [id]);
    return rows[0] ?? null;
  }

  /** Whether any message of it has still to go out, or may have to; by counters, for a run may have had a million. */
  async hasOpenMessages(id: string): Promise<boolean> {
    const { rows } = await this.pool.query<{ open: boolean }>(
      `select coalesce(sum(n), 0) > 0 as open from counters where run_id = $1 and measure in ('queued', 'submitting', 'ambiguous')`,
      [id],
    );
    return rows[0]?.open ?? false;
  }

  async snapshot(id: string, client: Client | Pool = this.pool): Promise<RunSnapshot | null> {
    const [snapshot] = await this.snapshots([id], client);
    return snapshot ?? null;
  }

  /**
   * Those of these runs that exist, all as of one moment. People are told by the counters that moved with them, so that a run of a million is read as fast
   * as a small one; only who was set apart is counted. Index: counters_pkey, participants_failed, payouts_run.
   */
  async snapshots(ids: readonly string[], client: Client | Pool = this.pool): Promise<RunSnapshot[]> {
    const { rows } = await client.query<RunRow & Omit<RunSnapshot, 'run' | 'participants'> & { failed: number }>(
      `select ${COLUMNS}, v.definition,
         (select business_epoch from installation) as "businessEpoch",
         (select coalesce(json_agg(t), '[]') from (
            select node, visit, measure, reason, sum(n)::bigint as n from counters where run_id = r.id
            group by 1, 2, 3, 4 having sum(n) <> 0 order by 1, 2, 3, 4) t) as counts,
         (select coalesce(json_agg(t), '[]') from (
            select wave, state, count(*) as n from payouts where run_id = r.id group by 1, 2 order by 1, 2) t) as payouts,
         (select count(*) from participants p where p.run_id = r.id and p.state = 'failed') as failed
       from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
       where r.id = any($1)`,
      [ids],
    );
    return rows.map(({ definition, counts, payouts, failed, businessEpoch, ...run }) => {
      const participants = participantsOf(counts, failed);
      return { run, definition, counts, payouts, participants, businessEpoch };
    });
  }
}

/** Each is in one run once, and ends there once; who was set apart has ended by a reason, too. */
function participantsOf(counts: readonly Count[], failed: number): RunSnapshot['participants'] {
  const sum = (measure: string) =>
    counts.reduce((total, count) => total + (count.measure === measure ? count.n : 0), 0);
  return { active: sum('here'), ended: sum('ended') - failed, failed };
}
