/**
 * kill -9 of the worker at a random moment of each of three phases of a demo-sized run (deciding, handing messages over, paying), each
 * verified to have interrupted work of that kind: the run ends and the audit is clean.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokenBuild } from '../support/broken-build.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Draws } from '../support/draws.js';
import { hastyBuild } from '../support/hasty-build.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 20_000;

/** Rows of work in hand: people who are due; hand-overs and payouts between their claim and their recorded result. */
const IN_HAND = {
  deciding: `participants where state = 'active' and due_at <= $1`,
  delivering: 'message_attempts where closed_at is null and now <= $1',
  paying: 'payout_attempts where closed_at is null and now <= $1',
};
type Kind = keyof typeof IN_HAND;

describe('kill -9 of the worker', () => {
  let build: BrokenBuild;
  let stack: Stack;
  beforeAll(async () => {
    build = await hastyBuild();
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, build: build.folder });
    // handing over and paying last, however slowly this test looks
    stack.simulator.gateway.setLatency([300, 900]);
    stack.simulator.provider.setLatency([300, 900]);
  });
  afterAll(async () => {
    await stack?.stop();
    build?.remove();
  });

  const inHand = async (kind: Kind) => {
    const now = new Date(await stack.businessNow());
    const { n } = await stack.one<{ n: string }>(`select count(*) as n from ${IN_HAND[kind]}`, [now]);
    return Number(n);
  };

  /** Kill at a random moment of the phase at which work of this kind is in hand; true when it was interrupted. */
  const killDuring = async (kind: Kind, draws: Draws) => {
    const underWay = (lookMs: number) =>
      until(`${kind} under way`, async () => (await inHand(kind)) > 0, 120_000, lookMs);
    await underWay(20);
    await new Promise((resolve) => setTimeout(resolve, draws.below(400)));
    await underWay(2);
    await stack.worker.kill('SIGKILL');
    const interrupted = await inHand(kind);
    console.log(`killed during ${kind}: interrupted ${interrupted}`);
    return interrupted > 0;
  };

  it('loses nothing and repeats nothing', async () => {
    const draws = new Draws(seeded('the moments of the kills'));
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT45S' }));
    const responders = customers(COUNT)
      .filter((_, n) => n % 5 === 0)
      .map((c) => c.id);

    const interrupted: Kind[] = [];
    for (const kind of ['deciding', 'delivering', 'paying'] as const) {
      if (await killDuring(kind, draws)) interrupted.push(kind);
      if (kind === 'delivering') await respond(stack, responders); // in time, however slowly a worker starts
      await stack.worker.start();
    }
    expect(interrupted).toEqual(['deciding', 'delivering', 'paying']);
    await settled(stack, run, 400_000);

    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(new Set(messages.map((line) => line.id)).size).toBe(messages.length);
    await stack.auditClean();
  }, 900_000);
});
