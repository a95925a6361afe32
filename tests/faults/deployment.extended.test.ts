/**
 * A new version is brought in while runs are under way. First it is told what a build would break; then workers get versions, a second build takes over from
 * the first, is rolled back in the middle of a run, takes over again and dies. Every workflow's run stays on one build, and moves as it continues as new. Needs nothing but minutes.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { seen } from '../../src/cli/doctor-builds.js';
import { connectClient } from '../../src/temporal/connect.js';
import { Deployment } from '../../src/temporal/deployment.js';
import { firing } from '../support/alert-rules.js';
import type { BrokenBuild } from '../support/broken-build.js';
import { BY_ITSELF, type Child } from '../support/child.js';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  oneSend,
  respond,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';
import { buildsByRun, oneBuild, otherBuild, replayOpen } from '../support/two-builds.js';

const COUNT = 240;
const ids = customers(COUNT).map(({ id }) => id);
const [AT_FIRST, AFTER_ROLLBACK] = [ids.slice(0, 120), ids.slice(120, 160)];
/** When a worker that was killed counts no more, with room for a busy machine. */
const FORGOTTEN_MS = 150_000;
/** Per second, so that queues are at work while one looks. */
const SLOWLY = { 'provider/sim-pay': 1, 'gateway/sim-gate': 4 };
const versioned = (build: string) => ({ PADO_DEPLOYMENT: 'bank', PADO_BUILD: build });

describe('a new version while runs are under way', () => {
  let [one, other]: BrokenBuild[] = [];
  let stack: Stack;
  let client: Client;
  let [first, second]: Child[] = [];
  let run = '';
  beforeAll(async () => {
    [one, other] = await Promise.all([oneBuild(), otherBuild()]);
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 1,
      workers: 1, // what is drained is all that works
      build: one.folder,
      simulator: { gateways: [{ name: 'sim-gate', batchSize: 10 }], providers: [{ idempotent: true, lookup: true }] },
      env: { api: versioned('one') },
    });
    client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
    first = stack.anotherWorker(versioned('one'), one.folder);
    second = stack.anotherWorker(versioned('two'), other.folder);
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    await client?.connection.close();
    await stack?.stop();
    one?.remove();
    other?.remove();
  });

  const move = (what: string, body: object) =>
    stack.request('POST', `/v1/deployment/${what}`, { ...body, reason: 'because' }, { as: 'operator' });
  const rate = (system: string, perSecond: number | null) =>
    stack.ok('POST', `/v1/rates/${system}`, { perSecond, reason: 'because' }, { as: 'operator' });
  const shown = () => stack.ok('GET', '/v1/deployment', undefined, { as: 'operator' });
  const stateOf = async (build: string) =>
    (await shown()).builds.find((known: { build: string }) => known.build === build)?.state;
  const openOn = async (build: string) =>
    (await shown()).builds.find((known: { build: string }) => known.build === build)?.open ?? 0;
  const becomesCurrent = (build: string) =>
    until(`${build} is current`, async () => (await move('current', { build })).status === 200);
  const isIn = (build: string, state: string) =>
    until(`${build} is ${state}`, async () => (await stateOf(build)) === state);
  const deserted = async () =>
    (await stack.ok('GET', '/v1/attention?code=build_deserted', undefined, { as: 'operator' })).items;
  const doctor = async () => seen(await new Deployment(client, 'bank').look(Date.now()));
  const count = async (what: string) => Number((await stack.one<{ n: string }>(`select count(*) as n from ${what}`)).n);
  const paid = (n: number) => until(`${n} are paid`, async () => (await count(`payouts where state = 'paid'`)) === n);

  it('is replayed first: what it would break is named, and the version of today goes on', async () => {
    run = await launch(stack, twoWaves({ span: 'PT2H' }));
    await until('all have heard', async () => (await count(`outbox where state = 'accepted'`)) === COUNT);
    for (const [system, perSecond] of Object.entries(SLOWLY)) await rate(system, perSecond);
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // in force
    await launch(stack, oneSend({ key: 'beside' }));
    await respond(stack, AT_FIRST);
    await until('payouts are under way', async () => (await count('payout_attempts')) > 0);
    const today = await replayOpen(stack, one as BrokenBuild);
    expect(today).toMatchObject({ code: 0, breaks: [], staying: {} });
    expect(today.fine).toBeGreaterThan(5);
    const tomorrow = await replayOpen(stack, other as BrokenBuild);
    expect(tomorrow.code).toBe(1);
    expect([...new Set(tomorrow.breaks.map(({ type }) => type))].sort()).toEqual([
      'campaignRunWorkflow',
      'deliveryWorkflow',
      'laneWorkflow',
      'payoutWorkflow',
    ]);
    expect(tomorrow.breaks.find(({ workflow }) => workflow === `run/${run}/lane/0`)?.reason).toMatch(/timer/i);
    expect(tomorrow.told).toContain(`run/${run}/lane/0 (laneWorkflow): `);
  });

  it('begins with a worker that is drained: what it has in hand is reported, nothing is left in doubt', async () => {
    await until(
      'payouts are in hand',
      async () => (await count('payout_attempts where closed_at is null')) > 0,
      60_000,
      20,
    );
    expect(await stack.worker.kill('SIGTERM')).toEqual(BY_ITSELF);
    expect(await count('payout_attempts where closed_at is null')).toBe(0);
    expect(await count('message_attempts where closed_at is null')).toBe(0);
    expect(await count(`payouts where state in ('intended', 'approved')`)).toBeGreaterThan(0);
    expect(await count(`payout_attempts where outcome = 'not_acted'`)).toBeGreaterThan(0);
    expect(await count(`payout_moves where to_state = 'ambiguous'`)).toBe(0);
    expect(await count(`outbox where state = 'ambiguous'`)).toBe(0);
  });

  it('goes on with workers that have a version, once it is current', async () => {
    expect((await move('current', { build: 'none-such' })).status).toBe(404);
    await first?.start();
    await becomesCurrent('one');
    for (const system of Object.keys(SLOWLY)) await rate(system, null);
    await paid(AT_FIRST.length);
    expect(await doctor()).toMatch(/^one is current/);
    await until('all have a version', async () => (await shown()).unversioned.open === 0);
    expect((await replayOpen(stack, other as BrokenBuild)).staying['one']).toBeGreaterThan(1);
  });

  it('takes the workflows over from the version before, those that sleep as well, and nobody else', async () => {
    await second?.start();
    await until('it may ramp', async () => (await move('ramp', { build: 'two', percent: 50 })).status === 200);
    expect(await shown()).toMatchObject({ current: 'one', ramp: { build: 'two', percent: 50 }, former: null });
    expect((await move('rollback', {})).body).toMatchObject({ current: 'one', ramp: null });
    await becomesCurrent('two');
    await isIn('one', 'empty');
    await until('run and lane are on two', async () => (await openOn('two')) > 1);
    expect((await move('abandon', { build: 'one' })).status).toBe(409); // it has workers still
    await first?.kill('SIGTERM');
  });

  it('is rolled back in the middle of the run', async () => {
    await first?.start();
    await until('it is the former', async () => (await shown()).former === 'one');
    await until('rolled back', async () => (await move('rollback', {})).body.current === 'one');
    await isIn('two', 'empty');
    await until('run and lane are on one', async () => (await openOn('one')) > 1);
    await respond(stack, AFTER_ROLLBACK);
    await paid(AT_FIRST.length + AFTER_ROLLBACK.length);
  });

  it('leaves nothing behind where nobody works for it any more', async () => {
    await becomesCurrent('two');
    await isIn('one', 'empty');
    await until('run and lane are on two', async () => (await openOn('two')) > 1);
    await second?.kill('SIGKILL');
    expect((await move('rollback', {})).body).toMatchObject({ current: 'one', former: 'two' });
    expect(await deserted()).toEqual([]);
    const item = await until('it needs a person', async () => (await deserted())[0], FORGOTTEN_MS, 1_000);
    expect(item).toMatchObject({ code: 'build_deserted', subject: 'build/two', cause: 'left_without_worker' });
    expect(item.count).toBe(await openOn('two'));
    expect(item.sample).toContain(`run/${run}/lane/0`);
    expect(item.do.how).toContain('./pado deployment abandon two');
    expect(Date.parse(item.firstSeen)).toBeLessThanOrEqual(Date.parse(item.lastSeen));
    expect(firing(String((await stack.request('GET', '/metrics')).body))).toContain('PadoBuildDeserted');
    await expect(doctor()).rejects.toThrow(/\d+ workflows wait for build two, of which no worker/);
    expect((await move('abandon', { build: 'two' })).body.ended).toBeGreaterThan(1);
    await until('it is gone', async () => (await deserted()).length === 0);
    await respond(stack, ids.slice(160));
    for (const { id } of (await stack.pool.query<{ id: string }>('select id from runs')).rows)
      await settled(stack, id, 180_000);
    await stack.auditClean();
  }, 400_000);

  it('has moved each workflow between its runs and never within one', async () => {
    const builds = await buildsByRun(client);
    const within = [...builds].filter(([, runs]) => runs.some((own) => own.filter((name) => name !== '').length > 1));
    expect(within).toEqual([]);
    for (const id of [`run/${run}`, `run/${run}/lane/0`]) {
      const path = (builds.get(id) ?? []).flat().filter((build, n, all) => build !== '' && build !== all[n - 1]);
      expect({ id, path, all: builds.get(id) }).toMatchObject({ id, path: ['one', 'two', 'one', 'two', 'one'] });
    }
    const { items } = await stack.ok('GET', '/v1/audit-log?action=deployment');
    expect(items.at(-1)).toMatchObject({ action: 'deployment.current', subject: 'deployment/bank', reason: 'because' });
    expect(items.map(({ action }: { action: string }) => action)).toContain('deployment.rollback');
  });
});
