/**
 * kill -9 of the worker at a random moment of each of three phases of a demo-sized run (deciding, handing messages over, paying), each
 * verified to have interrupted work of that kind: the run ends and the audit is clean.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 20_000;

/** Rows of work in hand: people who are due; hand-overs and payouts between their claim and their recorded result. */
const IN_HAND = {
  deciding: `participants where state = 'active' and due_at <= $1`,
  delivering: 'message_attempts where closed_at is null and now <= $1',
  paying: 'payout_attempts where closed_at is null and now <= $1',
};
type Kind = keyof typeof IN_HAND;

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
    // 1,000 responders and more in batches of 300: paying lasts, however slowly this test looks
    stack.simulator.provider.setLatency([300, 900]);
  }, 120_000);
  afterAll(() => stack.stop(), 60_000);

  const inHand = async (kind: Kind) => {
    const now = new Date(await stack.businessNow());
    const { n } = await stack.one<{ n: string }>(`select count(*) as n from ${IN_HAND[kind]}`, [now]);
    return Number(n);
  };

  /** Kill at a random moment of the phase; true when work of this kind was interrupted. */
  const killDuring = async (kind: Kind, draw: () => number) => {
    await until(`${kind} under way`, async () => (await inHand(kind)) > 0, 120_000, 20);
    await new Promise((resolve) => setTimeout(resolve, draw() * 400));
    await stack.worker.kill('SIGKILL');
    const interrupted = await inHand(kind);
    console.log(`killed during ${kind}: interrupted ${interrupted}`);
    return interrupted > 0;
  };

  it('loses nothing and repeats nothing', async () => {
    const seed = Number(process.env['PADO_SEED'] ?? Date.now() % 1_000_000);
    const draw = draws(seed);
    console.log(`seed ${seed}`);
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT25S' }));
    const responders = customers(COUNT)
      .filter((_, n) => n % 5 === 0)
      .map((c) => c.id);

    const interrupted: Kind[] = [];
    for (const kind of ['deciding', 'delivering', 'paying'] as const) {
      if (kind === 'paying') await respond(stack, responders);
      if (await killDuring(kind, draw)) interrupted.push(kind);
      await stack.worker.start();
    }
    expect(interrupted).toEqual(['deciding', 'delivering', 'paying']);
    await settled(stack, run, 240_000);

    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(new Set(messages.map((line) => line.id)).size).toBe(messages.length);
    await stack.auditClean();
  }, 480_000);
});
