/**
 * The work of a resume or a stop, in batches of one lane each: every batch is a transaction, a row that was moved bears the change's number and
 * is not moved again. A resume's scope stays paused until all of its work is done, so nobody moves between two clocks. A run has one resume under
 * way: that of another scope waits, and takes the clock over where the one before it has left it.
 */
import { drainControl } from './advisory.js';
import { PAUSED_BY_OTHERS } from './control-changes.js';
import { lockDefinition } from './definition-lock.js';
import { inTransaction, sqlState, type Client, type Pool } from './pool.js';

interface Work {
  no: number;
  scope: string;
  state: 'running' | 'stopped';
  overdue: 'send_now' | 'shift' | 'skip' | null;
  at: Date;
  runId: string;
  lane: number;
  /** Of messages of a channel or gateway; a run says itself since when its clock stands. */
  since: Date;
}

const MESSAGES = -1;
/** Of one batch; the sweep has other work, too. */
const DRAIN_MS = 2_000;
const LOCK_NOT_AVAILABLE = '55P03';

export class ControlWork {
  constructor(
    private readonly pool: Pool,
    private readonly batchSize = 5_000,
  ) {}

  /** Go on until all work is done or `goOn` says no; true when nothing of the scope's changes (null: of any) is left. */
  async run(scope: string | null, goOn: () => boolean): Promise<boolean> {
    try {
      while (goOn()) {
        if (await this.batch(scope)) continue;
        const finished = await this.finish(scope);
        if (!(await this.open(scope))) return true;
        if (!finished) return false; // else those that waited for it may go on
      }
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error; // somebody decides who has not seen it: later
    }
    return false;
  }

  async open(scope: string | null): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      'select 1 from control_changes where finished_at is null and ($1::text is null or scope = $1) limit 1',
      [scope],
    );
    return rowCount !== 0;
  }

  /** One batch of one lane that nobody else has in hand; false when there is none. */
  private async batch(scope: string | null): Promise<boolean> {
    return await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<Work>(
        `select c.no, c.scope, c.state, c.overdue, c.at, w.run_id as "runId", w.lane, w.since
         from control_work w join control_changes c on c.no = w.change_no and c.finished_at is null
         where not w.done and ($1::text is null or c.scope = $1)
           and not exists (select 1 from runs r where r.id = w.run_id and r.thaw_no < c.no)
         order by w.change_no, w.run_id, w.lane limit 1 for update of w skip locked`,
        [scope],
      );
      const [work] = rows;
      if (!work) return false;
      // whoever decided without having seen the switch has ended: what they moved is there to be moved, also where the sweep comes before the switch's own drain
      await client.query(`select set_config('lock_timeout', $1, true)`, [`${DRAIN_MS}ms`]);
      await drainControl(client, work.scope);
      await client.query(`select set_config('lock_timeout', '0', true)`);
      const moved = await this.move(client, work);
      if (moved < this.batchSize) {
        await client.query('update control_work set done = true where change_no = $1 and run_id = $2 and lane = $3', [
          work.no,
          work.runId,
          work.lane,
        ]);
      }
      return true;
    });
  }

  private async move(client: Client, work: Work): Promise<number> {
    if (work.state === 'stopped') return await makeDue(client, work, this.batchSize);
    if (work.runId !== '') {
      // a stop in between has taken the run out of this resume
      const { rows } = await client.query<{ since: Date }>(
        'select frozen_at as since from runs where id = $1 and thaw_no = $2 for share',
        [work.runId, work.no],
      );
      if (!rows[0]) return 0;
      work = { ...work, since: rows[0].since };
    }
    if (work.lane !== MESSAGES) return await thawPeople(client, work, this.batchSize);
    return work.overdue === 'send_now' ? 0 : await thawMessages(client, work, this.batchSize);
  }

  /** Changes whose work is done take effect: a resumed scope runs from here on. False when there is none. */
  private async finish(scope: string | null): Promise<boolean> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, 'control');
      const { rows } = await client.query<{ no: number; scope: string; state: string }>(
        `select c.no, c.scope, c.state from control_changes c
         where c.finished_at is null and ($1::text is null or c.scope = $1)
           and not exists (select 1 from control_work w where w.change_no = c.no and not w.done)
         order by c.no for update of c`,
        [scope],
      );
      for (const change of rows) {
        await client.query('update control_changes set finished_at = clock_timestamp() where no = $1', [change.no]);
        if (change.state === 'running') await takeEffect(client, change.no, change.scope);
      }
      return rows.length > 0;
    });
  }
}

/** Whoever is not due yet becomes due now, to end. */
async function makeDue(client: Client, work: Work, limit: number): Promise<number> {
  const { rowCount } = await client.query(
    `with batch as materialized (
       select customer_id from participants
       where run_id = $1 and lane = $2 and state = 'active' and due_at > $3
       order by customer_id limit $4 for update)
     update participants p set due_at = $3 from batch b where p.run_id = $1 and p.customer_id = b.customer_id`,
    [work.runId, work.lane, work.at, limit],
  );
  return rowCount ?? 0;
}

/**
 * `shift`: a span that was under way when the clock stopped is longer by the pause; whoever waits for a moment of the clock (an instant, hours of
 * the day, the end of quiet hours) still waits for that moment. Otherwise windows that ended meanwhile end now, so that what was
 * received in the pause still counts; with `skip`, whoever fell due goes on without contact.
 */
async function thawPeople(client: Client, work: Work, limit: number): Promise<number> {
  const { rowCount } = await client.query(
    `with batch as materialized (
       select customer_id from participants
       where run_id = $1 and lane = $2 and state = 'active' and thaw_no < $3
       order by customer_id limit $4 for update)
     update participants p
     set thaw_no = $3,
         due_at = case when $5 = 'shift' and not p.responded and p.due_at > $6 and p.window_end_at is not null then p.due_at + ($7::timestamptz - $6) else p.due_at end,
         window_end_at = case when p.window_end_at <= $6 then p.window_end_at
                              when $5 = 'shift' then p.window_end_at + ($7::timestamptz - $6)
                              else p.window_end_at + greatest($7::timestamptz - p.window_end_at, interval '0') end,
         frozen_ms = p.frozen_ms + case when $5 = 'shift' and p.wave_at is not null
                                        then (extract(epoch from $7::timestamptz - $6) * 1000)::bigint else 0 end,
         skip_sends = $5 = 'skip' and p.due_at <= $7
     from batch b where p.run_id = $1 and p.customer_id = b.customer_id`,
    [work.runId, work.lane, work.no, limit, work.overdue, work.since, work.at],
  );
  return rowCount ?? 0;
}

/** Longer than this after its decision no message goes out, however long it was paused: its contact is not looked for any longer. */
const MESSAGE_AGE_MAX = `interval '7 days'`;

/** Where a longer pause still holds a message up, that one's end counts all of it. */
async function thawMessages(client: Client, work: Work, limit: number): Promise<number> {
  const { rowCount } = await client.query(
    `with batch as materialized (
       select o.id from outbox o join runs r on r.id = o.run_id
       where o.state = 'queued' and o.thaw_no < $1
         and (case when $2 = '' then $3 in ('channel/' || o.channel, 'gateway/' || o.gateway) else o.run_id = $2 end)
         and ($4 = 'skip' or not case when $2 = '' then coalesce(r.frozen_at < $5, false) else exists (
           select 1 from controls c where c.state = 'paused' and c.at < $5
             and c.scope in ('channel/' || o.channel, 'gateway/' || o.gateway)) end)
       order by o.id limit $7 for update of o)
     update outbox o
     set thaw_no = $1, thawed_at = case when $4 = 'shift' then $6 else o.thawed_at end,
         withhold = case when $4 = 'skip' and o.decided_at <= $6 then 'skipped' else o.withhold end,
         not_after = case when $4 = 'shift' and o.not_after > $5
           then greatest(o.not_after, least(o.not_after + ($6::timestamptz - greatest($5::timestamptz, o.decided_at, o.thawed_at)),
                                            o.decided_at + ${MESSAGE_AGE_MAX}))
           else o.not_after end
     from batch b where o.id = b.id`,
    [work.no, work.runId, work.scope, work.overdue, work.since, work.at, limit],
  );
  return rowCount ?? 0;
}

async function takeEffect(client: Client, no: number, scope: string): Promise<void> {
  await client.query(
    `update controls c set state = x.state, epoch = x.epoch, reason = x.reason, actor = x.actor, at = x.at
     from control_changes x where x.no = $1 and c.scope = x.scope`,
    [no],
  );
  // paused by another scope since: its clock stands on from the resume, and where that pause has been resumed, too, it is that one's turn
  await client.query(
    `with thawed as materialized (
       select r.id, (select min(w.change_no) from control_work w join control_changes y on y.no = w.change_no
                     where w.run_id = r.id and not w.done and y.state = 'running' and y.finished_at is null) as next
       from runs r where r.thaw_no = $2)
     update runs r set thaw_no = t.next, frozen_at = case when t.next is not null or ${PAUSED_BY_OTHERS} then x.at end
     from thawed t, control_changes x where r.id = t.id and x.no = $2`,
    [scope, no],
  );
}
