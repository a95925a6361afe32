/**
 * A gateway that says "later" from the evening until half past midnight, business time moved by hand: the real claims, lanes and look-ups on
 * Postgres, the real gateway simulator over HTTP, every `now` an argument. Whoever may not be written to when it heals at last is not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCohortActivities } from '../../activities/cohort.activities.js';
import { createDeliveryActivities } from '../../activities/delivery.activities.js';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { HttpGateway } from '../../src/channels/http-gateway.channel.js';
import { gatewaySchema } from '../../src/config-systems.js';
import type { HttpGatewayConfig } from '../../src/config.js';
import { bucketOf } from '../../src/domain/base/hash.js';
import { campaignSchema, type LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { wavesOf } from '../../src/domain/journey/validate.js';
import { startSimulator, type Simulator } from '../../src/simulator/index.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { CohortStore } from '../../src/storage/cohort.store.js';
import { CustomersStore } from '../../src/storage/customers.store.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { LaunchedStore } from '../../src/storage/launched.store.js';
import { PoliciesStore } from '../../src/storage/policies.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { openRun } from '../support/open-run.js';
import { NOBODY_HEARS } from '../support/seed.js';

const at = (time: string, day = '03') => Date.parse(`2026-03-${day}T${time}:00+09:00`);
const MINUTE = 60_000;
const GATEWAY = 'sim-gate';
const NIGHT = { from: '21:00', to: '08:00' };

/** How many of each; only sleepers have not agreed to the night. */
const PEOPLE = { sleeper: 10, owl: 6, withdrawn: 2, incident: 2, refused: 2, twice: 2, early: 2 };
type Kind = keyof typeof PEOPLE;
const idsOf = (kind: Kind) => Array.from({ length: PEOPLE[kind] }, (_, n) => `${kind}-${n + 1}`);
const KINDS = Object.keys(PEOPLE) as Kind[];

/** One send to these kinds of people. */
function campaign(key: string, kinds: readonly Kind[], notAfter = 'PT6H'): LaunchedCampaign {
  const parsed = campaignSchema.parse({
    key,
    name: key,
    purpose: 'advertising',
    segment: 'some',
    quietHours: NIGHT,
    journey: {
      start: 'send',
      nodes: {
        send: { type: 'send', template: 'hello', channel: 'push', gateway: GATEWAY, notAfter, next: 'done' },
        done: { type: 'exit' },
      },
    },
  });
  const rules = kinds.map((kind) => ({ field: 'attribute.kind' as const, operator: '=' as const, value: kind }));
  return {
    campaign: parsed,
    segment: { key: 'some', version: 1, rule: { combinator: 'or', rules } },
    templates: { send: { key: 'hello', version: 1, channel: 'push', title: null, body: 'hi' } },
    waves: wavesOf(parsed.journey),
  };
}

describe('a gateway held from 20:00 until 00:30', () => {
  let database: TestDatabase;
  let pool: Pool;
  let simulator: Simulator;
  let launched: LaunchedStore;
  const books = mkdtempSync(join(tmpdir(), 'pado-held-'));
  const activity = new MockActivityEnvironment();
  let step = 0;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    launched = new LaunchedStore(pool);
    simulator = await startSimulator({ books });
    await seedPeople();
    await capPerDay(2, at('19:00'));
  });
  afterAll(async () => {
    await simulator.close();
    await pool.end();
    await database.drop();
    rmSync(books, { recursive: true, force: true });
  });

  async function seedPeople(): Promise<void> {
    async function* rows() {
      let line = 0;
      for (const kind of KINDS) {
        for (const id of idsOf(kind)) {
          const consents = { 'push:advertising': { granted: true, night: kind !== 'sleeper' } };
          const facts = { consents, addresses: { push: `token-${id}` }, attributes: { kind } };
          yield { line: (line += 1), id, bucket: bucketOf(id), ...facts };
        }
      }
    }
    await new CustomersStore(pool).import(rows(), { by: 'test', now: at('19:00') });
  }
  async function capPerDay(cap: number, now: number): Promise<void> {
    const window = { kind: 'calendar', unit: 'day' } as const;
    const rest = { exemptInformation: false, lookAheadMs: 0, active: true };
    await new PoliciesStore(pool).put({ key: 'daily', scope: { kind: 'all' }, window, cap, ...rest }, { by: 'o', now });
  }
  async function change(kind: Kind, now: number, to: object): Promise<void> {
    const given = { ...to, source: 'person:test', occurredAt: now, now };
    for (const id of idsOf(kind)) await new CustomersStore(pool).changeGate(id, given, async () => undefined);
  }

  /** Launch, freeze and decide, all at one moment. */
  async function decide(definition: LaunchedCampaign, now: number): Promise<void> {
    const runId = definition.campaign.key;
    await openRun(database.pool, pool, definition, now);
    const { advanceCohorts } = createCohortActivities({
      runs: {
        prepared: async () => ({
          runId,
          version: 1,
          journey: await launched.journeyOf(runId),
          render: () => ({ ok: true, title: null, body: 'hi' }),
        }),
      },
      cohorts: new CohortStore(pool, 'test', (id) => launched.journeyOf(id)),
      ...NOBODY_HEARS,
      shardOf: () => 0,
      isDataError: () => false,
      cohortSize: 100,
    });
    expect(await activity.run(advanceCohorts, { runId, lane: 0, step: 1, now })).toMatchObject({ state: 'done' });
    await new AudienceStore(pool, 'test').closeIfDone(runId, now);
  }

  /** A turn of the gateway's queue at a business time; the transport's waits are over. */
  async function turn(now: number): Promise<void> {
    simulator.setClock({ epochMs: now, baseMs: Date.now() });
    await database.pool.query('update queues set blocked_until = null');
    const terms = gatewaySchema.parse(simulator.gateway.config()) as HttpGatewayConfig;
    const gateway = new HttpGateway(terms);
    const results = new DeliveryResults(pool);
    const claims = new DeliveryClaims(pool, 'test', (id) => launched.journeyOf(id));
    const { deliverMessages, resolveMessages } = createDeliveryActivities(
      deliveryPorts(
        { claims, results },
        { terms, submit: gateway.submit.bind(gateway), lookup: gateway.lookup.bind(gateway) },
      ),
    );
    for (const work of [deliverMessages, resolveMessages]) {
      step += 1;
      await activity.run(work, { gateway: GATEWAY, shard: 0, step, now });
    }
  }
  const turns = async (from: number, to: number) => {
    for (let now = from; now < to; now += 10 * MINUTE) await turn(now);
  };
  const sent = async () => (await simulator.gateway.readBook()).map(({ id }) => id).sort();
  const outcomes = async () => {
    const { rows } = await database.pool.query<{ text: string }>(
      `select distinct o.run_id || ' ' || regexp_replace(o.customer_id, '-.*', '') || ' ' || o.state || coalesce(':' || o.reason, '')
         || ' ' || c.state as text from outbox o join contacts c on c.message_id = o.id order by 1`,
    );
    return rows.map(({ text }) => text);
  };
  const message = (run: string) => (customer: string) => `m/${run}/send/1/${customer}`;

  it('sends, when it heals, what may go out then, and nothing else', async () => {
    await decide(campaign('noon', ['early']), at('19:50'));
    await turn(at('19:50'));
    const before = idsOf('early').map(message('noon'));
    expect(await sent()).toEqual(before);

    simulator.gateway.setFaults({ tooMany429: 1, retryAfterSeconds: 600 });
    const evening: Kind[] = ['sleeper', 'owl', 'withdrawn', 'incident', 'refused', 'twice'];
    await decide(campaign('evening', evening), at('20:00'));
    await decide(campaign('second', ['twice']), at('20:00'));
    await decide(campaign('brief', ['owl'], 'PT3H'), at('20:00'));
    await turns(at('20:00'), at('21:00'));
    expect((await outcomes()).filter((text) => !text.endsWith('queued reserved'))).toEqual([
      'noon early accepted counted',
    ]);

    await turns(at('21:00'), at('22:00'));
    await change('withdrawn', at('22:00'), { status: 'withdrawn' });
    await change('incident', at('22:00'), { status: 'incident' });
    await change('refused', at('22:00'), { consents: { 'push:advertising': { granted: false } } });
    await turns(at('22:00'), at('23:30'));
    await capPerDay(1, at('23:30'));
    await turns(at('23:31'), at('00:05', '04'));
    // the day is another one: who heard of us on the old day only may hear again, who may still hear from before may not
    await decide(campaign('dawn', ['early', 'owl']), at('00:05', '04'));
    await turns(at('00:06', '04'), at('00:30', '04'));
    expect(await sent()).toEqual(before);

    simulator.heal();
    await turn(at('00:30', '04'));
    expect(await outcomes()).toEqual([
      'brief owl withheld:expired returned',
      'dawn early accepted counted',
      'evening incident withheld:incident returned',
      'evening owl accepted counted',
      'evening refused withheld:consent_refused returned',
      'evening sleeper withheld:quiet_hours returned',
      'evening twice accepted counted',
      'evening withdrawn withheld:withdrawn returned',
      'noon early accepted counted',
      'second twice withheld:cap_at_handover returned',
    ]);
    const healed = [
      ...idsOf('owl').map(message('evening')),
      ...idsOf('twice').map(message('evening')),
      ...idsOf('early').map(message('dawn')),
    ];
    expect(await sent()).toEqual([...before, ...healed].sort());
    const { rows: capped } = await database.pool.query(
      `select sum(n)::int as n from counters where run_id = 'dawn' and measure = 'suppressed' and reason = 'capped'`,
    );
    expect(capped).toEqual([{ n: PEOPLE.owl }]);
    assertClean(
      await runAudit({
        databaseUrl: database.ownerUrl,
        providerBooks: simulator.providers.map(({ bookFile }) => bookFile),
        gatewayBooks: simulator.gateways.map(({ bookFile }) => bookFile),
      }),
    );
  });
});
