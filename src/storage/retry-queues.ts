/**
 * What is tried again without a decision about anybody: links are told again, messages that nobody knows of are asked about, lanes, runs and queues are
 * nudged, which starts the workflow of one that has none. A message that was rejected is not: its id is its slot's, and the gateway has answered it.
 */
import type { PlannedItem } from '../domain/retry/effect.js';
import type { PlainSelector } from '../domain/retry/selector.js';
import type { Client } from './pool.js';
import type { Askable, Carried } from './retry-terms.js';

type Of<W extends PlainSelector['what']> = Extract<PlainSelector, { what: W }>;
type Reading = Pick<Client, 'query'>;
interface Row {
  subject: string;
  run: string | null;
  why: string | null;
  n: number;
}
type Found = Promise<{ items: PlannedItem[]; left: number }>;

async function found(
  client: Reading,
  { kind, effect }: Pick<PlannedItem, 'kind' | 'effect'>,
  sql: string,
  values: readonly unknown[],
): Found {
  const { rows } = await client.query<Row>(
    sql,
    values.map((value) => value ?? null),
  );
  const items = rows.map(({ subject, run: runId, why }): PlannedItem => {
    return { kind, subject, runId, effect: why === null ? effect : 'nothing', why, sends: 0, pays: [] };
  });
  return { items, left: Math.max(0, (rows[0]?.n ?? 0) - rows.length) };
}

/** Index: links_failed. */
export const linksOf = (client: Reading, { run, cause }: Of<'links'>, limit: number): Found =>
  found(
    client,
    { kind: 'link', effect: 'tell' },
    `select id as subject, run_id as run, null as why, count(*) over () as n from links
     where run_id = $1 and outcome = 'failed' and ($2::text is null or reason = $2) order by id limit $3`,
    [run, cause, limit],
  );

/** Index: outbox_ambiguous; of those that were rejected, outbox_run. */
export const messagesOf = (
  client: Reading,
  { state, run, gateway }: Of<'messages'>,
  { askable, limit }: { askable: Askable; limit: number },
): Found =>
  found(
    client,
    { kind: 'message', effect: 'ask' },
    `select id as subject, run_id as run, count(*) over () as n,
       case when state = 'rejected' then 'rejected_for_good' when not gateway = any($4::text[]) then 'cannot_be_asked' end as why
     from outbox where state = $1 and ($2::text is null or run_id = $2) and ($3::text is null or gateway = $3) order by id limit $5`,
    [state, run, gateway, [...askable.gateways], limit],
  );

/** Those that are open, and their run. */
export async function lanesOf(client: Reading, { run, lane }: Of<'lanes'>, limit: number): Found {
  const lanes = await found(
    client,
    { kind: 'lane', effect: 'nudge' },
    `select l.lane::text as subject, l.run_id as run, count(*) over () as n,
       case when r.state = 'closed' then 'closed' when l.done then 'done' end as why
     from lanes l join runs r on r.id = l.run_id where l.run_id = $1 and ($2::int is null or l.lane = $2) order by l.lane limit $3`,
    [run, lane, limit],
  );
  const own = await found(
    client,
    { kind: 'run', effect: 'nudge' },
    `select id as subject, id as run, 1 as n, case state when 'closed' then 'closed' end as why from runs where id = $1 and $2::int is null`,
    [run, lane],
  );
  return { items: [...lanes.items, ...own.items], left: lanes.left };
}

export const queuesOf = (client: Reading, { kind, name }: Of<'queues'>, limit: number): Found =>
  found(
    client,
    { kind: 'queue', effect: 'nudge' },
    `select kind || '/' || name || '/' || shard as subject, null as run, count(*) over () as n,
       case when attention is not null then 'stopped' end as why
     from queues where kind = $1 and name = $2 order by shard limit $3`,
    [kind === 'gateway' ? 'delivery' : 'payout', name, limit],
  );

/** The sweep tells them. */
export async function tellAgain(client: Client, ids: readonly string[]): Promise<Carried> {
  const { rows } = await client.query<{ id: string }>(
    `with own as (select id from links where id = any($1::text[]) and outcome = 'failed' order by id for update)
     update links l set outcome = null, reason = null from own where l.id = own.id returning l.id`,
    [ids],
  );
  return { outcomes: outcomesOf(ids, new Set(rows.map(({ id }) => id))), hints: {} };
}

export async function askAboutMessages(client: Client, ids: readonly string[]): Promise<Carried> {
  await client.query(`select 1 from outbox where id = any($1::text[]) order by id for update`, [ids]);
  const { rows } = await client.query<{ id: string; name: string; shard: number }>(
    `update outbox set lookup_at = clock_timestamp() where id = any($1::text[]) and state = 'ambiguous' returning id, gateway as name, shard`,
    [ids],
  );
  const deliveries = rows.map(({ name, shard }) => ({ name, shard }));
  return { outcomes: outcomesOf(ids, new Set(rows.map(({ id }) => id))), hints: { deliveries } };
}

const outcomesOf = (subjects: readonly string[], done: ReadonlySet<string>) =>
  subjects.map((subject) => {
    return { subject, done: done.has(subject), detail: done.has(subject) ? null : 'moved_meanwhile' };
  });

/** Nothing is written but that it was done; a nudge that is lost, the sweep makes good. */
export function nudged(kind: 'lane' | 'run' | 'queue', subjects: readonly string[], runId: string): Carried {
  const queues = subjects
    .map((subject) => subject.split('/'))
    .map(([of, name = '', shard]) => {
      return { of, name, shard: Number(shard) };
    });
  const hints = {
    lane: { lanes: subjects.map((lane) => ({ runId, lane: Number(lane) })) },
    run: { runs: [...subjects] },
    queue: {
      deliveries: queues.filter(({ of }) => of === 'delivery'),
      payouts: queues.filter(({ of }) => of === 'payout'),
    },
  };
  return { outcomes: outcomesOf(subjects, new Set(subjects)), hints: hints[kind] };
}
