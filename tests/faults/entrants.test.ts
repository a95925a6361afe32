/**
 * Wake-ups without a sweep: single entrants while lanes end, come back and continue as new, nudges around a lane's read, and a Redis that is flushed
 * all the time. Nobody is left standing.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { createRedis } from '../../src/storage/redis.js';
import { connectClient } from '../../src/temporal/connect.js';
import { breakBuild, type BrokenBuild } from '../support/broken-build.js';
import {
  approve,
  customers,
  defineBasics,
  importCustomers,
  launch,
  respond,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { ownRedis } from '../support/own-redis.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 120;
/** That it may flush. */
const REDIS = ownRedis('entrants');
const ALL = customers(COUNT).map(({ id }) => id);

describe('without a sweep', () => {
  let build: BrokenBuild;
  let stack: Stack;
  let client: Client;
  beforeAll(async () => {
    // a tenth of the turns in each history, so that continue-as-new is not waited for
    build = await breakBuild([
      { file: 'workflows/turn.ts', from: 'TURNS_PER_HISTORY = 200', to: 'TURNS_PER_HISTORY = 20' },
    ]);
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 40,
      build: build.folder,
      redisUrl: REDIS,
    });
    client = await connectClient({ address: process.env['TEMPORAL_ADDRESS'] as string, namespace: stack.namespace });
    await client.schedule.getHandle('sweep').pause('this test is about wake-ups');
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    await stack.ok('PUT', '/v1/segments/nobody', {
      name: 'nobody',
      rule: { combinator: 'and', rules: [{ field: 'id', operator: '=', value: 'nobody' }] },
    });
  });
  afterAll(async () => {
    await client?.connection.close();
    await stack?.stop();
    build?.remove();
  });

  const count = async (sql: string, run: string) => Number((await stack.one<{ n: string }>(sql, [run])).n);
  const standing = (run: string, node: string) =>
    count(`select count(*) as n from participants where run_id = $1 and state = 'active' and node = '${node}'`, run);
  const enter = (run: string, ids: string[], key?: string) =>
    stack.ok(
      'POST',
      `/v1/runs/${run}/entrants`,
      { customers: ids },
      key ? { headers: { 'idempotency-key': key } } : {},
    );
  /** The sealer's turn is part of the sweep: one round of it, when everything else has come to its end without any. */
  async function sealedAndClean(): Promise<void> {
    await client.schedule.getHandle('sweep').trigger();
    await until('everything is sealed', async () => {
      const { n } = await stack.one<{ n: string }>('select count(*) as n from ledger_unsealed');
      return Number(n) === 0;
    });
    await stack.auditClean();
  }

  const lane = (run: string) => client.workflow.getHandle(`run/${run}/lane/0`);

  async function openForEntrants(key: string, campaign: object): Promise<string> {
    const path = `/v1/campaigns/${key}`;
    await stack.ok(
      'PUT',
      path,
      { ...campaign, key, segment: 'nobody' },
      { as: 'marketer', headers: { 'if-none-match': '*' } },
    );
    await stack.ok('POST', `${path}/validate`, undefined, { as: 'marketer' });
    await approve(stack, key);
    const { run } = await stack.ok('POST', `${path}/launch`, { entrants: true }, { as: 'marketer' });
    await until('it runs', async () => (await stack.ok('GET', `/v1/runs/${run}`)).state === 'running');
    return run as string;
  }
  const oneMessage = {
    name: 'one message',
    purpose: 'advertising',
    quietHours: { from: '00:00', to: '00:00' },
    journey: {
      start: 'send',
      nodes: {
        send: { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'done' },
        done: { type: 'exit' },
      },
    },
  };

  it('entrants are moved while their lane ends and is opened again, over and over', async () => {
    const run = await openForEntrants('one-by-one', oneMessage);
    for (const [n, id] of ALL.entries()) {
      expect(await enter(run, [id])).toEqual({ run, entered: 1, refused: [] });
      await new Promise((resolve) => setTimeout(resolve, (n * 37) % 400)); // around the debounce, the read and the lane's end
    }
    await until(
      'everybody has gone through',
      async () =>
        (await count(`select count(*) as n from participants where run_id = $1 and state = 'ended'`, run)) === COUNT,
    );
    expect((await stack.ok('GET', `/v1/runs/${run}`)).state).toBe('running'); // it takes more
    expect(await enter(run, ['c00001', 'stranger'])).toMatchObject({
      entered: 0,
      refused: [{ reason: 'duplicate' }, { reason: 'unknown' }],
    });
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'enough' });
    await settled(stack, run);
    expect(await enter(run, ['c00001'])).toMatchObject({ refused: [{ reason: 'closed' }] });
    const detail = await stack.ok('GET', `/v1/runs/${run}`);
    const start = detail.nodes.find((node: { node: string }) => node.node === 'send');
    expect(start.refused).toEqual({ closed: 1, duplicate: 1, unknown: 1 });
    await sealedAndClean();
  });

  it('the same key enters once and gets the same answer', async () => {
    const run = await openForEntrants('keyed', oneMessage);
    const first = await enter(run, ALL.slice(0, 5), 'k1');
    expect(await enter(run, ALL.slice(0, 5), 'k1')).toEqual(first);
    expect(first).toEqual({ run, entered: 5, refused: [] });
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'enough' });
    await settled(stack, run);
  });

  it('entrants and responses are moved while their lane continues as new, nudged without end', async () => {
    const run = await openForEntrants('continuing', twoWaves({ span: 'PT2H' }));
    await enter(run, [ALL[0] as string]);
    await until('the lane is there', async () => (await standing(run, 'wait-1')) === 1);
    const { runId } = await lane(run).describe();
    const nudging = { on: true };
    const nudger = (async () => {
      while (nudging.on) {
        await lane(run)
          .signal('nudged')
          .catch(() => undefined); // between two runs of it
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    try {
      let n = 1;
      await until('it has continued as new', async () => {
        if (n < COUNT) await enter(run, [ALL[(n += 1) - 1] as string]);
        return (await lane(run).describe()).runId !== runId;
      });
      const rest = ALL.filter((_, at) => at >= n);
      if (rest.length > 0) await enter(run, rest);
    } finally {
      nudging.on = false;
      await nudger;
    }
    await until('everybody waits', async () => (await standing(run, 'wait-1')) === COUNT);
    await respond(stack, ALL, 'purchase', 'continuing');
    await until(
      'everybody is rewarded',
      async () =>
        (await count(`select count(*) as n from participants where run_id = $1 and state = 'ended'`, run)) === COUNT,
    );
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'enough' });
    await settled(stack, run);
    await sealedAndClean();
  });

  it('a Redis that is flushed all the time loses nothing', async () => {
    const redis = createRedis(REDIS);
    const flushing = { on: true };
    const flusher = (async () => {
      while (flushing.on) {
        await redis.flushdb().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    try {
      const run = await launch(stack, twoWaves({ key: 'flushed', span: 'PT40S' }));
      await until('everybody waits', async () => (await standing(run, 'wait-1')) === COUNT);
      for (let from = 0; from < COUNT / 2; from += 4)
        await respond(stack, ALL.slice(from, from + 4), 'purchase', 'flushed');
      await settled(stack, run, 240_000);
      expect(await count(`select count(*) as n from payouts where run_id = $1 and state = 'paid'`, run)).toBe(
        COUNT / 2,
      );
    } finally {
      flushing.on = false;
      await flusher;
      redis.disconnect();
    }
    await sealedAndClean();
  }, 400_000);
});
