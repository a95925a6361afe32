/**
 * Late responses, within the ingestion transaction: the participants are locked, so a wait either is still open (and was answered) or is among
 * the closed ones. What is late changes no participant; what it earns is claimed like every reward, after the participants and before the counters.
 */
import type { PreparedJourney, PreparedReward } from '../domain/journey/prepare.js';
import { winningEvent } from '../domain/response/attribution.js';
import { placeOf } from '../domain/journey/loops.js';
import { judgeLate, lateRewards } from '../domain/response/late.js';
import { concerns } from '../domain/response/payout-events.js';
import { prepareFilter } from '../domain/segment/evaluate.js';
import { intentRow, type IntentRow } from '../domain/wave/cohort.js';
import { earnedAt } from '../domain/wave/reward.js';
import { encodeTrace, type TraceStep } from '../domain/wave/trace.js';
import { insertContext, insertTrace } from './cohort-writes.js';
import { INGESTION_LANE, type RunCounterChange } from './counters.js';
import {
  keyOf,
  readAsked,
  readClosed,
  readPeople,
  readResponded,
  type ClosedRow,
  type ParticipantKey,
  type Person,
  type StoredEvent,
} from './late-facts.js';
import { insertIntents, rewardCodes } from './payout-intents.js';
import type { Client } from './pool.js';
import type { SeedVault } from './seed-vault.js';

export interface LateTerms {
  /** Launched runs: immutable. */
  runs: { of(runId: string): Promise<{ version: number; journey: PreparedJourney }> };
  shardOf: (bucket: number) => number;
  build: string;
  /** Of lucky boxes. */
  seeds?: SeedVault;
}

export interface LateRecord {
  counters: RunCounterChange[];
  /** Queues that got something to pay. */
  payouts: { name: string; shard: number }[];
}

interface Late {
  wait: ClosedRow;
  event: StoredEvent;
}
/** One late response with what follows from it. */
interface Decided extends Late {
  campaign: string;
  verdict: 'earns' | 'too_late' | 'no_reward';
  rewards: string[];
  /** Each with the step that gets its outcome. */
  intents: { row: IntentRow; step: TraceStep }[];
  person: Person;
  steps: TraceStep[];
}

export class LateResponses {
  constructor(private readonly terms: LateTerms) {}

  async record(client: Client, locked: readonly ParticipantKey[], events: readonly StoredEvent[]): Promise<LateRecord> {
    const found = judge(await readClosed(client, locked, events), events);
    const late = await insertResponses(client, found);
    if (late.length === 0) return { counters: [], payouts: [] };
    const decided = await this.decide(client, late);
    await claimRewards(client, decided, this.terms.seeds);
    await insertTooLate(client, decided);
    await this.trace(client, decided);
    const earned = decided.flatMap(({ intents }) => intents.map(({ row }) => row));
    return {
      counters: late.map(({ wait: { runId, node, visit } }) => ({
        runId,
        node,
        visit,
        measure: 'late',
        reason: '',
        lane: INGESTION_LANE,
        n: 1,
      })),
      payouts: [...new Map(earned.map(({ provider: name, shard }) => [`${name}/${shard}`, { name, shard }])).values()],
    };
  }

  private async decide(client: Client, late: readonly Late[]): Promise<Decided[]> {
    const keys = late.map(({ wait }) => wait);
    const people = await readPeople(client, keys);
    const responded = await readResponded(client, keys);
    const now = nowOf(late);
    const asked = await readAsked(client, keys, async (runId) => (await this.terms.runs.of(runId)).journey, now);
    const decided: Decided[] = [];
    for (const { wait, event } of late) {
      const { version, journey } = await this.terms.runs.of(wait.runId);
      const person = people.get(wait.customerId);
      const known = asked.get(keyOf(wait));
      if (!person || !known) throw new Error('invariant: a participant without a customer');
      const answered = placeOf(wait);
      const answerProperties = { ...known.answerProperties, [answered]: event.properties };
      const facts = { ...person.facts, ...known, answerProperties, respondedNodes: responded.get(keyOf(wait)) ?? [] };
      const slots = lateRewards(journey, { node: wait.node, visit: wait.visit }, { ...facts, now });
      const windowTo = wait.windowTo.getTime();
      const verdict = slots.length === 0 ? 'no_reward' : judgeLate(windowTo, event.receivedAt, journey.lateMs);
      const { runId, visit, customerId, wave } = wait;
      const promised = (verdict === 'earns' ? slots : []).map((at) => {
        // the response that earns it is this one, whatever else was answered
        const answers = { [answered]: event.no };
        const { earned, codes } = earnedAt(journey, rewardNode(journey, at.node), at, { ...facts, answers }, now);
        const step: TraceStep = { ...at, codes };
        if (!earned) return { step, intent: null };
        const rewarded = { bucket: person.bucket, facts: { respondedNodes: [answered], answers } };
        const terms = { runId, version, journey, shardOf: this.terms.shardOf };
        const row = intentRow(terms, rewarded, { runId, ...at, customerId }, { wave, ...earned });
        return { step, intent: { ...row, evidence: { ...row.evidence, lateEvent: event.no, wait: answered } } };
      });
      const afterMs = Math.max(0, event.receivedAt - windowTo);
      const closed = { node: wait.node, visit, codes: [`late=${verdict}:${afterMs}`] };
      const steps = [closed, ...promised.map(({ step }) => step)];
      const intents = promised.flatMap(({ intent, step }) => (intent ? [{ row: intent, step }] : []));
      const rewards = slots.map(({ node }) => node);
      decided.push({ wait, event, campaign: journey.campaign, verdict, rewards, intents, person, steps });
    }
    return decided;
  }

  /** Law 7: one context for the transaction, one trace row per late response. */
  private async trace(client: Client, decided: readonly Decided[]): Promise<void> {
    const { rows } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
    const context = await insertContext(client, {
      kind: 'late',
      runId: null,
      queue: 'ingestion',
      step: 0,
      now: nowOf(decided),
      build: this.terms.build,
      versions: {},
      snapshot: rows[0]?.snapshot as string,
    });
    for (const [runId, own] of Map.groupBy(decided, ({ wait }) => wait.runId)) {
      const traces = own.map(({ person, steps }) => ({
        customerId: person.facts.customerId,
        gateVersion: person.facts.gate.gateVersion,
        attrVersion: person.attrVersion,
        steps: encodeTrace(steps),
      }));
      await insertTrace(client, runId, context, traces);
    }
  }
}

function rewardNode(journey: PreparedJourney, id: string): PreparedReward {
  const node = journey.nodes[id];
  if (node?.type !== 'reward') throw new Error('invariant: a late reward of a node that does not reward');
  return node;
}

/** Events of one transaction were stamped within milliseconds; the newest stamp is the transaction's now. */
const nowOf = (late: readonly Late[]): number => Math.max(...late.map(({ event }) => event.receivedAt));

/** Pure: which closed wait is answered, late, by which of the new events. */
function judge(waits: readonly ClosedRow[], events: readonly StoredEvent[]): Late[] {
  const byCustomer = Map.groupBy(events, (event) => event.customerId);
  return waits.flatMap((wait) => {
    const own = (byCustomer.get(wait.customerId) ?? []).filter((event) => concerns(event, wait));
    const window = { from: wait.windowFrom.getTime(), to: wait.windowTo.getTime() };
    const matches = wait.filter ? prepareFilter(wait.filter) : () => true;
    const event = winningEvent({ event: wait.eventName, window, matches }, own);
    return event ? [{ wait, event }] : [];
  });
}

/** Returns those that were new: a wait has one response. */
async function insertResponses(client: Client, late: readonly Late[]): Promise<Late[]> {
  if (late.length === 0) return [];
  const rows = late.map(({ wait, event }, i) => ({
    i,
    c: wait.customerId,
    r: wait.runId,
    n: wait.node,
    v: wait.visit,
    w: wait.wave,
    a: wait.windowFrom,
    e: event.no,
    o: new Date(event.occurredAt),
    t: new Date(event.receivedAt),
  }));
  const { rows: stored } = await client.query<{ customerId: string; runId: string; node: string; visit: number }>(
    `insert into responses (run_id, node, visit, customer_id, wave, wave_at, event_no, occurred_at, received_at, late)
     select r, n, v, c, w, a, e, o, t, true
     from json_to_recordset($1::json)
       as x(i int, c text, r text, n text, v smallint, w smallint, a timestamptz, e bigint, o timestamptz, t timestamptz) order by i
     on conflict do nothing
     returning customer_id as "customerId", run_id as "runId", node, visit`,
    [JSON.stringify(rows)],
  );
  const slotOf = (at: (typeof stored)[number]) => `${keyOf(at)}/${at.node}/${at.visit}`;
  const isNew = new Set(stored.map(slotOf));
  return late.filter(({ wait }) => isNew.has(slotOf(wait)));
}

/** Claim what was earned; each outcome is a step of its trace. Two waits that lead to one reward earn it once. */
async function claimRewards(client: Client, decided: readonly Decided[], seeds?: SeedVault): Promise<void> {
  const first = new Map<string, IntentRow>();
  for (const { intents } of decided) {
    for (const { row } of intents) if (!first.has(row.payoutKey)) first.set(row.payoutKey, row);
  }
  const outcomes = await insertIntents(client, [...first.values()], nowOf(decided), seeds);
  for (const { intents } of decided) {
    for (const { row, step } of intents) {
      const isFirst = first.get(row.payoutKey) === row;
      step.codes.push(
        ...rewardCodes(isFirst ? outcomes.get(row.payoutKey) : { outcome: 'already_rewarded', codes: [] }),
      );
    }
  }
}

/** Finance's list. */
async function insertTooLate(client: Client, decided: readonly Decided[]): Promise<void> {
  const rows = decided.flatMap(({ wait, event, campaign, verdict, rewards }) =>
    verdict !== 'too_late'
      ? []
      : [
          {
            c: wait.customerId,
            r: wait.runId,
            n: wait.node,
            v: wait.visit,
            g: campaign,
            w: wait.wave,
            e: event.no,
            o: new Date(event.occurredAt),
            t: new Date(event.receivedAt),
            d: wait.windowTo,
            p: rewards,
          },
        ],
  );
  if (rows.length === 0) return;
  await client.query(
    `insert into late_claims (run_id, node, visit, customer_id, campaign, wave, event_no, occurred_at, received_at, window_to, rewards)
     select r, n, v, c, g, w, e, o, t, d, array(select json_array_elements_text(p))
     from json_to_recordset($1::json) as x(c text, r text, n text, v smallint, g text, w smallint, e bigint, o timestamptz, t timestamptz,
       d timestamptz, p json)`,
    [JSON.stringify(rows)],
  );
}
