/**
 * What of Postgres needs a workflow, for whoever starts them again when Temporal has lost its own: every open run and lane, every queue with something
 * to do, every calendar of starts. And what still waits, once they are started.
 */
import type { EpochMs } from '../domain/base/time.js';
import { DeliveryResults } from './delivery-results.store.js';
import { installationClock } from './installation.store.js';
import { nextInMs } from './payout-rest.js';
import type { Pool } from './pool.js';
import { StartsStore, type StartRow } from './starts.store.js';

export interface QueueShard {
  name: string;
  shard: number;
}
export interface OpenWork {
  runs: string[];
  /** Of each run. */
  campaigns: ReadonlyMap<string, string>;
  lanes: { runId: string; lane: number }[];
  deliveries: QueueShard[];
  payouts: QueueShard[];
  starts: StartRow[];
}
export interface StillWaiting {
  people: number;
  queued: number;
  /** Messages and payouts of which nobody knows yet. */
  ambiguous: number;
  payouts: number;
  held: number;
}

export class RecoveryStore {
  constructor(private readonly pool: Pool) {}

  async openWork(): Promise<OpenWork> {
    const { rows: runs } = await this.pool.query<{ id: string; campaign: string }>(
      `select id, campaign from runs where state <> 'closed' order by started_at, id`,
    );
    const { rows: lanes } = await this.pool.query<OpenWork['lanes'][number]>(
      `select l.run_id as "runId", l.lane from lanes l join runs r on r.id = l.run_id and r.state = 'running'
       where not l.done order by r.started_at, l.run_id, l.lane`,
    );
    return {
      runs: runs.map(({ id }) => id),
      campaigns: new Map(runs.map(({ id, campaign }) => [id, campaign])),
      lanes,
      deliveries: await this.deliveries(),
      payouts: await this.payouts(),
      starts: await new StartsStore(this.pool).scheduled(),
    };
  }

  /** Business time: the newest that something was decided at, null where nothing was. A clock that lags behind it would decide in the past. */
  async decidedAt(): Promise<EpochMs | null> {
    const { rows } = await this.pool.query<{ now: Date }>('select now from decision_contexts order by id desc limit 1');
    return rows[0]?.now.getTime() ?? null;
  }

  async clockOffsetMs(): Promise<number> {
    return (await installationClock(this.pool)).offsetMs;
  }

  async stillWaiting(): Promise<StillWaiting> {
    const { rows } = await this.pool.query<StillWaiting>(
      `select (select count(*) from participants where state = 'active') as people,
              (select count(*) from outbox where state in ('queued', 'submitting')) as queued,
              (select count(*) from outbox where state = 'ambiguous')
                + (select count(*) from payouts where state = 'ambiguous') as ambiguous,
              (select count(*) from payouts where state in ('intended', 'approved', 'submitting', 'accepted')) as payouts,
              (select count(*) from payouts where state = 'held') as held`,
    );
    return rows[0] as StillWaiting;
  }

  /** Those that would not end at once. One that has never been open is asked for nothing but its messages. */
  private async deliveries(): Promise<QueueShard[]> {
    const { rows } = await this.pool.query<QueueShard & { known: boolean }>(
      `with busy as (
         select gateway as name, shard from outbox where state in ('queued', 'ambiguous')
         union select gateway, shard from message_attempts where closed_at is null)
       select b.name, b.shard, q.name is not null as known
       from busy b left join queues q on q.kind = 'delivery' and q.name = b.name and q.shard = b.shard order by 1, 2`,
    );
    const results = new DeliveryResults(this.pool);
    return await those(rows, async ({ name: gateway, shard, known }) => {
      return !known || (await results.nextInMs({ gateway, shard, step: 0, now: 0 })) !== null;
    });
  }

  private async payouts(): Promise<QueueShard[]> {
    const { rows } = await this.pool.query<QueueShard & { tells: boolean }>(
      `with busy as (
         select provider as name, shard from payouts where state in ('intended', 'approved', 'accepted', 'ambiguous', 'held')
         union select provider, shard from payout_attempts where closed_at is null
         union select provider, shard from payout_events)
       select b.name, b.shard, exists (select from payout_events e where e.provider = b.name and e.shard = b.shard) as tells
       from busy b order by 1, 2`,
    );
    return await those(rows, async ({ name: provider, shard, tells }) => {
      return tells || (await nextInMs(this.pool, { provider, shard, step: 0, now: 0 }, 0)) !== null;
    });
  }
}

async function those<T extends QueueShard>(rows: readonly T[], wanted: (row: T) => Promise<boolean>) {
  const kept: QueueShard[] = [];
  for (const row of rows) if (await wanted(row)) kept.push({ name: row.name, shard: row.shard });
  return kept;
}
