/**
 * Providers do not hold each other up: while one hangs, with all that it takes, another one is paid through, and no faster than its limit over both
 * workers; nor than an operator has said meanwhile.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { operatorCalls } from '../support/cli.js';
import { Stack, until } from '../support/stack.js';

/** So many that paying them at the full pace takes longer than it takes to slow it. */
const COUNT = 240;
const TPS = 20;
const SLOWED = 4;
/** By when every worker keeps to what was said. */
const WITHIN_MS = 3_000;

describe('two providers, of which one hangs', () => {
  let stack: Stack;
  beforeAll(async () => {
    const able = { idempotent: true, lookup: true };
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      workers: 2,
      simulator: {
        providers: [
          { name: 'hangs', ...able },
          { name: 'paced', ...able, maxTps: TPS },
        ],
        gateways: [{ name: 'sim-gate' }],
      },
    });
  });
  afterAll(() => stack?.stop());

  const inState = async (provider: string, state: string) =>
    Number(
      (
        await stack.one<{ n: string }>('select count(*) as n from payouts where provider = $1 and state = $2', [
          provider,
          state,
        ])
      ).n,
    );

  const rate = async (...said: string[]) => {
    const told = await operatorCalls(stack, ['rate', ...said, '--reason', 'their machine is slow today']);
    expect(told).toMatchObject({ code: 0, stderr: expect.stringContaining('in force within seconds') });
  };

  it('pays by the other one at its pace, and slower while an operator says so', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const [hangs, paced] = stack.simulator.providers;
    if (!hangs || !paced) throw new Error('two providers');
    hangs.hold();
    const runs: string[] = [];
    for (const provider of ['hangs', 'paced'])
      runs.push(await launch(stack, twoWaves({ key: `by-${provider}`, provider, span: 'PT2H' })));
    await until(
      'both first waves are out',
      async () => (await stack.simulator.gateway.readBook()).length === 2 * COUNT,
    );
    await rate('set', 'provider/paced', String(TPS - 1));
    await respond(
      stack,
      customers(COUNT).map(({ id }) => id),
    );
    await until('the other one pays', async () => (await inState('paced', 'paid')) >= TPS, 120_000, 50);
    // not by the command: a busy machine may have paid everybody before a program has begun
    const slower = { perSecond: SLOWED, reason: 'their machine is slow today' };
    expect((await stack.request('POST', '/v1/rates/provider/paced', slower, { as: 'operator' })).status).toBe(200);
    const slowed = Date.now() + WITHIN_MS;
    await new Promise((resolve) => setTimeout(resolve, WITHIN_MS + 5_000));
    const { stdout } = await operatorCalls(stack, ['rate']);
    expect(stdout).toMatch(/^provider\/paced +20\/s +4\/s +their machine is slow today/m);
    await rate('reset', 'provider/paced');
    await until('the other one has paid', async () => (await inState('paced', 'paid')) === COUNT, 120_000);
    expect(await inState('hangs', 'paid')).toBe(0);
    expect(hangs.stats().waiting).toBeGreaterThan(0);
    const walls = (await paced.readBook()).flatMap((line) => (line.type === 'payment' ? [line.wall] : []));
    const span = (Math.max(...walls) - Math.min(...walls)) / 1_000;
    // a bucket's worth at once at both ends
    expect(span).toBeGreaterThan(COUNT / TPS - 2);
    const meanwhile = walls.filter((wall) => wall >= slowed && wall < slowed + 5_000);
    expect(meanwhile.length).toBeGreaterThan(0);
    expect(meanwhile.length).toBeLessThanOrEqual(6 * SLOWED); // of five seconds, wherever they begin
    const faster = { perSecond: TPS + 1, reason: 'in a hurry' };
    expect((await stack.request('POST', '/v1/rates/provider/paced', faster)).body.errors).toEqual([
      { pointer: '/perSecond', detail: `is more than the ${TPS} that are configured` },
    ]);
    expect((await stack.request('POST', '/v1/rates/provider/other', faster)).status).toBe(404);

    hangs.release();
    for (const run of runs) await settled(stack, run, 120_000);
    for (const provider of [hangs, paced]) {
      const payments = (await provider.readBook()).filter((line) => line.type === 'payment');
      expect([payments.length, new Set(payments.map((line) => line.key)).size]).toEqual([COUNT, COUNT]);
    }
    await stack.auditClean();
  });
});
