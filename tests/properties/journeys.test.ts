/**
 * Random journeys with random people and responses, walked cohort by cohort until nobody is left: law 2 (one message per slot, one way out
 * of each node) and law 4 (both sums, at every moment) hold, and every run ends.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wavesOf } from '../../src/domain/journey/graph.js';
import { placeOf } from '../../src/domain/journey/loops.js';
import { campaignSchema, type Journey, type LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { prepareJourney, type PreparedJourney } from '../../src/domain/journey/prepare.js';
import { cohortWrite, Counters, type CohortWrite } from '../../src/domain/wave/cohort.js';
import { answersSoFar } from '../../src/domain/wave/answers.js';
import { walk, type ParticipantFacts, type ReceivedEvent, type WalkContext } from '../../src/domain/wave/walk.js';
import { journey, rule } from './random-journeys.js';
import { seeded } from '../support/seeded.js';

const T0 = Date.parse('2026-03-03T10:00:00+09:00');
const PASSES_MAX = 2_000;
const person = fc.record({
  status: fc.constantFrom('active' as const, 'active' as const, 'active' as const, 'incident' as const),
  consented: fc.constantFrom(true, true, true, false),
  hasAddress: fc.constantFrom(true, true, true, false),
  vip: fc.boolean(),
  seen: fc.integer({ min: 0, max: 3 }),
  zone: fc.constantFrom('Asia/Seoul', 'America/New_York'),
  /** How long after a pass that leaves them waiting they respond; null: not at all. */
  respondsInMs: fc.option(fc.constantFrom(0, 500, 3_600_000)),
});
type Person = typeof person extends fc.Arbitrary<infer T> ? T : never;

function prepared(given: Journey): PreparedJourney {
  const campaign = campaignSchema.parse({ key: 'c', name: 'c', purpose: 'advertising', segment: 's', journey: given });
  const templates = Object.fromEntries(
    Object.entries(campaign.journey.nodes).flatMap(([id, node]) =>
      node.type === 'send' ? [[id, { key: 't', version: 1, channel: node.channel, title: null, body: 'hi' }]] : [],
    ),
  );
  const fallbacks = Object.fromEntries(
    Object.entries(campaign.journey.nodes).flatMap(([id, node]) =>
      node.type === 'send' && node.fallback
        ? [[id, node.fallback.map(({ channel }) => ({ key: 't', version: 1, channel, title: null, body: 'hi' }))]]
        : [],
    ),
  );
  const launched: LaunchedCampaign = {
    campaign,
    segment: { key: 's', version: 1, rule },
    templates,
    fallbacks,
    waves: wavesOf(campaign.journey),
  };
  return prepareJourney(launched);
}

const factsOf = (id: string, at: string, p: Person): ParticipantFacts => ({
  customerId: id,
  node: at,
  visit: 1,
  wave: 0,
  waveAt: null,
  windowEndAt: null,
  responded: false,
  respondedNodes: [],
  answers: {},
  gate: {
    status: p.status,
    gateVersion: 1,
    zone: p.zone,
    consents: p.consented ? { 'push:advertising': { granted: true }, 'sms:advertising': { granted: true } } : {},
    addresses: p.hasAddress ? { push: 'x', phone: 'y' } : {},
  },
  attrVersion: 1,
  attributes: { vip: p.vip, visits: p.seen },
  seen: [p.seen],
  rivals: [],
  eventsSinceWave: [],
  payoutEvents: [],
  rewards: {},
});

/** A run in memory: what the engine keeps in rows. */
class Run {
  readonly counters = new Counters();
  readonly people: { facts: ParticipantFacts; due: number | null; ended: boolean; person: Person }[];
  readonly messages = new Set<string>();
  readonly payouts = new Set<string>();
  readonly wayOut = new Map<string, string>();
  /** The most passes of anything. */
  visits = 1;
  private events = 0;

  constructor(
    private readonly journey: PreparedJourney,
    persons: Person[],
  ) {
    this.people = persons.map((p, n) => ({
      facts: factsOf(`c${n}`, journey.start, p),
      due: T0,
      ended: false,
      person: p,
    }));
    for (const measure of ['entered', 'here']) this.counters.add(journey.start, 1, measure, '', persons.length);
  }

  /** When something happens next: a due time, or a response to a wait that has not been given yet. */
  nextDue(after: number): number | null {
    const times = this.people.flatMap(({ due, person, facts }) => {
      const answer = (facts.waveAt ?? 0) + (person.respondsInMs ?? -Infinity);
      return due === null ? [] : facts.windowEndAt !== null && answer > after ? [Math.min(due, answer)] : [due];
    });
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** What ingestion does: the mark for those who wait inside their window, the event for the others. */
  private respond(now: number): void {
    for (const one of this.people) {
      const { facts, person } = one;
      const { node, waveAt, windowEndAt } = facts;
      if (one.ended || person.respondsInMs === null || waveAt === null || waveAt + person.respondsInMs > now) continue;
      const at = waveAt + person.respondsInMs;
      const event: ReceivedEvent = {
        no: ++this.events,
        name: 'purchase',
        occurredAt: at,
        receivedAt: at,
        properties: { amount: 3_000 },
      };
      const waits = this.journey.nodes[node];
      facts.eventsSinceWave = [...facts.eventsSinceWave.filter((e) => e.occurredAt >= waveAt), event];
      facts.branchEvents = facts.eventsSinceWave;
      if (waits?.type !== 'wait' || !waits.response || windowEndAt === null || facts.responded || at >= windowEndAt)
        continue;
      facts.responded = true;
      facts.respondedNodes = [...facts.respondedNodes, placeOf(facts)];
      facts.answers = { ...facts.answers, [placeOf(facts)]: event.no };
      facts.answerProperties = { ...facts.answerProperties, [placeOf(facts)]: event.properties };
      one.due = Math.min(one.due ?? now, now);
    }
  }

  pass(now: number, stopped: boolean): CohortWrite {
    this.respond(now);
    const context: WalkContext = {
      journey: this.journey,
      policies: [
        {
          key: 'k',
          version: 1,
          scope: { kind: 'all' },
          window: { kind: 'rolling', spanMs: 1 },
          cap: 3,
          exemptInformation: false,
          lookAheadMs: 0,
        },
      ],
      now,
      stopped,
      render: (node) => (node.endsWith('7') ? { ok: false, reason: 'x' } : { ok: true, title: null, body: 'hi' }),
    };
    const due = this.people.filter((one) => one.due !== null && one.due <= now);
    const walked = due.map(({ facts }) => ({ facts, bucket: 0, walk: walk(facts, context) }));
    const write = cohortWrite(
      { runId: 'abcdefghijklm', lane: 0, version: 1, journey: this.journey, shardOf: () => 0 },
      walked,
    );
    for (const [n, one] of due.entries()) {
      const done = (walked[n] as (typeof walked)[number]).walk;
      for (const edge of done.edges) {
        const from = `${one.facts.customerId} out of ${edge.from}#${edge.visit}`;
        this.visits = Math.max(this.visits, edge.visit);
        expect([from, this.wayOut.get(from)]).toEqual([from, undefined]);
        this.wayOut.set(from, edge.to);
      }
      const { node, visit, wave, waveAt, windowEndAt } = done;
      const answered = [...one.facts.respondedNodes, ...done.found.map(placeOf)];
      one.facts = {
        ...one.facts,
        ...answersSoFar(one.facts, done),
        node,
        visit,
        wave,
        waveAt,
        windowEndAt,
        responded: false,
        respondedNodes: answered,
      };
      one.due = done.dueAt;
      one.ended = done.state === 'ended';
    }
    return write;
  }

  check(write: CohortWrite): void {
    for (const { id } of write.messages) {
      expect([id, this.messages.has(id)]).toEqual([id, false]);
      this.messages.add(id);
    }
    for (const { row } of write.intents) {
      expect([row.payoutKey, this.payouts.has(row.payoutKey)]).toEqual([row.payoutKey, false]);
      this.payouts.add(row.payoutKey);
    }
    for (const { node, visit, measure, reason, n } of write.counters)
      this.counters.add(node, visit, measure, reason, n);
    const groups = Map.groupBy(this.counters.sorted(), (c) => `${c.node}#${c.visit}`);
    for (const [place, own] of groups) {
      const sum = (measure: string) => own.filter((c) => c.measure === measure).reduce((n, c) => n + c.n, 0);
      expect({ place, entered: sum('entered') }).toEqual({ place, entered: sum('here') + sum('moved') + sum('ended') });
      expect({ place, decided: sum('decided') }).toEqual({ place, decided: sum('queued') + sum('suppressed') });
      const standing = this.people.filter(({ ended, facts }) => !ended && `${facts.node}#${facts.visit}` === place);
      expect({ place, here: sum('here') }).toEqual({ place, here: standing.length });
    }
    const people = (measure: string) =>
      this.counters.sorted().reduce((n, c) => (c.measure === measure ? n + c.n : n), 0);
    expect(people('here') + people('ended')).toBe(this.people.length);
  }
}

describe('any journey', () => {
  it('ends for everyone, sends at most once per slot along one way, and adds up after every cohort', () => {
    const seed = seeded('journeys');
    let messages = 0;
    let rewards = 0;
    let repeated = 0;
    const drawn = new Set<string>();
    fc.assert(
      fc.property(
        journey,
        fc.array(person, { minLength: 2, maxLength: 5 }),
        fc.option(fc.integer({ min: 1, max: 8 })),
        (given, persons, stopAt) => {
          const run = new Run(prepared(given), persons);
          let passes = 0;
          for (let now: number | null = T0, last = T0; now !== null; now = run.nextDue(last)) {
            passes += 1;
            expect(passes).toBeLessThan(PASSES_MAX);
            last = Math.max(last, now);
            run.check(run.pass(last, stopAt !== null && passes >= stopAt));
          }
          expect(run.people.filter((one) => !one.ended)).toEqual([]);
          messages += run.messages.size;
          if (run.visits > 1) repeated += 1;
          for (const { measure, reason } of run.counters.sorted()) if (measure === 'drawn') drawn.add(reason);
          rewards += run.payouts.size;
        },
      ),
      { seed, numRuns: 300 },
    );
    expect(Math.min(messages, rewards)).toBeGreaterThan(50);
    expect(repeated).toBeGreaterThan(5);
    expect([...drawn].sort()).toEqual(['a', 'b', 'excluded', 'holdout']);
  });
});
