/**
 * What a resume and a stop have to do, written down in the transaction of the switch: one row of work per lane, and one for the messages. The
 * clock of a run stands while any of its scopes is paused, so only the last of overlapping resumes sets it going, by all of the time. Where one is
 * under way already when another scope was paused and is resumed, its work waits for that one's end, and gives the time from there on.
 */
import type { Control, SwitchTo } from './controls.store.js';
import type { Authored } from './definition-lock.js';
import type { Client } from './pool.js';

/** Of a row `c` of controls: its resume is under way. It still says paused, but holds nobody up for longer than that takes. */
export const RESUMING = `exists (select 1 from control_changes x where x.scope = c.scope and x.state = 'running' and x.finished_at is null)`;

/** Of a run `r`: another scope than `$1` keeps it paused. */
export const PAUSED_BY_OTHERS = `exists (select 1 from controls c where c.state = 'paused' and c.scope <> $1
  and c.scope in ('all', 'run/' || r.id, 'campaign/' || r.campaign) and not ${RESUMING})`;

/** Of a run `r`: it belongs to the scope, which is `$1`. */
export const IN_SCOPE = `($1 = 'all' or $1 = 'run/' || r.id or $1 = 'campaign/' || r.campaign)`;

/** Runs of a scope, which is `$1`, that have a clock: open ones, and whichever closed or were paused while their messages still wait to go out. */
const RUNS_OF_SCOPE = `(r.state <> 'closed' or r.frozen_at is not null) and ${IN_SCOPE}`;

/** Of a run `r`: no scope has stopped it. A stopped run has no clock any more. */
export const NOT_STOPPED = `not exists (select 1 from controls c where c.state = 'stopped'
  and c.scope in ('all', 'run/' || r.id, 'campaign/' || r.campaign))`;

/** One of these scopes is paused, and none stopped: a stop wins, whatever else is paused. */
export const isPaused = (...scopes: string[]): string => {
  const some = (state: string) =>
    `exists (select from controls c where c.state = '${state}' and c.scope in (${scopes.join(', ')}))`;
  return `(${some('paused')} and not ${some('stopped')})`;
};

/** From now on the clock of the scope's runs stands, unless it does already. Those that have closed have one while their messages wait. */
export async function freezeRuns(client: Client, scope: string, now: number): Promise<void> {
  await client.query(
    `update runs r set frozen_at = $2
     where ${IN_SCOPE} and r.frozen_at is null and ${NOT_STOPPED}
       and (r.state <> 'closed' or r.id in (select run_id from outbox where state = 'queued'
                                            union all select run_id from outbox where state in ('submitting', 'ambiguous')))`,
    [scope, new Date(now)],
  );
}

export async function addResumeWork(
  client: Client,
  before: Control,
  to: SwitchTo,
  { by, now }: Authored,
): Promise<void> {
  const { rows } = await client.query<{ no: number }>(
    `insert into control_changes (scope, epoch, state, overdue, paused_at, reason, actor, at)
     values ($1, $2, 'running', $3, $4, $5, $6, $7) returning no`,
    [to.scope, before.epoch + 1, to.overdue, before.at, to.reason, by, new Date(now)],
  );
  const no = rows[0]?.no as number;
  const thawed = await client.query<{ id: string }>(
    `update runs r set thaw_no = coalesce(r.thaw_no, $2), frozen_at = coalesce(r.frozen_at, greatest(r.started_at, $3))
     where ${RUNS_OF_SCOPE} and ${NOT_STOPPED} and not ${PAUSED_BY_OTHERS} returning r.id`,
    [to.scope, no, before.at],
  );
  // a statement of its own: it sees the lanes of a run whose freeze ended while its row was waited for
  await client.query(
    `with thawed as (select id, frozen_at from runs where id = any($2::text[]))
     insert into control_work (change_no, run_id, lane, since)
     select $1::bigint, t.id, l.lane, t.frozen_at from thawed t join lanes l on l.run_id = t.id and not l.done
     union all select $1::bigint, t.id, -1, t.frozen_at from thawed t`,
    [no, thawed.rows.map(({ id }) => id)],
  );
  if (/^(channel|gateway)\//.test(to.scope)) {
    await client.query(`insert into control_work (change_no, run_id, lane, since) values ($1, '', -1, $2)`, [
      no,
      before.at,
    ]);
  }
}

/** Stopped wins over paused and over a resume under way: the clock does not matter any more, everybody is due at once. */
export async function addStopWork(client: Client, stopped: Control): Promise<void> {
  await client.query(
    `update control_changes set finished_at = clock_timestamp() where scope = $1 and finished_at is null`,
    [stopped.scope],
  );
  const { rows } = await client.query<{ no: number }>(
    `insert into control_changes (scope, epoch, state, reason, actor, at) values ($1, $2, 'stopped', $3, $4, $5) returning no`,
    [stopped.scope, stopped.epoch, stopped.reason, stopped.actor, stopped.at],
  );
  const ended = await client.query<{ id: string }>(
    `update runs r set frozen_at = null, thaw_no = null where ${RUNS_OF_SCOPE} returning r.id`,
    [stopped.scope],
  );
  // as above: nobody whom a run let in at that moment is left to wait
  await client.query(
    `insert into control_work (change_no, run_id, lane, since)
     select $2::bigint, l.run_id, l.lane, $3::timestamptz from lanes l where l.run_id = any($1::text[]) and not l.done`,
    [ended.rows.map(({ id }) => id), rows[0]?.no, stopped.at],
  );
}
