/**
 * What a cohort decides from: read once before the locks (attributes, addresses, to render), and again after them (marks, gate
 * versions, responses, contacts). One statement each for the whole cohort.
 */
import type { ContactPolicy } from '../domain/contact-policy/policy.js';
import type { Consent, CustomerStatus } from '../domain/eligibility/gate.js';
import type { PreparedJourney } from '../domain/journey/prepare.js';
import type { ParticipantFacts } from '../domain/wave/walk.js';
import { contactsSeen } from './contacts-seen.js';
import { exclusionsOf, type Exclusions } from './exclusions.js';
import { pathFacts } from './path-facts.js';
import type { Client, Pool } from './pool.js';
import { rivalsOf } from './rivals.js';

type Queryable = Pick<Client, 'query'>;

export interface PickedRow {
  facts: ParticipantFacts;
  bucket: number;
}

interface ParticipantRow {
  customer_id: string;
  node: string;
  visit: number;
  wave: number;
  wave_at: Date | null;
  window_end_at: Date | null;
  responded: boolean;
  frozen_ms: number;
  skip_sends: boolean;
  bucket: number;
  zone: string;
  status: CustomerStatus;
  gate_version: number;
  attr_version: number;
  consents: Record<string, Consent>;
  addresses: Record<string, string>;
  attributes: Record<string, unknown>;
}

const STANDS = 'customer_id, node, visit, wave, wave_at, window_end_at, responded, frozen_ms, skip_sends';

/** The due participants of a lane, oldest first, with everything that a walk before the locks needs. Index: participants_due. */
export async function pickDue(
  pool: Pool,
  at: { runId: string; lane: number; now: number; limit: number },
  journey: PreparedJourney,
): Promise<PickedRow[]> {
  const due = `select ${STANDS} from participants
       where run_id = $1 and lane = $2 and state = 'active' and due_at <= $3
       order by due_at, customer_id
       limit $4`;
  return await pick(pool, at, { sql: due, values: [at.runId, at.lane, new Date(at.now), at.limit] }, journey);
}

/** Those of these who have been set apart, as a cohort would find them if they were due where they stand. */
export async function pickSetApart(
  client: Queryable,
  at: { runId: string; now: number },
  ids: readonly string[],
  journey: PreparedJourney,
): Promise<PickedRow[]> {
  const failed = `select ${STANDS} from participants where run_id = $1 and customer_id = any($2::text[]) and state = 'failed'`;
  return await pick(client, at, { sql: failed, values: [at.runId, ids] }, journey);
}

async function pick(
  client: Queryable,
  at: { runId: string; now: number },
  who: { sql: string; values: unknown[] },
  journey: PreparedJourney,
): Promise<PickedRow[]> {
  const { rows } = await client.query<ParticipantRow>(
    `with due as materialized (
       ${who.sql})
     select d.*, c.bucket, c.zone, c.status, c.gate_version, c.attr_version, c.consents, c.addresses, c.attributes
     from due d join customers c on c.id = d.customer_id`,
    who.values,
  );
  const ids = rows.map((row) => row.customer_id);
  const path = await pathFacts(client, at, ids, journey);
  return rows.map((row) => ({
    bucket: row.bucket,
    facts: {
      customerId: row.customer_id,
      ...position(row),
      ...path(row.customer_id),
      gate: {
        status: row.status,
        gateVersion: row.gate_version,
        zone: row.zone,
        consents: row.consents,
        addresses: row.addresses,
      },
      attrVersion: row.attr_version,
      attributes: row.attributes,
      seen: [],
      rivals: [],
    },
  }));
}

type PositionRow = Pick<
  ParticipantRow,
  'node' | 'visit' | 'wave' | 'wave_at' | 'window_end_at' | 'responded' | 'frozen_ms' | 'skip_sends'
>;

function position(row: PositionRow) {
  return {
    node: row.node,
    visit: row.visit,
    wave: row.wave,
    waveAt: row.wave_at?.getTime() ?? null,
    windowEndAt: row.window_end_at?.getTime() ?? null,
    responded: row.responded,
    frozenMs: row.frozen_ms,
    skipSends: row.skip_sends,
  };
}

/** One participant, locked, who has not ended; null where there is none. */
export async function lockActive(
  client: Client,
  runId: string,
  customerId: string,
): Promise<(ReturnType<typeof position> & { gateVersion: number; attrVersion: number }) | null> {
  const { rows } = await client.query<PositionRow & Pick<ParticipantRow, 'gate_version' | 'attr_version'>>(
    `select p.node, p.visit, p.wave, p.wave_at, p.window_end_at, p.responded, p.frozen_ms, p.skip_sends, c.gate_version, c.attr_version
     from participants p join customers c on c.id = p.customer_id
     where p.run_id = $1 and p.customer_id = $2 and p.state = 'active' for update of p`,
    [runId, customerId],
  );
  const [row] = rows;
  return row ? { ...position(row), gateVersion: row.gate_version, attrVersion: row.attr_version } : null;
}

/** Where a participant stands. */
export type Standing = PositionRow & Pick<ParticipantRow, 'customer_id'>;

/** Lock the participants in key order; returns those that are still due, as they stand now that they are locked. Nothing is decided in this statement. */
export async function lockDue(
  client: Client,
  runId: string,
  lane: number,
  now: number,
  ids: readonly string[],
): Promise<Standing[]> {
  const { rows } = await client.query<Standing>(
    `select ${STANDS} from participants
     where run_id = $1 and customer_id = any($2::text[]) and lane = $3 and state = 'active' and due_at <= $4
     order by customer_id, run_id
     for update`,
    [runId, ids, lane, new Date(now)],
  );
  return rows;
}

/** Where they stand by the transaction's snapshot, for who looks and locks nothing. */
export async function standings(client: Queryable, runId: string, ids: readonly string[]): Promise<Standing[]> {
  const { rows } = await client.query<Standing>(
    `select ${STANDS} from participants where run_id = $1 and customer_id = any($2::text[])`,
    [runId, ids],
  );
  return rows;
}

/**
 * Facts of the locked participants from a snapshot taken after the locks. Those whose gate facts have changed since they were
 * picked are left out: they stay due and are read afresh in the next pass. With the exclusion lists in force.
 */
export async function factsAfterLocks(
  client: Client,
  at: { runId: string; now: number },
  picked: readonly PickedRow[],
  locked: readonly Standing[],
  journey: PreparedJourney,
  policies: readonly ContactPolicy[],
  journeyOf: (runId: string) => Promise<PreparedJourney>,
): Promise<{ participants: PickedRow[]; exclusions: Exclusions }> {
  const { rows } = await client.query<Pick<ParticipantRow, 'gate_version'> & { id: string }>(
    'select id, gate_version from customers where id = any($1::text[])',
    [locked.map(({ customer_id: id }) => id)],
  );
  const gates = new Map(rows.map(({ id, gate_version: version }) => [id, version]));
  const now = new Map(locked.map((row) => [row.customer_id, row]));
  const current = picked.filter(({ facts }) => gates.get(facts.customerId) === facts.gate.gateVersion);
  const ids = current.map(({ facts }) => facts.customerId);
  const people = current.map(({ facts }) => ({ id: facts.customerId, zone: facts.gate.zone }));
  const seen = await contactsSeen(client, people, policies, at.now);
  const rivals = await rivalsOf(client, at, journey.priority, ids, policies, journeyOf);
  const path = await pathFacts(client, at, ids, journey);
  const exclusions = await exclusionsOf(client, ids, at.now);
  const participants = current.map(({ facts, bucket }) => ({
    bucket,
    facts: {
      ...facts,
      gate: { ...facts.gate, excludedBy: exclusions.of(facts.customerId) },
      ...position(now.get(facts.customerId) as Standing),
      ...path(facts.customerId),
      seen: seen.get(facts.customerId) ?? [],
      rivals: rivals.get(facts.customerId) ?? [],
    },
  }));
  return { participants, exclusions };
}
