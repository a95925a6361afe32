/**
 * The set forms of `countSeen` and `countHandedOver`: one statement for a whole cohort or batch and every policy at once. Where a calendar
 * window begins is asked of the domain, once per zone, and not of Postgres: two tables of time zones might differ.
 */
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import { windowFrom, windowTo } from '../domain/contact-policy/window.js';
import type { Client } from './pool.js';

export interface Person {
  id: string;
  /** IANA. */
  zone: string;
}

/** A reservation is handed over, withheld or expired at the latest this long after its decision (validated on the send node). */
const RESERVED_MS_MAX = 7 * 86_400_000;

/** One count per policy: what stands after `filter (where`, over contacts `t` of people `c` with their zone's number `c.z`. */
interface Counting {
  values: unknown[];
  counts: string;
  /** No policy's window begins earlier. */
  earliest: number;
  /** For each person the number of its zone, from 1. */
  zoneNumbers: number[];
}

function counting(
  people: readonly Person[],
  policies: readonly ContactPolicy[],
  now: number,
  firstParam: number,
  countsWhere: (from: string, to: () => string) => string,
): Counting {
  const zones = [...new Set(people.map(({ zone }) => zone))];
  const numbers = new Map(zones.map((zone, index) => [zone, index + 1]));
  const values: unknown[] = [];
  const add = (value: unknown) => `$${firstParam + values.push(value) - 1}`;
  let earliest = now;
  const counts = policies.map((policy) => {
    const { window, scope } = policy;
    const edges = (edge: typeof windowFrom) => zones.map((zone) => edge(window, now, zone));
    const begins = edges(windowFrom);
    earliest = Math.min(earliest, ...begins);
    const at = (instants: number[]) =>
      window.kind === 'rolling'
        ? `${add(new Date(instants[0] ?? now))}::timestamptz`
        : `(${add(instants.map((ms) => new Date(ms)))}::timestamptz[])[c.z]`;
    const inWindow = countsWhere(at(begins), () => (window.kind === 'rolling' ? `'infinity'` : at(edges(windowTo))));
    const inScope = scope.kind === 'all' ? 'true' : `t.${scope.kind} = ${add(scope.value)}::text`;
    const notExempt = policy.exemptInformation ? `t.purpose <> 'information'` : 'true';
    return `count(*) filter (where ${inWindow} and ${inScope} and ${notExempt})::int`;
  });
  const zoneNumbers = people.map(({ zone }) => numbers.get(zone) as number);
  return { values, counts: `array[${counts.join(', ')}]`, earliest, zoneNumbers };
}

type Seen = Map<string, number[]>;
const seenOf = (rows: { customer_id: string; seen: number[] }[]): Seen =>
  new Map(rows.map((row) => [row.customer_id, row.seen]));

/** What counts against decisions at `now`, by customer and policy; who has no contact is left out. Index: contacts_customer, alone. */
export async function contactsSeen(
  client: Pick<Client, 'query'>,
  people: readonly Person[],
  policies: readonly ContactPolicy[],
  now: number,
): Promise<Seen> {
  if (policies.length === 0 || people.length === 0) return new Map();
  const by = counting(people, policies, now, 4, (from) => `(t.state = 'reserved' or t.at >= ${from})`);
  const { rows } = await client.query<{ customer_id: string; seen: number[] }>(
    `select t.customer_id, ${by.counts} as seen
     from unnest($1::text[], $2::int[]) as c(id, z) join contacts t on t.customer_id = c.id
     where t.state <> 'returned' and t.at >= $3
     group by t.customer_id`,
    [people.map(({ id }) => id), by.zoneNumbers, new Date(Math.min(by.earliest, now - RESERVED_MS_MAX)), ...by.values],
  );
  return seenOf(rows);
}

/**
 * What counts against hand-overs at `now`, the messages of the batch itself aside: contacts of messages that have gone out, or may have, in
 * the hand-over's own window. Index: contacts_customer, outbox_pkey.
 */
export async function contactsHandedOver(
  client: Pick<Client, 'query'>,
  people: readonly Person[],
  policies: readonly ContactPolicy[],
  now: number,
  batch: readonly string[],
): Promise<Seen> {
  if (policies.length === 0 || people.length === 0) return new Map();
  const by = counting(people, policies, now, 5, (from, to) => `t.at >= ${from} and t.at < ${to()}`);
  const { rows } = await client.query<{ customer_id: string; seen: number[] }>(
    `select t.customer_id, ${by.counts} as seen
     from unnest($1::text[], $2::int[]) as c(id, z) join contacts t on t.customer_id = c.id
     where t.at >= $3 and t.message_id <> all($4::text[]) and t.state <> 'returned'
       and (t.state = 'counted' or exists (
         select 1 from outbox o where o.id = t.message_id and o.state in ('submitting', 'ambiguous')))
     group by t.customer_id`,
    [people.map(({ id }) => id), by.zoneNumbers, new Date(by.earliest), batch, ...by.values],
  );
  return seenOf(rows);
}
