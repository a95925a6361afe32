/**
 * Entry by an event, within the ingestion transaction: control scopes, runs and lanes are locked before its participants, as every lock order has
 * it; then, on a fresh snapshot, the entry policy decides about all customers of the batch at once. What is refused is counted with its reason.
 */
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import { compileWhere } from '../domain/segment/compile.js';
import { prepareFilter } from '../domain/segment/evaluate.js';
import {
  afterEntry,
  judgeEntry,
  NEVER_ENTERED,
  type EntryHistory,
  type EntryVerdict,
} from '../domain/trigger/entry.js';
import { isLinkEvent } from '../domain/trigger/link.js';
import { readControls } from './advisory.js';
import { CampaignsStore } from './campaigns.store.js';
import type { RunCounterChange } from './counters.js';
import { placeEntrants, recordEntrants, type Outcome } from './entrants.store.js';
import { lockRuns, openRound, roundsAhead, shutBy, type OpenStart, type Round, type Shut } from './entry-rounds.js';
import type { StoredEvent } from './late-facts.js';
import type { Client, Pool } from './pool.js';

const KEPT_MAX = 500;
/** The actor of entries that nobody made by hand. */
const BY_EVENT = 'event';

/** Somebody who comes by a link to a campaign that is paused is let in when it goes on: nothing of this transaction is to stay. */
export class LinkHeld extends Error {
  override readonly name = 'LinkHeld';
}
export interface LockedStart extends OpenStart {
  /** Whatever the round. */
  refused: Shut | null;
  /** By number, those that customers of the batch may enter; `open`: there is such a run. */
  rounds: ReadonlyMap<number, Round & { open: boolean; refused: Shut | null }>;
}
/** What entering leaves for the end of the transaction: lanes with somebody who is due now, and what is to be counted. */
export interface EntryRecord {
  lanes: { runId: string; lane: number }[];
  counters: RunCounterChange[];
  /** Why an event, by its number, let nobody in. */
  refused: Map<number, Outcome>;
}
interface Refused {
  customer: string;
  event: number;
  outcome: Outcome;
}

/** The newest version's start takes the place of the one before, whose runs close when their people are done. */
export async function putEventStart(client: Client, { campaign, version, runId, start }: OpenStart): Promise<void> {
  await client.query(
    `insert into event_starts (campaign, event_name, version, run_id, start) values ($1, $2, $3, $4, $5)
     on conflict (campaign) do update set event_name = excluded.event_name, version = excluded.version,
       run_id = excluded.run_id, start = excluded.start, open = true`,
    [campaign, start.event, version, runId, JSON.stringify(start)],
  );
}

/** No event lets anybody into this campaign any more; what it has let in goes on, and its runs close after it. */
export async function closeEventStart(client: Client, campaign: string, beforeVersion: number | null): Promise<void> {
  await client.query(
    'update event_starts set open = false where campaign = $1 and version < coalesce($2, version + 1)',
    [campaign, beforeVersion],
  );
  await client.query(
    `update runs set takes_entrants = false
     where campaign = $1 and trigger_key like 'entries-%' and state <> 'closed' and version < coalesce($2, version + 1)`,
    [campaign, beforeVersion],
  );
}

export class EventStarts {
  private readonly campaigns: CampaignsStore;
  /** By run: immutable, so each process reads it once. */
  private readonly kept = new Map<string, LaunchedCampaign>();

  constructor(
    pool: Pool,
    private readonly build: string,
  ) {
    this.campaigns = new CampaignsStore(pool);
  }

  /** Open starts by these events, with the scopes and runs of their rounds locked; to be called before participants are. Index: event_starts_event. */
  async lock(client: Client, events: readonly { name: string; customerId: string }[]): Promise<LockedStart[]> {
    const { rows } = await client.query<OpenStart>(
      `select campaign, version, run_id as "runId", start from event_starts where open and event_name = any($1::text[])
       order by campaign`,
      [[...new Set(events.map(({ name }) => name))]],
    );
    if (rows.length === 0) return [];
    const ahead = await roundsAhead(client, rows, events);
    const scopes = [...rows.map(({ campaign }) => `campaign/${campaign}`), ...ahead.map(({ runId }) => `run/${runId}`)];
    const controls = await readControls(client, ['all', ...scopes]);
    const runs = await lockRuns(
      client,
      ahead.map(({ runId }) => runId),
    );
    return rows.map((row): LockedStart => {
      const switches = ['all', `campaign/${row.campaign}`, `run/${row.runId}`].map((scope) => controls.get(scope));
      const refused = shutBy(runs.get(row.runId), switches);
      const rounds = ahead
        .filter(({ campaign }) => campaign === row.campaign)
        .map((round) => {
          const state = runs.get(round.runId);
          const shut = shutBy(state ?? 'running', [controls.get(`run/${round.runId}`)]);
          return [round.no, { ...round, open: state !== undefined, refused: refused ?? shut }] as const;
        });
      const held = rounds.some(([, round]) => round.refused === 'paused');
      if (held && isLinkEvent(row.start.event)) throw new LinkHeld(`${row.campaign} is paused`);
      return { ...row, refused, rounds: new Map(rounds) };
    });
  }

  /** Let in whom the new events let in. Locks: lanes, participants; the caller counts. */
  async enter(client: Client, starts: readonly LockedStart[], events: readonly StoredEvent[]): Promise<EntryRecord> {
    const entered: EntryRecord = { lanes: [], counters: [], refused: new Map() };
    for (const start of starts) {
      const matches = start.start.where ? prepareFilter(start.start.where) : () => true;
      const own = events.filter(({ name, properties }) => name === start.start.event && matches(properties));
      if (own.length > 0) await this.enterOne(client, start, own.sort(byReceipt), entered);
    }
    return entered;
  }

  /** By the transaction's own connection: one that waited for another of the same pool might wait for itself. */
  private async definitionOf(client: Client, { campaign, version, runId }: OpenStart): Promise<LaunchedCampaign> {
    const known = this.kept.get(runId) ?? (await this.campaigns.launchedDefinition(client, campaign, version));
    if (!known) throw new Error('invariant: a start of a version that does not exist');
    if (this.kept.size >= KEPT_MAX) this.kept.clear();
    this.kept.set(runId, known);
    return known;
  }

  private async enterOne(
    client: Client,
    start: LockedStart,
    events: readonly StoredEvent[],
    entered: EntryRecord,
  ): Promise<void> {
    const launched = await this.definitionOf(client, start);
    const now = Math.max(...events.map(({ receivedAt }) => receivedAt));
    const ids = [...new Set(events.map(({ customerId }) => customerId))].sort();
    const standing = start.refused ? null : await readStanding(client, launched, ids, now);
    const history = start.refused ? new Map<string, EntryHistory>() : await readHistory(client, start.campaign, ids);
    const refused: Refused[] = [];
    const rounds = new Map<number, { customer: string; key: string | null; event: number; at: number }[]>();
    for (const event of events) {
      const customer = event.customerId;
      const before = history.get(customer) ?? NEVER_ENTERED;
      const barred = start.refused ?? standing?.get(customer) ?? null;
      const verdict = barred
        ? { enter: false as const, reason: barred }
        : judgeRound(start, before, { at: event.receivedAt, properties: event.properties });
      if (!verdict.enter) {
        refused.push({ customer, event: event.no, outcome: verdict.reason });
        continue;
      }
      history.set(customer, afterEntry(before, verdict, event.receivedAt));
      const round = rounds.get(verdict.no) ?? [];
      round.push({ customer, key: verdict.key, event: event.no, at: event.receivedAt });
      rounds.set(verdict.no, round);
    }
    for (const [no, entries] of [...rounds].sort(([a], [b]) => a - b)) {
      refused.push(...(await this.enterRound(client, { start, launched, no, now }, entries, entered)));
    }
    for (const { event, outcome } of refused) entered.refused.set(event, outcome);
    const node = launched.campaign.journey.start;
    entered.counters.push(...(await recordEntrants(client, start.runId, node, refused, { by: BY_EVENT, now })));
  }

  /** Returns whom another transaction has let in meanwhile, or all where the run is closed. */
  private async enterRound(
    client: Client,
    at: { start: LockedStart; launched: LaunchedCampaign; no: number; now: number },
    entries: readonly { customer: string; key: string | null; event: number; at: number }[],
    entered: EntryRecord,
  ): Promise<Refused[]> {
    const { start, launched, no, now } = at;
    const { campaign, version } = start;
    const authored = { by: BY_EVENT, now };
    const round = start.rounds.get(no);
    const opening = { campaign, version, no, launched, build: this.build };
    const runId = round?.open ? round.runId : await openRound(client, this.campaigns, opening, authored);
    // opened by another transaction since we looked, it may have closed, too
    if (!round?.open && (await lockRuns(client, [runId])).get(runId) !== 'running')
      return entries.map(({ customer, event }) => ({ customer, event, outcome: 'closed' }));
    const { rows } = await client.query<{ customer: string }>(
      `insert into campaign_entries (campaign, customer_id, no, key, event_no, run_id, at)
       select $1, customer, $2, key, event, $3, to_timestamp(at / 1000.0)
       from json_to_recordset($4::json) as x(customer text, key text, event bigint, at float8) order by customer collate "C"
       on conflict do nothing returning customer_id as customer`,
      [campaign, no, runId, JSON.stringify(entries)],
    );
    const won = new Set(rows.map(({ customer }) => customer));
    const node = launched.campaign.journey.start;
    const placed = await placeEntrants(client, runId, launched, [...won].sort(), now);
    const outcomes = [...placed.outcomes].map(([customer, outcome]) => ({ customer, outcome }));
    entered.counters.push(...(await recordEntrants(client, runId, node, outcomes, authored)));
    entered.lanes.push(...placed.lanes.map((lane) => ({ runId, lane })));
    return entries.flatMap(({ customer, event }) =>
      won.has(customer) ? [] : [{ customer, event, outcome: 'under_way' as const }],
    );
  }
}

/** The entry policy's word, and that of the round which it leads to; whoever needs one that was not ahead has been let in by another transaction. */
function judgeRound(
  { start, rounds }: LockedStart,
  before: EntryHistory,
  event: Parameters<typeof judgeEntry>[2],
): EntryVerdict | { enter: false; reason: Shut } {
  const verdict = judgeEntry(start.entry, before, event);
  if (!verdict.enter) return verdict;
  const round = rounds.get(verdict.no);
  if (!round) return { enter: false, reason: 'under_way' };
  return round.refused ? { enter: false, reason: round.refused } : verdict;
}

const byReceipt = (a: StoredEvent, b: StoredEvent) => a.receivedAt - b.receivedAt || a.no - b.no;

/** Who may not enter whatever the policy says: strangers, and whom the segment does not hold. Null: may. */
async function readStanding(
  client: Client,
  launched: LaunchedCampaign,
  ids: readonly string[],
  now: number,
): Promise<Map<string, 'unknown' | 'not_in_segment' | null>> {
  const where = compileWhere(launched.segment.rule, { firstParam: 2, now, among: 1 });
  if (where.faults.length > 0) throw new Error('invariant: a launched segment does not compile');
  const { rows } = await client.query<{ id: string; inside: boolean }>(
    `select c.id, ${where.sql} as inside from customers c ${where.joins} where c.id = any($1::text[])`,
    [ids, ...where.values],
  );
  const known = new Map(rows.map(({ id, inside }) => [id, inside ? null : ('not_in_segment' as const)]));
  return new Map(ids.map((id) => [id, known.has(id) ? (known.get(id) ?? null) : ('unknown' as const)]));
}

async function readHistory(
  client: Client,
  campaign: string,
  ids: readonly string[],
): Promise<Map<string, EntryHistory>> {
  const { rows } = await client.query<{ id: string; count: string; lastAt: Date; keys: string[]; underWay: boolean }>(
    `select e.customer_id as id, max(e.no) as count, max(e.at) as "lastAt",
       coalesce(array_agg(e.key) filter (where e.key is not null), '{}') as keys,
       exists (select 1 from participants p join runs r on r.id = p.run_id
               where p.customer_id = e.customer_id and p.state = 'active' and r.campaign = $1) as "underWay"
     from campaign_entries e where e.campaign = $1 and e.customer_id = any($2::text[]) group by e.customer_id`,
    [campaign, ids],
  );
  return new Map(
    rows.map(({ id, count, lastAt, keys, underWay }) => [
      id,
      { count: Number(count), lastAt: lastAt.getTime(), keys: new Set(keys), underWay },
    ]),
  );
}
