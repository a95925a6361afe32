/**
 * Which queued messages a claim takes: from all runs of the queue alike, so that none stands behind another, however large.
 */
import type { DeliveryAt } from './claim-rows.js';
import type { Client } from './pool.js';
import { IS_DOUBTED } from './presumed-messages.js';

/** Of a queued message `o`: its gateway has not asked for more time. */
export const NOT_PUT_OFF = `(o.not_before is null or o.not_before <= clock_timestamp())`;

/** A message in the order of its run: moments as Postgres writes them, which are finer than ours. */
interface Place {
  run: string;
  decidedAt: string;
  id: string;
}
interface Wanted extends Omit<DeliveryAt, 'step'> {
  limit: number;
  /** The gateway's book is our database. */
  ownBook?: boolean;
}

const PLACE = `o.run_id as run, o.decided_at::text as "decidedAt", o.id`;
const QUEUED = `o.gateway = $1 and o.shard = $2 and o.state = 'queued'`;

/**
 * Up to `limit`: of each run its oldest, in equal shares; what some leave, those get that have more. Where there are more runs than that, each claim draws anew
 * which of them come, by what is first of each: by age alone, those with many old ones would always come first. Past those of paused runs, campaigns and channels.
 * What was decided after `now` waits for a later claim: a contact never counts earlier than it was reserved. Nor is there what a restoration doubts, unless
 * the gateway's book is ours. Index: outbox_queued_by_run, two probes for each run.
 */
export async function pickQueued(client: Client, wanted: Wanted): Promise<string[]> {
  const heads = await headsOf(client, wanted);
  if (heads.length === 0) return [];
  const share = Math.max(1, Math.floor(wanted.limit / heads.length));
  const shares = await oldestOf(client, wanted, {
    from: heads,
    of: 'itself and later',
    each: share,
    all: wanted.limit,
  });
  const left = wanted.limit - shares.length;
  const lasts = lastsOf(shares, share);
  if (left === 0 || lasts.length === 0) return shares.map(({ id }) => id);
  const each = Math.ceil(left / lasts.length);
  const more = await oldestOf(client, wanted, { from: lasts, of: 'later', each, all: left });
  return [...shares, ...more].map(({ id }) => id);
}

/** The oldest message of each run that is not paused, by one probe a run; the oldest of these first. */
async function headsOf(client: Client, { gateway, shard, limit }: Wanted): Promise<Place[]> {
  const first = (beyond = '') =>
    `select o.run_id, o.decided_at, o.id from outbox o where ${QUEUED} ${beyond} order by o.run_id, o.decided_at, o.id limit 1`;
  const { rows } = await client.query<Place>(
    `with recursive paused as (
         select substr(scope, 5) as id from controls where state = 'paused' and scope like 'run/%'
         union all select r.id from controls s join runs r on r.campaign = substr(s.scope, 10)
         where s.state = 'paused' and s.scope like 'campaign/%'),
       heads as (
         (${first()})
         union all select n.* from heads h cross join lateral (${first('and o.run_id > h.run_id')}) n)
     select ${PLACE} from heads o where o.run_id not in (select id from paused)
     order by case when count(*) over () > $3 then hashtextextended(o.run_id, (select hashtextextended(string_agg(h.id, ' ' order by h.id), 0) from heads h)) end, o.decided_at, o.id`,
    [gateway, shard, limit],
  );
  return rows;
}

/** Of the runs of these places, in their order, from there on: up to `each` of one, up to `all` of all. */
async function oldestOf(
  client: Client,
  { gateway, shard, now, ownBook = false }: Wanted,
  { from, of, each, all }: { from: Place[]; of: 'itself and later' | 'later'; each: number; all: number },
): Promise<Place[]> {
  const { rows } = await client.query<Place>(
    `select m.run, m."decidedAt", m.id
     from unnest($3::text[], $4::timestamptz[], $5::text[]) with ordinality p (run, decided_at, id, n)
     cross join lateral (
       select ${PLACE} from outbox o
       where ${QUEUED} and o.run_id = p.run and (o.decided_at, o.id) ${of === 'later' ? '>' : '>='} (p.decided_at, p.id)
         and o.decided_at <= $6 and ${NOT_PUT_OFF} and ($7 or not ${IS_DOUBTED})
         and not exists (select from controls c where c.scope = 'channel/' || o.channel and c.state = 'paused')
       order by o.decided_at, o.id limit ${each}) m
     order by p.n limit ${all}`,
    [
      gateway,
      shard,
      from.map(({ run }) => run),
      from.map(({ decidedAt }) => decidedAt),
      from.map(({ id }) => id),
      new Date(now),
      ownBook,
    ],
  );
  return rows;
}

/** The last of each run that had all of its share, and so may have more. */
function lastsOf(shares: readonly Place[], share: number): Place[] {
  const byRun = Map.groupBy(shares, ({ run }) => run);
  return [...byRun.values()].filter(({ length }) => length === share).map((places) => places.at(-1) as Place);
}
