/**
 * Rounds of a campaign that starts on an event: a customer's nth entry is in the run `entries-<n>`, which the first who needs it opens. Each is a run
 * with switches of its own, so they are shared before participants are locked, also those of a run that is not open yet: its id is known.
 */
import { laneRanges } from '../domain/base/hash.js';
import { runIdOf } from '../domain/base/keys.js';
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import type { EventStart } from '../domain/trigger/start.js';
import type { ControlState } from './advisory.js';
import { selectedBy } from './audience.store.js';
import type { CampaignsStore } from './campaigns.store.js';
import { insertContext } from './cohort-writes.js';
import type { Authored } from './definition-lock.js';
import type { Client } from './pool.js';

/** Who enters by an event is known by no count beforehand. */
const LANES = 4;

export const roundKey = (no: number): string => `entries-${no}`;

export interface OpenStart {
  campaign: string;
  version: number;
  runId: string;
  start: EventStart;
}
type RunState = 'opening' | 'running' | 'closed';
export type Shut = 'stopped' | 'paused' | 'closed';
export interface Round {
  campaign: string;
  no: number;
  runId: string;
}

/** Of a link `l` to the campaign of a start `s`: the run is paused that its customer would enter, and no stop refuses them anyway. */
export const ROUND_PAUSED = `exists (
  select from controls c join runs n on c.scope = 'run/' || n.id
  where c.state = 'paused' and n.campaign = s.campaign and n.version = s.version and n.trigger_key = 'entries-' || (
    select coalesce(max(e.no), 0) + 1 from campaign_entries e where e.campaign = l.campaign and e.customer_id = l.customer_id)
  and not exists (select from controls t where t.state = 'stopped' and t.scope in ('all', 'campaign/' || s.campaign, 'run/' || s.run_id)))`;

/** A run of entries: open, with lanes and nobody in it. The same trigger again is the same run. */
export async function openRound(
  client: Client,
  campaigns: Pick<CampaignsStore, 'openRun'>,
  opening: { campaign: string; version: number; no: number; launched: LaunchedCampaign; build: string },
  authored: Authored,
): Promise<string> {
  const { no, build, ...version } = opening;
  const runId = await campaigns.openRun(client, { ...version, trigger: roundKey(no), entrants: true }, authored);
  const { rowCount } = await client.query(
    `update runs set state = 'running', as_of = $2, audience_count = 0, lanes = $3 where id = $1 and state = 'opening'`,
    [runId, new Date(authored.now), LANES],
  );
  if (rowCount === 0) return runId;
  const ranges = JSON.stringify(laneRanges(LANES).map(({ from, to }, lane) => ({ lane, from, to })));
  await client.query(
    `insert into lanes (run_id, lane, stripe_from, stripe_to, done)
     select $1, lane, "from", "to", true from json_to_recordset($2::json) as x(lane smallint, "from" smallint, "to" smallint)`,
    [runId, ranges],
  );
  const { rows } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  await insertContext(client, {
    kind: 'freeze',
    runId,
    queue: 'audience',
    step: 0,
    now: authored.now,
    build,
    versions: selectedBy(opening.launched),
    snapshot: rows[0]?.snapshot as string,
  });
  return runId;
}

/**
 * The rounds that these events may let somebody into, as far as customers have come by now: the first of each start, and whatever is next for one of
 * them. Who enters meanwhile by another transaction needs a later one than these. Index: campaign_entries_pkey, a probe for each customer.
 */
export async function roundsAhead(
  client: Client,
  starts: readonly OpenStart[],
  events: readonly { name: string; customerId: string }[],
): Promise<Round[]> {
  const first = starts.map(({ campaign, runId }) => ({ campaign, no: 1, runId }));
  const again = starts.filter(({ start }) => start.entry.policy !== 'once');
  if (again.length === 0) return first;
  const comers = again.flatMap(({ campaign, version, start }) =>
    [...new Set(events.flatMap(({ name, customerId }) => (name === start.event ? [customerId] : [])))].map(
      (customer) => ({ campaign, version, customer }),
    ),
  );
  const { rows } = await client.query<{ campaign: string; version: number; no: number; installation: string | null }>(
    `select distinct x.campaign, x.version, e.no + 1 as no, (select id from installation) as installation
     from json_to_recordset($1::json) as x(campaign text, version int, customer text)
     cross join lateral (select max(no) as no from campaign_entries where campaign = x.campaign and customer_id = x.customer) e
     where e.no is not null`,
    [JSON.stringify(comers)],
  );
  const later = rows.map(({ campaign, version, no, installation }) => ({
    campaign,
    no,
    runId: runIdOf(installation ?? '', campaign, version, roundKey(no)),
  }));
  return [...first, ...later];
}

/** The states of those that there are; none of them closes until the end of the transaction. */
export async function lockRuns(client: Client, ids: readonly string[]): Promise<Map<string, RunState>> {
  const { rows } = await client.query<{ id: string; state: RunState }>(
    'select id, state from runs where id = any($1::text[]) order by id for key share',
    [ids],
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/** Why nobody enters a run in this state, under these switches. */
export function shutBy(run: RunState | undefined, switches: readonly (ControlState | undefined)[]): Shut | null {
  if (run !== 'running') return 'closed';
  if (switches.includes('stopped')) return 'stopped';
  return switches.includes('paused') ? 'paused' : null;
}
