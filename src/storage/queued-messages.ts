/**
 * Which queued messages a claim takes: from all runs of the queue alike, so that none stands behind another, however large.
 */
import type { DeliveryAt } from './claim-rows.js';
import { drawnBeyond, inEqualShares, type Place, type Share } from './equal-shares.js';
import type { Client } from './pool.js';
import { IS_DOUBTED } from './presumed-messages.js';

/** Of a queued message `o`: its gateway has not asked for more time. */
export const NOT_PUT_OFF = `(o.not_before is null or o.not_before <= clock_timestamp())`;

/** A message in the order of its run: moments as Postgres writes them, which are finer than ours. */
interface Queued extends Place {
  decidedAt: string;
  id: string;
}
interface Wanted extends Omit<DeliveryAt, 'step'> {
  limit: number;
  /** The gateway's book is our database. */
  ownBook?: boolean;
}

const PLACE = `o.run_id as of, o.decided_at::text as "decidedAt", o.id`;
const QUEUED = `o.gateway = $1 and o.shard = $2 and o.state = 'queued'`;

/**
 * Up to `limit`: of each run its oldest, in equal shares. Where there are more runs than that, each claim draws anew which of them come, by what is first of
 * each: by age alone, those with many old ones would always come first. Past those of paused runs, campaigns and channels.
 * What was decided after `now` waits for a later claim: a contact never counts earlier than it was reserved. Nor is there what a restoration doubts, unless
 * the gateway's book is ours. Index: outbox_queued_by_run, two probes for each run.
 */
export async function pickQueued(client: Client, wanted: Wanted): Promise<string[]> {
  const heads = await headsOf(client, wanted);
  const picked = await inEqualShares(heads, wanted.limit, (share) => oldestOf(client, wanted, share));
  return picked.map(({ id }) => id);
}

/** The oldest message of each run that is not paused, by one probe a run; the oldest of these first. */
async function headsOf(client: Client, { gateway, shard, limit }: Wanted): Promise<Queued[]> {
  const first = (beyond = '') =>
    `select o.run_id, o.decided_at, o.id from outbox o where ${QUEUED} ${beyond} order by o.run_id, o.decided_at, o.id limit 1`;
  const { rows } = await client.query<Queued>(
    `with recursive paused as (
         select substr(scope, 5) as id from controls where state = 'paused' and scope like 'run/%'
         union all select r.id from controls s join runs r on r.campaign = substr(s.scope, 10)
         where s.state = 'paused' and s.scope like 'campaign/%'),
       heads as (
         (${first()})
         union all select n.* from heads h cross join lateral (${first('and o.run_id > h.run_id')}) n)
     select ${PLACE} from heads o where o.run_id not in (select id from paused)
     order by ${drawnBeyond('$3', { by: 'o.run_id', first: 'id' })}, o.decided_at, o.id`,
    [gateway, shard, limit],
  );
  return rows;
}

async function oldestOf(
  client: Client,
  { gateway, shard, now, ownBook = false }: Wanted,
  { from, reach, each, all }: Share<Queued>,
): Promise<Queued[]> {
  const { rows } = await client.query<Queued>(
    `select m.* from unnest($3::text[], $4::timestamptz[], $5::text[]) with ordinality p (run, decided_at, id, n)
     cross join lateral (
       select ${PLACE} from outbox o
       where ${QUEUED} and o.run_id = p.run and (o.decided_at, o.id) ${reach === 'later' ? '>' : '>='} (p.decided_at, p.id)
         and o.decided_at <= $6 and ${NOT_PUT_OFF} and ($7 or not ${IS_DOUBTED})
         and not exists (select from controls c where c.scope = 'channel/' || o.channel and c.state = 'paused')
       order by o.decided_at, o.id limit ${each}) m
     order by p.n limit ${all}`,
    [
      gateway,
      shard,
      from.map(({ of }) => of),
      from.map(({ decidedAt }) => decidedAt),
      from.map(({ id }) => id),
      new Date(now),
      ownBook,
    ],
  );
  return rows;
}
