/**
 * What a walk needs to know of a participant's way so far: responses in time, events that came before their wait was entered, what payouts
 * have told. One statement each for the whole cohort, and none where the journey does not ask.
 */
import type { PreparedJourney } from '../domain/journey/prepare.js';
import type { ParticipantFacts, Properties, ReceivedEvent, RewardFacts } from '../domain/wave/facts.js';
import { peopleOfRun } from './people-of-run.js';
import type { Client } from './pool.js';

/** By run `$1` and people `$2`. */
const PEOPLE = peopleOfRun('$1', '$2');

type Queryable = Pick<Client, 'query'>;
type PathFacts = Pick<
  ParticipantFacts,
  'respondedNodes' | 'answers' | 'answerProperties' | 'eventsSinceWave' | 'branchEvents' | 'payoutEvents' | 'rewards'
>;

/** The facts by customer, at `now`. */
export async function pathFacts(
  client: Queryable,
  { runId, now }: { runId: string; now: number },
  ids: readonly string[],
  journey: PreparedJourney,
): Promise<(customerId: string) => PathFacts> {
  const answers = await answersOf(client, runId, ids);
  const properties = journey.readsAnswers ? await answerProperties(client, runId, ids) : null;
  const looked = await branchEvents(client, now, ids, journey.branchEvents);
  const events = await eventsSinceWave(client, runId, ids, journey.lateWaitEvents);
  const payoutEvents = await eventsOfPayouts(client, runId, ids, journey.payoutEvents);
  const rewards = await rewardsTold(client, runId, ids, journey.toldRewards);
  return (customerId) => ({
    respondedNodes: Object.keys(answers.get(customerId) ?? {}),
    answers: answers.get(customerId) ?? {},
    answerProperties: properties?.get(customerId) ?? {},
    branchEvents: looked.get(customerId) ?? [],
    eventsSinceWave: events.get(customerId) ?? [],
    payoutEvents: payoutEvents.get(customerId) ?? [],
    rewards: rewards.get(customerId) ?? {},
  });
}

/** The place of a row in the journey, as domain/journey/loops.ts writes it. */
export const placeSql = (of: string) => `${of}.node || case when ${of}.visit > 1 then '#' || ${of}.visit else '' end`;

/** By customer: the response waits that were answered in time, by place, each with the number of its event. */
async function answersOf(
  client: Queryable,
  runId: string,
  ids: readonly string[],
): Promise<Map<string, Record<string, number>>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{ customer_id: string; answers: Record<string, number> }>(
    `with ${PEOPLE}
     select w.customer as customer_id, own.answers from people w cross join lateral (
       select json_object_agg(${placeSql('r')}, r.event_no order by r.node, r.visit) as answers
       from responses r where r.customer_id = w.customer and r.run_id = w.run and not r.late) own
     where own.answers is not null`,
    [runId, ids],
  );
  return new Map(rows.map((row) => [row.customer_id, row.answers]));
}

/** By customer and place: the properties of the events that answered in time. */
export async function answerProperties(
  client: Queryable,
  runId: string,
  ids: readonly string[],
): Promise<Map<string, Record<string, Properties>>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{ customer_id: string; properties: Record<string, Properties> }>(
    `with ${PEOPLE}
     select w.customer as customer_id, own.properties from people w cross join lateral (
       select json_object_agg(${placeSql('r')}, e.properties order by r.node, r.visit) as properties
       from responses r join events e on e.no = r.event_no
       where r.customer_id = w.customer and r.run_id = w.run and not r.late) own
     where own.properties is not null`,
    [runId, ids],
  );
  return new Map(rows.map((row) => [row.customer_id, row.properties]));
}

interface EventRow {
  customer_id: string;
  no: number;
  name: string;
  occurred_at: Date;
  received_at: Date;
  properties: Record<string, unknown>;
}

const EVENT = 'e.customer_id, e.no, e.name, e.occurred_at, e.received_at, e.properties';

async function eventsSinceWave(
  client: Queryable,
  runId: string,
  ids: readonly string[],
  names: readonly string[],
): Promise<Map<string, ReceivedEvent[]>> {
  if (names.length === 0 || ids.length === 0) return new Map();
  const { rows } = await client.query<EventRow>(
    `with ${PEOPLE}
     select ${EVENT}
     from people w join participants p on p.customer_id = w.customer and p.run_id = w.run
     join events e on e.customer_id = p.customer_id and e.name = any($3::text[]) and e.occurred_at >= p.wave_at
     where p.wave_at is not null
     order by e.customer_id, e.occurred_at, e.no`,
    [runId, ids, names],
  );
  return byCustomer(rows);
}

/** What has been received by the statement's snapshot and occurred within the furthest look back, up to `now`. Index: events_customer. */
export async function branchEvents(
  client: Queryable,
  now: number,
  ids: readonly string[],
  { names, withinMs }: PreparedJourney['branchEvents'],
): Promise<Map<string, ReceivedEvent[]>> {
  if (names.length === 0 || ids.length === 0) return new Map();
  const { rows } = await client.query<EventRow>(
    `select ${EVENT} from events e
     where e.customer_id = any($1::text[]) and e.name = any($2::text[]) and e.occurred_at > $3 and e.occurred_at <= $4
     order by e.customer_id, e.occurred_at, e.no`,
    [ids, names, new Date(now - withinMs), new Date(now)],
  );
  return byCustomer(rows);
}

/** Of this run. Index: events_customer. */
async function eventsOfPayouts(
  client: Queryable,
  runId: string,
  ids: readonly string[],
  names: readonly string[],
): Promise<Map<string, ReceivedEvent[]>> {
  if (names.length === 0 || ids.length === 0) return new Map();
  const { rows } = await client.query<EventRow>(
    `select ${EVENT} from events e
     where e.customer_id = any($2::text[]) and e.name = any($3::text[]) and e.properties ->> 'run' = $1
     order by e.customer_id, e.occurred_at, e.no`,
    [runId, ids, names],
  );
  return byCustomer(rows);
}

function byCustomer(rows: readonly EventRow[]): Map<string, ReceivedEvent[]> {
  const result = new Map<string, ReceivedEvent[]>();
  for (const row of rows) {
    const list = result.get(row.customer_id) ?? [];
    list.push({
      no: row.no,
      name: row.name,
      occurredAt: row.occurred_at.getTime(),
      receivedAt: row.received_at.getTime(),
      properties: row.properties,
    });
    result.set(row.customer_id, list);
  }
  return result;
}

/** By place, the newest generation of each reward; when it was paid is the provider's word, or else when we were told. Index: payouts_customer. */
async function rewardsTold(
  client: Queryable,
  runId: string,
  ids: readonly string[],
  nodes: readonly string[],
): Promise<Map<string, Record<string, RewardFacts>>> {
  const result = new Map<string, Record<string, RewardFacts>>();
  if (nodes.length === 0 || ids.length === 0) return result;
  const { rows } = await client.query<{
    customer_id: string;
    place: string;
    amount: number;
    currency: string;
    code: string | null;
    paid_at: Date | null;
  }>(
    `with ${PEOPLE}
     select w.customer as customer_id, own.* from people w cross join lateral (
       select distinct on (p.node, p.visit) ${placeSql('p')} as place, p.amount, p.currency, p.code,
         coalesce(p.paid_at, (select max(m.at) from payout_moves m where m.payout_key = p.key and m.to_state = 'paid')) as paid_at
       from payouts p where p.customer_id = w.customer and p.run_id = w.run and p.node = any($3::text[])
       order by p.node, p.visit, p.generation desc) own`,
    [runId, ids, nodes],
  );
  for (const { customer_id: customer, place, amount, currency, code, paid_at: paidAt } of rows) {
    const own = result.get(customer) ?? {};
    own[place] = { amount: { minor: amount, currency }, code, paidAt: paidAt?.getTime() ?? null };
    result.set(customer, own);
  }
  return result;
}
