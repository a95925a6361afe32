/**
 * What the way through the gateway protocol costs: a wave handed over 500 a batch against the same wave captured, and a gateway that takes one
 * message a call against a bare HTTP loop to such a gateway.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect } from '@jest/globals';
import { startSimulator, type Simulator } from '../../src/simulator/index.js';
import { bareCalls } from '../support/bare-http.js';
import { bench, IS_TINY, type Measured } from '../support/bench.js';
import { customers, defineBasics, defineGroup, importCustomers, validated } from '../support/campaigns.js';
import { handOver, pushBy } from '../support/hand-over.js';
import { median, pairs } from '../support/pairs.js';
import { Stack } from '../support/stack.js';
import { meterOf } from '../support/surroundings.js';

const BATCHES = { name: 'batch-gate', batchSize: 500 };
const SINGLES = { name: 'single-gate', batchSize: 1 };
/** Those who are reached by the gateway that takes one message a call: one in so many. */
const SINGLES_OF = 20;
/** Calls to it that are under way at once: of ten a claim, three claims a shard, two shards. */
const CALLS_AT_ONCE = 60;
const ROUNDS = 5;
const PATIENCE_MS = 600_000;

describe('the gateway protocol', () => {
  let stack: Stack | undefined;
  let other: Simulator | undefined;
  const books = mkdtempSync(join(tmpdir(), 'pado-bare-'));
  afterEach(async () => {
    await stack?.stop();
    await other?.close();
    rmSync(books, { recursive: true, force: true });
  });

  bench('gateway', { tiny: 200, usual: 100_000 }, async (size): Promise<Measured> => {
    const singles = size / SINGLES_OF;
    stack = await Stack.start({ simulator: { gateways: [BATCHES, SINGLES] } });
    other = await startSimulator({ books, gateways: [{ ...SINGLES, name: 'other-gate' }] });
    await defineBasics(stack);
    await defineGroup(stack, 'singles');
    const group = (n: number) => (n <= singles ? 'singles' : 'others');
    await importCustomers(
      stack,
      customers(size, (n) => ({ attributes: { name: `손님${n}`, group: group(n) } })),
    );
    await validated(stack, pushBy(BATCHES.name));
    await validated(stack, pushBy('capture'));
    await validated(stack, pushBy(SINGLES.name, 'singles'));

    let round = 0;
    const cpuMs: Record<string, number[]> = {};
    const cpuMsPer = (gateway: string, count: number) => median(cpuMs[gateway] ?? []) / count;
    const by = async (gateway: string, count: number) => {
      round += 1;
      const work = () => handOver(stack as Stack, `by-${gateway}`, `round-${round}`, count, PATIENCE_MS);
      const { value, cpu } = await meterOf(stack as Stack).during(work);
      console.log(`CPU-seconds of ${count} messages by ${gateway}: ${JSON.stringify(cpu)}`);
      cpuMs[gateway] = [...(cpuMs[gateway] ?? []), (cpu['all'] as number) * 1_000];
      return value;
    };
    const batched = await pairs(
      ROUNDS,
      async () => (await by(BATCHES.name, size)).ms,
      async () => (await by('capture', size)).ms,
    );
    let sent = '';
    const one = await pairs(
      ROUNDS,
      async () => {
        const { run, ms } = await by(SINGLES.name, singles);
        sent = run;
        return ms;
      },
      async () => await callAll(stack as Stack, other as Simulator, sent, `bare-${(round += 1)}/`),
    );
    const messages = stack.simulator.gateways.map((gateway) => gateway.stats().messages);
    expect(messages).toEqual([size * batched.work.length, singles * one.work.length]);
    expect(other.gateway.stats().messages).toBe(singles * one.against.length);
    if (IS_TINY) await stack.auditClean();
    const perSecond = (count: number, ms: number) => (count / ms) * 1_000;
    return {
      figures: {
        batchedPerSecond: perSecond(size, batched.workMedian),
        capturedPerSecond: perSecond(size, batched.againstMedian),
        singlesPerSecond: perSecond(singles, one.workMedian),
        calledPerSecond: perSecond(singles, one.againstMedian),
        batchedCpuMsEach: cpuMsPer(BATCHES.name, size),
        capturedCpuMsEach: cpuMsPer('capture', size),
        singlesCpuMsEach: cpuMsPer(SINGLES.name, singles),
      },
      ratios: { batchedToCaptured: 1 / batched.ratio, singlesToCalls: 1 / one.ratio },
    };
  });
});

/** The messages of a run once more, under other ids, one a call, to a gateway of which the engine knows nothing; in ms. */
async function callAll(stack: Stack, other: Simulator, run: string, tag: string): Promise<number> {
  const { rows } = await stack.pool.query<{ id: string; message: object }>(
    `select o.id, json_build_object('id', $2 || o.id, 'channel', o.channel, 'to', c.addresses ->> 'push', 'body', o.body, 'template', o.template,
       'advertising', o.advertising, 'notAfter', o.not_after, 'meta', json_build_object('customer', o.customer_id, 'run', o.run_id, 'node', o.node, 'wave', o.wave)) as message
     from outbox o join customers c on c.id = o.customer_id where o.run_id = $1`,
    [run, tag],
  );
  const calls = rows.map(({ id, message }) => ({ id: `${tag}${id}`, body: JSON.stringify({ messages: [message] }) }));
  return await bareCalls({ system: other.gateway, path: '/messages', calls, atOnce: CALLS_AT_ONCE });
}
