/**
 * The ingestion transaction. It locks the participants an event may concern, stores the events, and only then, in a fresh statement,
 * decides who has responded, in time or late: a cohort that held the lock before is seen, one that waits for it sees the mark or the event.
 */
import { winningEvent } from '../domain/response/attribution.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import { prepareFilter } from '../domain/segment/evaluate.js';
import { concerns, isPayoutEvent } from '../domain/response/payout-events.js';
import { addCounters, INGESTION_LANE, type RunCounterChange } from './counters.js';
import type { EventStarts } from './event-starts.js';
import type { ParticipantKey, StoredEvent } from './late-facts.js';
import { LateResponses, type LateTerms } from './late-responses.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** One event as it arrives; times are epoch ms. */
export interface NewEvent {
  messageId: string;
  customerId: string;
  name: string;
  occurredAt: number;
  receivedAt: number;
  properties: Record<string, unknown>;
}

export interface Appended {
  /** How many were new; the others had been stored before. */
  stored: number;
  /** Lanes with somebody who is due now: nudge them after the commit. */
  lanes: { runId: string; lane: number }[];
  /** Providers' queues that got something to pay, likewise. */
  payouts: { name: string; shard: number }[];
}

interface Judged extends Appended {
  /** Why events did not let their customer in, by the event's number. */
  refused: ReadonlyMap<number, string>;
}
interface OnStored {
  stored?: (messageIds: ReadonlySet<string>) => Promise<void>;
}

interface Waiting extends ParticipantKey {
  node: string;
  visit: number;
  lane: number;
  wave: number;
  /** Null before the first wave: only a payout's event can be waited for there. */
  waveAt: Date | null;
  windowEndAt: Date;
  eventName: string;
  filter: RuleGroup | null;
}
interface Response {
  waiting: Waiting;
  event: StoredEvent;
}

export class EventsStore {
  private readonly late: LateResponses;

  constructor(
    private readonly pool: Pool,
    late: LateTerms,
    /** Campaigns that start on an event; none where nothing is handed in. */
    private readonly starts: Pick<EventStarts, 'lock' | 'enter'> | null = null,
  ) {
    this.late = new LateResponses(late);
  }

  /** `appendIn` as a transaction of its own, to which `also` belongs, at its end: it is told which events, by number, were refused an entry, and why. */
  async append(
    events: readonly NewEvent[],
    also?: (client: Client, refused: ReadonlyMap<number, string>) => Promise<void>,
  ): Promise<Appended> {
    return await inTransaction(this.pool, async (client) => {
      const { refused, ...appended } = await this.judged(client, events, {});
      await also?.(client, refused);
      return appended;
    });
  }

  /**
   * Append events, deduplicated by message id; mark the participants who thereby responded, and record what came late. `stored` is told the message
   * ids that were new, after participants and before money and counters are locked.
   */
  async appendIn(client: Client, events: readonly NewEvent[], on: OnStored = {}): Promise<Appended> {
    const { refused: _refused, ...appended } = await this.judged(client, events, on);
    return appended;
  }

  private async judged(client: Client, events: readonly NewEvent[], on: OnStored): Promise<Judged> {
    const sorted = [...events].sort((a, b) => (a.messageId < b.messageId ? -1 : a.messageId > b.messageId ? 1 : 0));
    const starts = (await this.starts?.lock(client, sorted)) ?? []; // locks come in their order
    let locked = await lockParticipants(client, sorted);
    const stored = await insertEvents(client, sorted);
    // who was moved to another run while we waited for them waits there
    if (locked.some(({ migrated }) => migrated)) locked = await lockParticipants(client, sorted);
    const counters: RunCounterChange[] = [];
    const appended: Appended = { stored: stored.length, lanes: [], payouts: [] };
    if (stored.length === 0) return { ...appended, refused: new Map() };
    await on.stored?.(new Set(stored.map(({ messageId }) => messageId)));
    if (locked.length > 0) {
      const responses = judge(await readWaiting(client, locked), stored);
      const answered = await markResponded(client, responses);
      const late = await this.late.record(client, locked, stored);
      counters.push(...answered, ...late.counters);
      appended.lanes = lanesOf(responses);
      appended.payouts = late.payouts;
    }
    const entered = starts.length > 0 ? await this.starts?.enter(client, starts, stored) : null;
    appended.lanes.push(...(entered?.lanes ?? []));
    await addCounters(client, [...counters, ...(entered?.counters ?? [])]);
    return { ...appended, refused: entered?.refused ?? new Map() };
  }
}

/**
 * Participants of runs that listen to these events, whether they still wait or not (what is late concerns them, too), in the one lock order
 * (customer, run). Index: listeners_event.
 */
async function lockParticipants(
  client: Client,
  events: readonly NewEvent[],
): Promise<(ParticipantKey & { migrated: boolean })[]> {
  const { rows } = await client.query<ParticipantKey & { migrated: boolean }>(
    `select p.customer_id as "customerId", p.run_id as "runId", coalesce(p.end_reason = 'migrated', false) as migrated
     from unnest($1::text[], $2::text[], $3::float8[]) as e(customer_id, name, received)
     join listeners l on l.event_name = e.name and l.late_until > to_timestamp(e.received / 1000.0)
     join participants p on p.customer_id = e.customer_id and p.run_id = l.run_id
     order by p.customer_id, p.run_id
     for update of p`,
    [events.map((e) => e.customerId), events.map((e) => e.name), events.map((e) => e.receivedAt)],
  );
  return rows;
}

/** In message-id order, so that two transactions with the same ids wait instead of deadlocking. */
async function insertEvents(client: Client, events: readonly NewEvent[]): Promise<(NewEvent & StoredEvent)[]> {
  const { rows } = await client.query<{ no: number; messageId: string }>(
    `insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
     select message_id, customer_id, name, to_timestamp(occurred / 1000.0), to_timestamp(received / 1000.0), properties
     from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::jsonb[]) with ordinality
       as e(message_id, customer_id, name, occurred, received, properties, i)
     order by i
     on conflict (message_id) do nothing
     returning no, message_id as "messageId"`,
    [
      events.map((e) => e.messageId),
      events.map((e) => e.customerId),
      events.map((e) => e.name),
      events.map((e) => e.occurredAt),
      events.map((e) => e.receivedAt),
      events.map((e) => JSON.stringify(e.properties)),
    ],
  );
  // of several with one id the first was stored
  const first = new Map<string, NewEvent>();
  for (const event of events) if (!first.has(event.messageId)) first.set(event.messageId, event);
  return rows.map((row) => ({ ...(first.get(row.messageId) as NewEvent), no: row.no }));
}

/**
 * The end of a wait `p` of a run `r`, whose resume under way is `x`: where the run's clock stands, a wait that was open then is open until the
 * resume, and from then on for as long as the resume gives it.
 */
const OPEN_UNTIL = `case
  when r.frozen_at is null or p.window_end_at <= r.frozen_at or p.thaw_no = r.thaw_no then p.window_end_at
  when x.no is null then timestamptz '9999-12-31T00:00:00Z'
  when x.overdue = 'shift' then p.window_end_at + (x.at - r.frozen_at)
  else greatest(p.window_end_at, x.at) end`;

/**
 * Index: participants_pkey, a probe for each of them (`offset 0` holds the planner to it: a table that has grown since it was last analysed is
 * believed to have few who wait, and all that do would be read for every transaction).
 */
async function readWaiting(client: Client, locked: readonly ParticipantKey[]): Promise<Waiting[]> {
  const { rows } = await client.query<Waiting>(
    `select p.customer_id as "customerId", p.run_id as "runId", p.node, p.visit, p.lane, p.wave, p.wave_at as "waveAt",
       ${OPEN_UNTIL} as "windowEndAt", l.event_name as "eventName", l.filter
     from (select distinct * from unnest($1::text[], $2::text[])) as k(customer_id, run_id)
     cross join lateral (
       select * from participants where customer_id = k.customer_id and run_id = k.run_id offset 0) p
     join listeners l on l.run_id = p.run_id and l.node = p.node
     join runs r on r.id = p.run_id left join control_changes x on x.no = r.thaw_no
     where p.state = 'active' and not p.responded and p.window_end_at is not null
     order by p.customer_id, p.run_id`,
    [locked.map((k) => k.customerId), locked.map((k) => k.runId)],
  );
  return rows;
}

/** Pure: who of the waiting is answered by which of the new events. */
export function judge(waiting: readonly Waiting[], events: readonly StoredEvent[]): Response[] {
  const byCustomer = Map.groupBy(events, (event) => event.customerId);
  const filters = new Map<string, (properties: Readonly<Record<string, unknown>>) => boolean>();
  return waiting.flatMap((w) => {
    const own = byCustomer.get(w.customerId);
    if (!own) return [];
    const name = `${w.runId}/${w.node}`;
    const matches = filters.get(name) ?? (w.filter ? prepareFilter(w.filter) : () => true);
    filters.set(name, matches);
    const from = isPayoutEvent(w.eventName) ? 0 : (w.waveAt?.getTime() ?? Infinity);
    const window = { from, to: w.windowEndAt.getTime() };
    const event = winningEvent(
      { event: w.eventName, window, matches },
      own.filter((one) => concerns(one, w)),
    );
    return event ? [{ waiting: w, event }] : [];
  });
}

/** Store the responses and set the marks; returns what is to be counted. */
async function markResponded(client: Client, responses: readonly Response[]): Promise<RunCounterChange[]> {
  if (responses.length === 0) return [];
  const rows = responses.map(({ waiting, event }) => ({
    customer_id: waiting.customerId,
    run_id: waiting.runId,
    node: waiting.node,
    visit: waiting.visit,
    wave: waiting.wave,
    wave_at: waiting.waveAt,
    event_no: event.no,
    occurred_at: new Date(event.occurredAt),
    received_at: new Date(event.receivedAt),
  }));
  const { rows: recorded } = await client.query<{ runId: string; node: string; visit: number; n: number }>(
    `with answer as (
       select * from json_to_recordset($1::json) as r(customer_id text, run_id text, node text, visit smallint, wave smallint,
         wave_at timestamptz, event_no bigint, occurred_at timestamptz, received_at timestamptz)),
     response as (
       insert into responses (run_id, node, visit, customer_id, wave, wave_at, event_no, occurred_at, received_at)
       select run_id, node, visit, customer_id, wave, wave_at, event_no, occurred_at, received_at from answer
       on conflict do nothing
       returning run_id, node, visit, customer_id),
     mark as (
       update participants p set responded = true, due_at = least(p.due_at, a.received_at)
       from answer a join response r on r.customer_id = a.customer_id and r.run_id = a.run_id
       where p.customer_id = a.customer_id and p.run_id = a.run_id)
     select run_id as "runId", node, visit, count(*) as n from response group by 1, 2, 3`,
    [JSON.stringify(rows)],
  );
  return recorded.map((r) => ({ ...r, measure: 'responded', reason: '', lane: INGESTION_LANE }));
}

function lanesOf(responses: readonly Response[]): { runId: string; lane: number }[] {
  const lanes = new Map(responses.map(({ waiting: { runId, lane } }) => [`${runId}/${lane}`, { runId, lane }]));
  return [...lanes.values()];
}
