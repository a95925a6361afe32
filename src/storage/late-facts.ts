/**
 * What late responses are judged by: closed waits that nothing has answered, and the facts of their customers. One statement each for a whole
 * ingestion transaction, whose participants are locked.
 */
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import type { WindowEvent } from '../domain/response/attribution.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import type { BranchFacts } from '../domain/wave/facts.js';
import { answerProperties, branchEvents, placeSql } from './path-facts.js';
import type { Client } from './pool.js';

export interface ParticipantKey {
  customerId: string;
  runId: string;
}
export interface StoredEvent extends WindowEvent {
  customerId: string;
  receivedAt: number;
}
export interface ClosedRow extends ParticipantKey {
  node: string;
  visit: number;
  wave: number;
  windowFrom: Date;
  windowTo: Date;
  eventName: string;
  filter: RuleGroup | null;
}
export interface Person {
  bucket: number;
  attrVersion: number;
  facts: Omit<BranchFacts, 'respondedNodes' | 'answerProperties' | 'branchEvents'>;
}
export const keyOf = (key: ParticipantKey): string => `${key.runId}/${key.customerId}`;
/** Closed waits of these participants that nothing has answered yet. */
export async function readClosed(
  client: Client,
  locked: readonly ParticipantKey[],
  events: readonly StoredEvent[],
): Promise<ClosedRow[]> {
  const { rows } = await client.query<ClosedRow>(
    `select w.customer_id as "customerId", w.run_id as "runId", w.node, w.visit, w.wave, w.window_from as "windowFrom",
       w.window_to as "windowTo", l.event_name as "eventName", l.filter
     from (select distinct * from unnest($1::text[], $2::text[])) as k(customer_id, run_id)
     join closed_waits w on w.customer_id = k.customer_id and w.run_id = k.run_id
     join listeners l on l.event_name = any($3::text[]) and l.run_id = w.run_id and l.node = w.node
     left join responses r on r.customer_id = w.customer_id and r.run_id = w.run_id and r.node = w.node and r.visit = w.visit
     where r.event_no is null
     order by w.customer_id, w.run_id, w.node, w.visit`,
    [locked.map((k) => k.customerId), locked.map((k) => k.runId), [...new Set(events.map(({ name }) => name))]],
  );
  return rows;
}

/** By customer. */
export async function readPeople(client: Client, keys: readonly ParticipantKey[]): Promise<Map<string, Person>> {
  const { rows } = await client.query<{
    id: string;
    bucket: number;
    zone: string;
    status: CustomerStatus;
    gate_version: number;
    attr_version: number;
    consents: Record<string, Consent>;
    addresses: Record<string, string>;
    attributes: Record<string, unknown>;
  }>(
    `select id, bucket, zone, status, gate_version, attr_version, consents, addresses, attributes from customers
     where id = any($1::text[])`,
    [keys.map(({ customerId }) => customerId)],
  );
  return new Map(
    rows.map(({ id, bucket, zone, status, consents, addresses, attributes, ...versions }) => {
      const gate = { status, gateVersion: versions.gate_version, zone, consents, addresses };
      return [id, { bucket, attrVersion: versions.attr_version, facts: { customerId: id, gate, attributes } }];
    }),
  );
}

/** Places of the waits answered in time, by participant. */
export async function readResponded(client: Client, keys: readonly ParticipantKey[]): Promise<Map<string, string[]>> {
  const { rows } = await client.query<ParticipantKey & { nodes: string[] }>(
    `select r.customer_id as "customerId", r.run_id as "runId", array_agg(${placeSql('r')} order by r.node, r.visit) as nodes
     from (select distinct * from unnest($1::text[], $2::text[])) as k(customer_id, run_id)
     join responses r on r.customer_id = k.customer_id and r.run_id = k.run_id and not r.late
     group by 1, 2`,
    [keys.map(({ customerId }) => customerId), keys.map(({ runId }) => runId)],
  );
  return new Map(rows.map((row) => [keyOf(row), row.nodes]));
}

/** What the branches and amounts of these runs ask for besides; two statements a run, and none where its journey does not ask. */
export async function readAsked(
  client: Client,
  keys: readonly ParticipantKey[],
  journeyOf: (runId: string) => Promise<PreparedJourney>,
  now: number,
): Promise<Map<string, Required<Pick<BranchFacts, 'answerProperties' | 'branchEvents'>>>> {
  const asked = new Map<string, Required<Pick<BranchFacts, 'answerProperties' | 'branchEvents'>>>();
  for (const [runId, own] of Map.groupBy(keys, (key) => key.runId)) {
    const journey = await journeyOf(runId);
    const ids = own.map(({ customerId }) => customerId);
    const properties = journey.readsAnswers ? await answerProperties(client, runId, ids) : null;
    const events = await branchEvents(client, now, ids, journey.branchEvents);
    for (const key of own) {
      asked.set(keyOf(key), {
        answerProperties: properties?.get(key.customerId) ?? {},
        branchEvents: events.get(key.customerId) ?? [],
      });
    }
  }
  return asked;
}
