/**
 * kill -9 of the worker at three random moments of a demo-sized run, each verified to have interrupted work: the run ends and
 * the audit is clean, also while it runs.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 20_000;
const KILLS = 3;

/** Small, seeded: the moments are drawn again by the same seed. */
function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('kill -9 of the worker', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 2 });
    stack.simulator.gateway.setLatency([20, 80]);
    stack.simulator.provider.setLatency([2, 20]);
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  /** What the dead worker had in its hands: people due, messages or payouts under way. */
  const interrupted = async () => {
    const now = new Date(await stack.businessNow());
    const row = await stack.one<{ due: string; messages: string; payouts: string }>(
      `select (select count(*) from participants where state = 'active' and due_at <= $1) as due,
              (select count(*) from outbox where state in ('queued', 'submitting')) as messages,
              (select count(*) from payouts where state in ('intended', 'submitting')) as payouts`,
      [now],
    );
    return { due: Number(row.due), messages: Number(row.messages), payouts: Number(row.payouts) };
  };

  it('loses nothing and repeats nothing', async () => {
    const seed = Number(process.env['PADO_SEED'] ?? Date.now() % 1_000_000);
    const draw = draws(seed);
    console.log(`seed ${seed}`);
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT12S' }));
    const responders = customers(COUNT)
      .filter((_, n) => n % 5 === 0)
      .map((c) => c.id);
    let answered = false;

    for (let kills = 0; kills < KILLS; ) {
      await until('work under way', async () => {
        const work = await interrupted();
        return work.due + work.messages + work.payouts > 0;
      });
      await new Promise((resolve) => setTimeout(resolve, 50 + draw() * 1_500));
      await stack.worker.kill('SIGKILL');
      const work = await interrupted();
      if (work.due + work.messages + work.payouts > 0) {
        kills += 1;
        console.log(`kill ${kills} interrupted ${JSON.stringify(work)}`);
      }
      if (!answered) {
        await respond(stack, responders);
        answered = true;
      }
      await stack.worker.start();
    }
    await settled(stack, run, 240_000);

    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(new Set(messages.map((line) => line.id)).size).toBe(messages.length);
    await stack.auditClean();
  }, 480_000);
});
