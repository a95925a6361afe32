/**
 * Whoever was set apart goes on where they stood: found for a plan, and put back by it, in the same visit and due now, so that every key of theirs is the
 * one that it was. A run that has closed meanwhile is open again. Locks: controls, run, lanes, participants, counters.
 */
import type { PlannedItem } from '../domain/retry/effect.js';
import type { PlainSelector } from '../domain/retry/selector.js';
import { readControls, RESTORATION } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { insertContext } from './cohort-writes.js';
import { addCounters } from './counters.js';
import type { Client } from './pool.js';
import { SNAPSHOT, type Carried, type RetryTerms } from './retry-terms.js';

/** Counter rows of retries have their own lane, so that they never wait for a cohort. */
const RETRY_LANE = -400;

type People = Extract<PlainSelector, { what: 'participants' }>;
type Reading = Pick<Client, 'query'>;

/** Who of them would be put back, by id, at most `limit`; `left`: how many more there are. Index: participants_failed. */
export async function peopleOf(
  client: Reading,
  { run, customers, cause, node, lane }: People,
  limit: number,
): Promise<{ items: PlannedItem[]; left: number }> {
  const { rows } = await client.query<{ id: string; why: string | null; n: number }>(
    `select p.customer_id as id, count(*) over () as n, case
       when p.state <> 'failed' then case when exists (
         select from retry_items i join retry_outcomes o on o.retry_no = i.retry_no and o.item_no = i.no and o.outcome = 'done'
         where i.kind = 'participant' and i.subject = p.customer_id and i.run_id = p.run_id) then 'retried_before' else 'not_failed' end
       when c.erased_at is not null then 'erased' end as why
     from participants p join customers c on c.id = p.customer_id
     where p.run_id = $1 and ($2::text[] is null and p.state = 'failed' or p.customer_id = any($2))
       and ($3::text is null or p.end_reason = $3) and ($4::text is null or p.node = $4) and ($5::int is null or p.lane = $5)
     order by p.customer_id limit $6`,
    [run, customers ?? null, cause ?? null, node ?? null, lane ?? null, limit],
  );
  const held = await holdOf(client, run);
  const items = rows.map(({ id, why }) => person(run, id, why ?? held));
  const there = new Set(rows.map(({ id }) => id));
  const others = (customers ?? []).filter((id) => !there.has(id)).map((id) => person(run, id, 'not_selected'));
  return { items: [...items, ...others], left: Math.max(0, (rows[0]?.n ?? 0) - rows.length) };
}

const person = (runId: string, subject: string, why: string | null): PlannedItem => {
  return {
    kind: 'participant',
    subject,
    runId,
    effect: why === null ? 'put_back' : 'nothing',
    why,
    sends: 0,
    pays: [],
  };
};

/** Why nobody of a run is put back just now; null: they are. */
async function holdOf(client: Reading, run: string): Promise<'expired' | 'stopped' | 'paused' | null> {
  const { rows } = await client.query<{ state: string }>(
    `select c.state from runs r join controls c on c.scope in ('all', '${RESTORATION}', 'campaign/' || r.campaign, 'run/' || r.id)
     where r.id = $1 and c.state <> 'running'
     union all select 'paused' from runs where id = $1 and frozen_at is not null
     union all select 'expired' from retentions where run_id = $1`,
    [run],
  );
  for (const why of ['expired', 'stopped'] as const) if (rows.some(({ state }) => state === why)) return why;
  return rows.length > 0 ? 'paused' : null;
}

/** All of one run, in the caller's transaction. */
export async function putBack(
  client: Client,
  runId: string,
  customers: readonly string[],
  terms: RetryTerms,
): Promise<Carried> {
  const { rows } = await client.query<{ campaign: string }>('select campaign from runs where id = $1', [runId]);
  await readControls(client, ['all', RESTORATION, `campaign/${rows[0]?.campaign}`, `run/${runId}`]);
  // it neither closes nor expires meanwhile
  const { rows: runs } = await client.query<{ state: string }>('select state from runs where id = $1 for key share', [
    runId,
  ]);
  const held = await holdOf(client, runId);
  const locked = held === null ? await lockSetApart(client, runId, customers) : [];
  const people = locked.filter(({ erased }) => !erased);
  await setGoing(client, runId, people, terms.now);
  if (people.length > 0 && runs[0]?.state === 'closed') await reopen(client, runId, terms);
  if (people.length > 0) await trace(client, runId, people, terms);
  await addCounters(
    client,
    people.flatMap(({ node, visit, reason }) => {
      const counter = { runId, node, visit, lane: RETRY_LANE };
      return [
        { ...counter, measure: 'ended', reason, n: -1 },
        { ...counter, measure: 'here', reason: '', n: 1 },
      ];
    }),
  );
  const back = new Set(people.map(({ customer }) => customer));
  const erased = new Set(locked.filter((own) => own.erased).map(({ customer }) => customer));
  const outcomes = customers.map((subject) => {
    const why = held ?? (erased.has(subject) ? 'erased' : 'not_failed');
    return { subject, done: back.has(subject), detail: back.has(subject) ? null : why };
  });
  const lanes = [...new Set(people.map(({ lane }) => lane))].map((lane) => ({ runId, lane }));
  return { outcomes, hints: { lanes, runs: runs[0]?.state === 'closed' && people.length > 0 ? [runId] : [] } };
}

interface SetApart {
  customer: string;
  node: string;
  visit: number;
  lane: number;
  reason: string;
  erased: boolean;
}

/** Their lanes first, as a cohort has it; then they, judged on a fresh snapshot. */
async function lockSetApart(client: Client, runId: string, customers: readonly string[]): Promise<SetApart[]> {
  const own = [runId, customers];
  await client.query(
    `select 1 from lanes where run_id = $1 and lane in (select lane from participants where run_id = $1 and customer_id = any($2::text[]))
     order by lane for update`,
    own,
  );
  await client.query(
    `select 1 from participants where run_id = $1 and customer_id = any($2::text[]) and state = 'failed' order by customer_id, run_id for update`,
    own,
  );
  const { rows } = await client.query<SetApart>(
    `select p.customer_id as customer, p.node, p.visit, p.lane, p.end_reason as reason, c.erased_at is not null as erased
     from participants p join customers c on c.id = p.customer_id
     where p.run_id = $1 and p.customer_id = any($2::text[]) and p.state = 'failed' order by p.customer_id`,
    own,
  );
  return rows;
}

/** Of a wait that they stood in the end is kept, so it is over, or answered, as it was. */
async function setGoing(client: Client, runId: string, people: readonly SetApart[], now: number): Promise<void> {
  await client.query(
    `update participants set state = 'active', end_reason = null, failed_at = null, due_at = $3
     where run_id = $1 and customer_id = any($2::text[])`,
    [runId, people.map(({ customer }) => customer), new Date(now)],
  );
  await client.query('update lanes set done = false where run_id = $1 and lane = any($2::int[]) and done', [
    runId,
    people.map(({ lane }) => lane),
  ]);
}

/** Its workflow is started again by the nudge, or by the sweep; it closes as it would have, when its people are done. */
async function reopen(client: Client, runId: string, { no, by, reason, now }: RetryTerms): Promise<void> {
  const { rowCount } = await client.query(
    `update runs set state = 'running', closed_at = null where id = $1 and state = 'closed'`,
    [runId],
  );
  if (rowCount === 0) return; // another retry has
  await client.query(`update listeners set late_until = 'infinity' where run_id = $1`, [runId]);
  await appendAudit(client, {
    at: now,
    actor: by,
    action: 'run.reopen',
    subject: `run/${runId}`,
    reason,
    before: { state: 'closed' },
    after: { state: 'running', retry: no },
  });
}

async function trace(
  client: Client,
  runId: string,
  people: readonly SetApart[],
  { no, by, reason, now, build }: RetryTerms,
): Promise<void> {
  const { rows } = await client.query<{ snapshot: string }>(SNAPSHOT);
  const context = await insertContext(client, {
    kind: 'retry',
    runId,
    queue: 'retry',
    step: 0,
    now,
    build,
    versions: { retry: no, by, reason },
    snapshot: rows[0]?.snapshot as string,
  });
  await client.query(
    `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
     select $1, p.customer_id, $3, c.gate_version, c.attr_version, p.node || '#' || p.visit || ':retried=' || $4::text
     from participants p join customers c on c.id = p.customer_id
     where p.run_id = $1 and p.customer_id = any($2::text[]) order by p.customer_id`,
    [runId, people.map(({ customer }) => customer), context, String(no)],
  );
}
