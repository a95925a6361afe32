/**
 * Which queued messages a claim takes: from all runs of the queue alike, so that none stands behind another, however large.
 */
import type { DeliveryAt } from './claim-rows.js';
import { drawnBeyond, inEqualShares, type Place, type Share } from './equal-shares.js';
import type { Client } from './pool.js';
import { IS_DOUBTED } from './presumed-messages.js';

/** Of a queued message `o`: its gateway has not asked for more time. */
const NOT_PUT_OFF = `(o.not_before is null or o.not_before <= clock_timestamp())`;

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

/** Of messages `o` of a queue, both as SQL. */
export const queuedOf = (gateway: string, shard: string): string =>
  `o.gateway = ${gateway} and o.shard = ${shard} and o.state = 'queued'`;

/** `outbox o` where some are queued that their gateway has not put off, in the order of their index: whether there are any is known by the first. */
export const queuedInOrder = (gateway: string, shard: string): string =>
  `outbox o where ${queuedOf(gateway, shard)} and ${NOT_PUT_OFF} order by o.run_id, o.decided_at, o.id`;

/** To follow `with recursive`: the oldest of each run of a queue, by a probe for each. Index: outbox_queued_by_run. */
export function queuedHeads(gateway: string, shard: string): string {
  const first = (beyond = '') =>
    `select o.run_id, o.decided_at, o.id from outbox o where ${queuedOf(gateway, shard)} ${beyond} order by o.run_id, o.decided_at, o.id limit 1`;
  return `heads as (
    (${first()})
    union all select n.* from heads h cross join lateral (${first('and o.run_id > h.run_id')}) n)`;
}

/** Of a run and its campaign, both as SQL: what is stopped is taken, whatever else is paused, to be withheld. */
const runStopped = (run: string, campaign: string): string =>
  `exists (select from controls c where c.state = 'stopped' and c.scope in ('all', 'run/' || ${run}, 'campaign/' || ${campaign}))`;

/** To follow `with recursive`: the runs that a switch has paused, theirs or their campaign's, and none stopped. */
const PAUSED_RUNS = `paused as materialized (
  select p.id from (
    select substr(s.scope, 5) as id, r.campaign from controls s left join runs r on r.id = substr(s.scope, 5)
    where s.state = 'paused' and s.scope like 'run/%'
    union all select r.id, r.campaign from controls s join runs r on r.campaign = substr(s.scope, 10)
    where s.state = 'paused' and s.scope like 'campaign/%') p
  where not ${runStopped('p.id', 'p.campaign')})`;
const CHANNEL_PAUSED = `(exists (select from controls c where c.scope = 'channel/' || o.channel and c.state = 'paused')
  and not exists (select from runs r where r.id = o.run_id and ${runStopped('r.id', 'r.campaign')}))`;

/** True where one is queued that no switch of its run, campaign or channel holds, and that its gateway has not put off; null otherwise. A scalar. */
export const someMayGo = (gateway: string, shard: string): string => `(
  with recursive ${PAUSED_RUNS}, ${queuedHeads(gateway, shard)}
  select true from (select run_id from heads where run_id not in (select id from paused)) h cross join lateral (
    select from outbox o where ${queuedOf(gateway, shard)} and o.run_id = h.run_id and ${NOT_PUT_OFF} and not ${CHANNEL_PAUSED}
    order by o.decided_at, o.id limit 1) o limit 1)`;

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

/** The oldest message of each run that is not paused; the oldest of these first. */
async function headsOf(client: Client, { gateway, shard, limit }: Wanted): Promise<Queued[]> {
  const { rows } = await client.query<Queued>(
    `with recursive ${PAUSED_RUNS}, ${queuedHeads('$1', '$2')}
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
       where ${queuedOf('$1', '$2')} and o.run_id = p.run and (o.decided_at, o.id) ${reach === 'later' ? '>' : '>='} (p.decided_at, p.id)
         and o.decided_at <= $6 and ${NOT_PUT_OFF} and ($7 or not ${IS_DOUBTED})
         and not ${CHANNEL_PAUSED}
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
