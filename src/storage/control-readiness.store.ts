/**
 * When a switch is known to hold: every transaction that had not seen its row is over, and no attempt that such a transaction opened has a live
 * lease. After the drain no claim of the scope opens a new attempt, so whatever is open then is of an older epoch: attempts need no epoch
 * of their own to be compared by.
 */
import { drainControl } from './advisory.js';
import { shardsOf } from './attention-sql.js';
import { IN_SCOPE } from './control-changes.js';
import { openHeads } from './open-payouts.js';
import { SCOPES_OF_PAYOUT } from './payout-scopes.js';
import { inTransaction, sqlState, type Pool } from './pool.js';
import { queuedHeads } from './queued-messages.js';

const LOCK_NOT_AVAILABLE = '55P03';

/** Of a message `o` of a run `r`. */
const MESSAGE_OF_SCOPE = `$1 in ('all', 'run/' || r.id, 'campaign/' || r.campaign, 'channel/' || o.channel, 'gateway/' || o.gateway)`;

const QUEUES = `coalesce(json_agg(json_build_object('name', q.name, 'shard', q.shard)), '[]')`;

export interface Affected {
  runs: string[];
  lanes: { runId: string; lane: number }[];
  deliveries: { name: string; shard: number }[];
  payouts: { name: string; shard: number }[];
}

export class ControlReadiness {
  constructor(private readonly pool: Pool) {}

  /** Has the scope's newest switch been acknowledged? Nothing ever switched is. */
  async acknowledged(scope: string): Promise<boolean> {
    const { rows } = await this.pool.query<{ acknowledged: boolean }>(
      `select acknowledged_at is not null as acknowledged from control_changes where scope = $1 order by no desc limit 1`,
      [scope],
    );
    return rows[0]?.acknowledged ?? true;
  }

  /** False when a transaction that shares the scope does not end in time. */
  async drain(scope: string, withinMs: number): Promise<boolean> {
    try {
      await inTransaction(this.pool, async (client) => {
        await client.query(`select set_config('lock_timeout', $1, true)`, [`${Math.max(1, Math.ceil(withinMs))}ms`]);
        await drainControl(client, scope);
      });
      return true;
    } catch (error) {
      if (sqlState(error) === LOCK_NOT_AVAILABLE) return false;
      throw error;
    }
  }

  /** Attempts of the scope whose lease is live: of messages, or (a scope of payouts). Call it after the drain. */
  async liveAttempts(scope: string): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>(
      `select (select count(*) from message_attempts a
               where a.closed_at is null and a.lease_until > clock_timestamp() and $1 !~ '^(provider/|payouts)' and exists (
                 select 1 from outbox o join runs r on r.id = o.run_id
                 where o.attempt_id = a.id and o.state = 'submitting' and ${MESSAGE_OF_SCOPE}))
            + (select count(*) from payout_attempts a
               where a.closed_at is null and a.lease_until > clock_timestamp()
                 and exists (select from payouts p where p.key = a.payout_key and $1 = any(${SCOPES_OF_PAYOUT}))) as n`,
      [scope],
    );
    return rows[0]?.n ?? 0;
  }

  async acknowledge(scope: string): Promise<void> {
    await this.pool.query(
      `update control_changes set acknowledged_at = clock_timestamp()
       where no = (select max(no) from control_changes where scope = $1) and acknowledged_at is null`,
      [scope],
    );
  }

  /**
   * Whose workflows should look again after a switch of the scope; of a channel every queue with messages, for which channels those are of is not asked. What
   * waits is asked by its heads, however much it is. Indexes: outbox_queued_by_run, payouts_open.
   */
  async affected(scope: string): Promise<Affected> {
    const { rows } = await this.pool.query<Affected>(
      `select
         (select coalesce(json_agg(r.id), '[]') from runs r where r.state <> 'closed' and ${IN_SCOPE}
            and not exists (select 1 from lanes l where l.run_id = r.id and not l.done)) as runs,
         (select coalesce(json_agg(json_build_object('runId', l.run_id, 'lane', l.lane)), '[]')
            from runs r join lanes l on l.run_id = r.id and not l.done where r.state <> 'closed' and ${IN_SCOPE}) as lanes,
         (${shardsOf('outbox', `'queued'`)} select ${QUEUES} from q
            where $1 in ('all', 'gateway/' || q.name) or $1 like 'channel/%' or exists (
              with recursive ${queuedHeads('q.name', 'q.shard')} select from heads h join runs r on r.id = h.run_id where ${IN_SCOPE})) as deliveries,
         (${shardsOf('payouts', `'intended', 'approved'`)} select ${QUEUES} from q
            where exists (with recursive ${openHeads('q.name', 'q.shard')} select from heads p where $1 = any(${SCOPES_OF_PAYOUT}))) as payouts`,
      [scope],
    );
    return rows[0] as Affected;
  }
}
