/**
 * Whom a switch tells: the lanes and queues of its scope, found by index however much waits in them.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { ControlReadiness, type Affected } from '../../src/storage/control-readiness.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { looksAt, recording } from '../support/plans.js';

const NOW = new Date('2026-03-03T03:00:00Z');
const MANY = 20_000;

describe('after a switch', () => {
  let database: TestDatabase;
  let client: pg.PoolClient;
  let app: ReturnType<typeof recording>;
  beforeAll(async () => {
    database = await createDatabase();
    client = await database.pool.connect();
    app = recording(database.appUrl);
    await openRun('large');
    await openRun('small');
    await queue('large', 'push', MANY);
    await queue('small', 'mail', 3);
    await earned('large', 'cashback', MANY);
    await earned('small', 'point', 3);
    await client.query('analyze outbox, payouts');
  });
  afterAll(async () => {
    client?.release();
    await app?.pool.end();
    await database.drop();
  });

  const openRun = (run: string) =>
    client.query(
      `with c as (insert into campaigns (key, name, state, draft, edited_by, updated_at) values ('of-' || $1, $1, 'launched', '{}', 'm', $2)),
         v as (insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
               values ('of-' || $1, 1, '{}', '', 'm', 'a', 'm', $2)),
         r as (insert into runs (id, campaign, version, trigger_key, state, started_at, lanes, opened_by)
               values ($1, 'of-' || $1, 1, $1, 'running', $2, 1, 'm'))
       insert into lanes (run_id, lane, stripe_from, stripe_to) values ($1, 0, 0, 255)`,
      [run, NOW],
    );
  /** By a gateway of the channel's own. */
  const queue = (run: string, channel: string, count: number) =>
    client.query(
      `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template, body,
         decided_at, not_after)
       select 'm/' || $1 || '/' || n, $1, 'send', 1, 'c' || n, 0, 1, $4, 'advertising', true, 'by-' || $4, n % 2, 'queued', 't@1', 'b', $3, $3
       from generate_series(1, $2::int) n`,
      [run, count, NOW, channel],
    );
  /** Paid by a provider of the kind's own. */
  const earned = (run: string, kind: string, count: number) =>
    client.query(
      `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider, shard,
         state, input_sha256, evidence, budget_seq, decided_at)
       select k, k, k, $1, 'of-' || $1, 'pay', 1, 1, 'c' || n, $4, 1, 'KRW', 'b', 'pays-' || $4, n % 2, 'intended', '', '{}', 1, $3
       from (select n, $1 || '/' || n as k from generate_series(1, $2::int) n) x`,
      [run, count, NOW, kind],
    );

  /** Lanes by run; queues by name, each with both of its shards. */
  const told = async (scope: string): Promise<Record<keyof Affected, string[]>> => {
    const { runs, lanes, deliveries, payouts } = await new ControlReadiness(app.pool).affected(scope);
    const named = (queues: Affected['payouts']) => {
      const names = [...new Set(queues.map(({ name }) => name))].toSorted();
      expect(queues).toHaveLength(2 * names.length);
      return names;
    };
    return {
      runs,
      lanes: lanes.map(({ runId }) => runId).toSorted(),
      deliveries: named(deliveries),
      payouts: named(payouts),
    };
  };
  const BOTH = ['large', 'small'];
  const GATEWAYS = ['by-mail', 'by-push'];
  const none = { runs: [], lanes: [], deliveries: [], payouts: [] };

  it.each([
    ['all', { ...none, lanes: BOTH, deliveries: GATEWAYS }],
    ['run/small', { ...none, lanes: ['small'], deliveries: ['by-mail'] }],
    ['campaign/of-large', { ...none, lanes: ['large'], deliveries: ['by-push'] }],
    ['gateway/by-push', { ...none, deliveries: ['by-push'] }],
    ['channel/mail', { ...none, deliveries: GATEWAYS }],
    ['payouts', { ...none, payouts: ['pays-cashback', 'pays-point'] }],
    ['payouts/campaign/of-small', { ...none, payouts: ['pays-point'] }],
    ['payouts/kind/cashback', { ...none, payouts: ['pays-cashback'] }],
    ['provider/pays-point', { ...none, payouts: ['pays-point'] }],
    ['provider/nobody', none],
  ])('of %s are told', async (scope, expected) => {
    expect(await told(scope)).toEqual(expected);
  });

  it('those of whom there is much are found by a few pages', async () => {
    app.statements.length = 0;
    await told('provider/nobody');
    const [statement] = app.statements;
    if (!statement) throw new Error('nothing was asked');
    const looks = await looksAt(client, 'payouts', [statement.text, statement.values]);
    expect(looks.scans.map(([, index]) => index)).toEqual(looks.scans.map(() => 'payouts_open'));
    expect(looks.pages).toBeLessThan(100);
  });
});
