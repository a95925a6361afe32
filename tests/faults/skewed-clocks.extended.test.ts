/**
 * Business time is an argument (law 9): a worker whose clock is 25 hours slow and an API whose clock is 25 hours fast change nothing in what
 * is decided about a customer, when it is said to have happened, or what the audit finds.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';
import { found, needs } from '../support/tiers.js';

const COUNT = 40;
const EPOCH = '2026-03-03T10:00:00+09:00';
const HOUR_MS = 3_600_000;

const skewed = (offset: string): Record<string, string> => ({
  LD_PRELOAD: found('libfaketime'),
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

needs('libfaketime')('clocks that are 25 hours off', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: EPOCH, env: { worker: skewed('-25h'), api: skewed('+25h') } });
  });
  afterAll(() => stack?.stop());

  it.each(['-25h', '+25h'])('are what a process under %s sees', (offset) => {
    const text = execFileSync(process.execPath, ['-p', 'Date.now()'], { env: { ...process.env, ...skewed(offset) } });
    const hours = (Number(text) - Date.now()) / HOUR_MS;
    expect(Math.round(hours)).toBe(offset === '-25h' ? -25 : 25);
  });

  it('change neither what is decided nor when it counts', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT25S' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === COUNT);
    await respond(
      stack,
      customers(COUNT / 2).map((c) => c.id),
    );
    await settled(stack, run);

    const report = await stack.ok('GET', `/v1/runs/${run}/report`);
    expect(report.waves).toMatchObject([
      { wave: 1, entered: COUNT, sent: COUNT, responded: COUNT / 2, paid: COUNT / 2 },
      { wave: 2, entered: COUNT / 2, sent: COUNT / 2, responded: 0, paid: 0 },
    ]);
    await stack.auditClean();
  });

  it('show in no business time that was recorded', async () => {
    const { first, last } = await stack.one<{ first: Date; last: Date }>(
      `select min(at) as first, max(at) as last from (
         select now as at from decision_contexts union all select received_at from responses) as times`,
    );
    const epoch = Date.parse(EPOCH);
    expect(first.getTime()).toBeGreaterThanOrEqual(epoch - 1_000);
    expect(last.getTime()).toBeLessThan(epoch + HOUR_MS);
  });
});
