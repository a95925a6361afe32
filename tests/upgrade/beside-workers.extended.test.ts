/**
 * The newest migrations are applied while API and workers of the build before them are busy: a campaign under way with messages and payouts in hand goes
 * on, first on that build, then on today's, which comes in beside it, and nothing is lost or repeated.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { grantAppRole } from '../../src/services/app-role.js';
import { migrate } from '../../src/services/migrate.js';
import { migrationNames } from '../../src/services/migration-files.js';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  respond,
  sealed,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { buildBefore, type EarlierBuild } from '../support/earlier-build.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';
import { migratedBy } from '../support/upgrade.js';

/** It, and all after it, let workers run. */
const FIRST = '20261129000900_name_refused';
const COUNT = 1_200;
const IDS = customers(COUNT).map(({ id }) => id);
const BUYERS = IDS.slice(0, 400);
/** Per second, so that there is something in hand all the time. */
const SLOWLY = { 'provider/sim-pay': 12, 'gateway/sim-gate': 40 };

needs('history')('migrations beside workers that are busy', () => {
  let earlier: EarlierBuild;
  let stack: Stack;
  beforeAll(async () => {
    earlier = await buildBefore(FIRST);
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 4,
      database: await migratedBy(earlier.migrations),
      build: earlier.dist,
      roles: ['admin', 'marketer', 'approver', 'finance', 'operator', 'source'],
      simulator: { gateways: [{ name: 'sim-gate', batchSize: 20 }], providers: [{ idempotent: true, lookup: true }] },
    });
    stack.simulator.gateway.setLatency([200, 600]);
    stack.simulator.provider.setLatency([200, 600]);
  });
  afterAll(async () => {
    await stack?.stop();
    earlier?.remove();
  });

  const count = async (sql: string) => (await stack.one<{ n: number }>(`select count(*)::int as n from ${sql}`)).n;
  const inHand = async () => ({
    messages: await count('message_attempts where closed_at is null'),
    payouts: await count('payout_attempts where closed_at is null'),
  });
  const rate = (system: string, perSecond: number | null) =>
    stack.ok('POST', `/v1/rates/${system}`, { perSecond, reason: 'a test' }, { as: 'operator' });

  /** Messages of a run and payouts of another are in hand at one moment. */
  async function busy(): Promise<string[]> {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const earns = await launch(stack, twoWaves({ key: 'earns', span: 'PT2H' }));
    await until('all have heard', async () => (await count(`outbox where state = 'accepted'`)) === COUNT);
    for (const [system, perSecond] of Object.entries(SLOWLY)) await rate(system, perSecond);
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // in force
    const sends = await launch(stack, twoWaves({ key: 'sends', span: 'PT2H' }));
    await respond(stack, BUYERS);
    await until(
      'messages and payouts are in hand',
      async () => {
        const { messages, payouts } = await inHand();
        return messages > 0 && payouts > 0;
      },
      90_000,
      20,
    );
    return [earns, sends];
  }

  it('are applied, and whoever is under way goes on, on the build before and on the next', async () => {
    const runs = await busy();
    const before = { ...(await inHand()), at: performance.now() };
    const expected = migrationNames().filter((name) => name >= FIRST);
    expect(expected.length).toBeGreaterThan(1);
    expect(await migrate(stack.ownerUrl)).toEqual({ applied: expected });
    await grantAppRole(stack.ownerUrl, decodeURIComponent(new URL(stack.appUrl).username));
    console.log(
      `applied within ${Math.round(performance.now() - before.at)} ms beside ${before.messages} calls to the gateway and ${before.payouts} to the provider`,
    );
    expect([stack.api.running, stack.worker.running]).toEqual([true, true]);

    // the build before decides, hands over and pays on the new tables
    const since = { messages: await count('message_attempts'), payouts: await count('payout_attempts') };
    await until('it hands over and pays', async () => {
      const [messages, payouts] = [await count('message_attempts'), await count('payout_attempts')];
      return messages > since.messages + 3 && payouts > since.payouts + 3;
    });
    await respond(stack, IDS.slice(400, 410), 'purchase', 'later');

    // today's comes in beside it, and takes over
    const next = stack.anotherWorker({});
    await next.start();
    await stack.worker.kill('SIGTERM');
    for (const system of Object.keys(SLOWLY)) await rate(system, null);
    const [earns = '', sends = ''] = runs;
    await until('both runs have paid', async () => {
      return (await count(`payouts where run_id = '${earns}' and state = 'paid'`)) === 410;
    });
    await until('the other has sent', async () => {
      return (await count(`outbox where run_id = '${sends}' and state = 'accepted'`)) === COUNT;
    });
    const rest = IDS.filter((_, n) => n >= 410);
    await respond(stack, rest, 'purchase', 'rest');
    await respond(stack, IDS.slice(0, 410), 'purchase', 'again');
    for (const run of runs) await settled(stack, run, 200_000);
    for (const run of runs) expect(await count(`payouts where run_id = '${run}' and state = 'paid'`)).toBe(COUNT);
    expect(await count(`outbox where state <> 'accepted'`)).toBe(0);
    await sealed(stack);
    await stack.auditClean();
  }, 500_000);
});
