/**
 * Single entrants: one row each in the lane of their bucket, due now, in a transaction that holds the run open and its lanes from being called done.
 * Whoever is refused is written down with the reason and never let in later.
 */
import { stripeOf } from '../domain/base/hash.js';
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import type { EntryRefusal } from '../domain/trigger/entry.js';
import { readControls } from './advisory.js';
import { addCounters, type RunCounterChange } from './counters.js';
import type { Authored } from './definition-lock.js';
import { membersAmong } from './members.js';
import type { Client } from './pool.js';

export type Refusal = 'unknown' | 'duplicate' | 'opening' | 'paused' | 'stopped' | 'closed';
/** What may become of somebody who is to enter, by hand or by an event. */
export type Outcome = 'entered' | Refusal | EntryRefusal | 'not_in_segment';
export interface Entered {
  entered: number;
  refused: { customer: string; reason: Refusal }[];
  /** Lanes with somebody who is due now: nudge them after the commit. */
  lanes: number[];
}

/** Counter rows of entrants have their own lane, so that they never wait for a cohort. */
const ENTRANTS_LANE = -200;

interface Run {
  state: 'opening' | 'running' | 'closed';
  campaign: string;
  definition: LaunchedCampaign;
}

/** Null: there is no such run. Locks: control scopes, run, lanes, participants, counters. */
export async function enterRun(
  client: Client,
  runId: string,
  customers: readonly string[],
  authored: Authored,
): Promise<Entered | null> {
  const run = await lockRun(client, runId);
  if (!run) return null;
  const { start } = run.definition.campaign.journey;
  const ids = [...new Set(customers)].sort();
  const twice = customers.filter((id, n) => customers.indexOf(id) !== n).sort();
  const closed = await refusalOf(client, runId, run);
  const placed = closed ? null : await placeEntrants(client, runId, run.definition, ids, authored.now);
  const outcomes = [
    ...ids.map((customer) => ({ customer, outcome: closed ?? placed?.outcomes.get(customer) ?? 'unknown' })),
    ...twice.map((customer) => ({ customer, outcome: 'duplicate' as const })),
  ];
  await addCounters(client, await recordEntrants(client, runId, start, outcomes, authored));
  return {
    entered: outcomes.filter(({ outcome }) => outcome === 'entered').length,
    refused: outcomes.flatMap(({ customer, outcome }) =>
      outcome === 'entered' ? [] : [{ customer, reason: outcome }],
    ),
    lanes: placed?.lanes ?? [],
  };
}

/** Closing a run takes its row for update: it waits for this transaction, and this one for it. */
async function lockRun(client: Client, runId: string): Promise<Run | null> {
  const known = await client.query<{ campaign: string }>('select campaign from runs where id = $1', [runId]);
  const [first] = known.rows;
  if (!first) return null;
  await readControls(client, ['all', `campaign/${first.campaign}`, `run/${runId}`]); // locks come in their order
  await client.query('select 1 from runs where id = $1 for key share', [runId]);
  const { rows } = await client.query<Run>(
    `select r.state, r.campaign, v.definition from runs r
     join campaign_versions v on v.campaign = r.campaign and v.version = r.version where r.id = $1`,
    [runId],
  );
  return rows[0] ?? null;
}

async function refusalOf(client: Client, runId: string, run: Run): Promise<Refusal | null> {
  const states = [...(await readControls(client, ['all', `campaign/${run.campaign}`, `run/${runId}`])).values()];
  if (run.state === 'closed') return 'closed';
  if (states.includes('stopped')) return 'stopped';
  if (states.includes('paused')) return 'paused';
  return run.state === 'opening' ? 'opening' : null;
}

/** One participant each in the lane of their bucket, with their label, due now, and the lanes open again. Locks: lanes, participants. */
export async function placeEntrants(
  client: Client,
  runId: string,
  launched: LaunchedCampaign,
  ids: readonly string[],
  now: number,
) {
  // shared with cohorts and other entrants; whoever would call a lane done waits
  const lanes = await client.query<{ lane: number; from: number; to: number }>(
    `select lane, stripe_from as "from", stripe_to as "to" from lanes where run_id = $1 order by lane for key share`,
    [runId],
  );
  const known = await client.query<{ id: string; bucket: number }>(
    'select id, bucket from customers where id = any($1::text[]) order by id',
    [ids],
  );
  const labels = await labelsOf(client, launched, ids, now);
  const rows = known.rows.map(({ id, bucket }) => {
    const lane = lanes.rows.find(({ from, to }) => stripeOf(bucket) >= from && stripeOf(bucket) < to);
    if (!lane) throw new Error('invariant: a running run without a lane for every stripe');
    return { id, lane: lane.lane, label: labels.get(id) ?? null };
  });
  const inserted = await client.query<{ id: string; lane: number }>(
    `insert into participants (customer_id, run_id, lane, node, due_at, entered_at, label)
     select id, $1, lane, $2, $3, $3, label from json_to_recordset($4::json) as x(id text collate "C", lane smallint, label text) order by id
     on conflict do nothing returning customer_id as id, lane`,
    [runId, launched.campaign.journey.start, new Date(now), JSON.stringify(rows)],
  );
  const used = [...new Set(inserted.rows.map(({ lane }) => lane))].sort((a, b) => a - b);
  await client.query('update lanes set done = false where run_id = $1 and lane = any($2::smallint[]) and done', [
    runId,
    used,
  ]);
  const entered = new Set(inserted.rows.map(({ id }) => id));
  const outcomes = new Map(rows.map(({ id }) => [id, entered.has(id) ? ('entered' as const) : ('duplicate' as const)]));
  return { outcomes, lanes: used };
}

/** The first label that holds, of those that are asked of Postgres: a lake is read when an audience is frozen. */
async function labelsOf(
  client: Client,
  { labels = [] }: LaunchedCampaign,
  ids: readonly string[],
  now: number,
): Promise<Map<string, string>> {
  const first = new Map<string, string>();
  for (const { name, rule, source } of labels) {
    if (source) continue;
    for (const id of await membersAmong(client, rule, ids, now)) if (!first.has(id)) first.set(id, name);
  }
  return first;
}

/** What became of each; returns what is to be counted at the start node. */
export async function recordEntrants(
  client: Client,
  runId: string,
  start: string,
  outcomes: readonly { customer: string; outcome: string }[],
  { by, now }: Authored,
): Promise<RunCounterChange[]> {
  if (outcomes.length === 0) return [];
  await client.query(
    `insert into entrants (run_id, customer_id, outcome, actor, at)
     select $1, customer, outcome, $2, $3 from json_to_recordset($4::json) as x(customer text, outcome text)`,
    [runId, by, new Date(now), JSON.stringify(outcomes)],
  );
  const at = { runId, node: start, visit: 1, lane: ENTRANTS_LANE };
  return outcomes.flatMap(({ outcome }) =>
    outcome === 'entered'
      ? [
          { ...at, measure: 'entered', reason: '', n: 1 },
          { ...at, measure: 'here', reason: '', n: 1 },
        ]
      : [{ ...at, measure: 'refused', reason: outcome, n: 1 }],
  );
}
