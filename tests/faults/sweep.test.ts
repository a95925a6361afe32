/**
 * Law 8: whatever is due and has lost its workflow is found by the sweep: people, queued, ambiguous and owed items, runs that open or have to close, and
 * switches whose API died after the commit.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { ControlsStore, type Overdue } from '../../src/storage/controls.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { connectClient } from '../../src/temporal/connect.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 20;
const IDS = customers(COUNT).map(({ id }) => id);

describe('the sweep', () => {
  let stack: Stack;
  let client: Client;
  let pool: Pool;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
    client = await connectClient({ address: process.env['TEMPORAL_ADDRESS'] as string, namespace: stack.namespace });
    pool = createPool(stack.appUrl, { max: 2 });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    await pool?.end();
    await client?.connection.close();
    await stack?.stop();
  });

  const count = async (sql: string, run: string) => Number((await stack.one<{ n: string }>(sql, [run])).n);
  const waiting = (run: string) =>
    count(`select count(*) as n from participants where run_id = $1 and state = 'active' and node = 'wait-1'`, run);
  const inState = (table: 'outbox' | 'payouts', state: string) => (run: string) =>
    count(`select count(*) as n from ${table} where run_id = $1 and state = '${state}'`, run);
  const kill = async (...workflows: string[]) => {
    for (const id of workflows)
      await client.workflow
        .getHandle(id)
        .terminate('test: gone')
        .catch(() => undefined); // an idle one has ended
  };
  const shards = (path: string) => [`${path}/0`, `${path}/1`];
  /** As the API does it before it dies: committed, and nothing after that. */
  const switchAndDie = async (scope: string, state: 'running' | 'paused' | 'stopped', overdue: Overdue = 'shift') =>
    new ControlsStore(pool).switch(
      { scope, state, overdue, reason: 'test' },
      { by: 'o', now: await stack.businessNow() },
    );
  const unblock = () => stack.pool.query('update queues set blocked_until = null');

  async function waitsWith(key: string, span = 'PT2H'): Promise<string> {
    const run = await launch(stack, twoWaves({ key, span }));
    await until('everybody waits', async () => (await waiting(run)) === COUNT);
    return run;
  }
  async function stop(run: string): Promise<void> {
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'enough' });
    await settled(stack, run);
    await stack.auditClean();
  }

  it('finds people whose lane is gone, and closes the run whose workflow is gone too', async () => {
    const run = await waitsWith('people', 'PT20S');
    await kill(`run/${run}/lane/0`, `run/${run}`);
    await settled(stack, run);
    await stack.auditClean();
  });

  it('opens a run whose workflow is gone', async () => {
    const role = new URL(stack.appUrl).username;
    await stack.pool.query(`revoke insert on participants from ${role}`);
    const run = await launch(stack, twoWaves({ key: 'opening', span: 'PT2H' }));
    await kill(`run/${run}`);
    await stack.pool.query(`grant insert on participants to ${role}`);
    await until('everybody waits', async () => (await waiting(run)) === COUNT);
    await stop(run);
  });

  it('finds queued messages whose delivery is gone', async () => {
    stack.simulator.gateway.setFaults({ tooMany429: 1, retryAfterSeconds: 600 });
    const run = await waitsWith('queued');
    await until('the gateway is waited for', async () => {
      const blocked = `select count(*) as n from queues where kind = 'delivery' and blocked_until > now() and $1 <> ''`;
      return (await count(blocked, run)) === 2;
    });
    await kill(...shards('delivery/sim-gate'));
    stack.simulator.heal();
    await unblock();
    await until('all are out', async () => (await inState('outbox', 'accepted')(run)) === COUNT);
    await stop(run);
  });

  it('finds ambiguous messages whose delivery is gone', async () => {
    stack.simulator.gateway.setFaults({ cutAfter: 1, lookupUnavailable: 1, retryAfterSeconds: 1 });
    const run = await waitsWith('ambiguous');
    await until('all are ambiguous', async () => (await inState('outbox', 'ambiguous')(run)) === COUNT);
    await kill(...shards('delivery/sim-gate'));
    stack.simulator.heal();
    await unblock();
    await until('all are known', async () => (await inState('outbox', 'accepted')(run)) === COUNT);
    await stop(run);
  });

  it('finds payouts, intended and ambiguous, whose queue is gone', async () => {
    const run = await waitsWith('payouts');
    stack.simulator.provider.setFaults({ tooMany429: 1, retryAfterSeconds: 600 });
    await respond(stack, IDS.slice(0, 10), 'purchase', 'intended');
    await until('ten are owed, and the provider is waited for', async () => {
      const blocked = `select count(*) as n from payouts p join queues q on q.kind = 'payout' and q.name = p.provider and q.shard = p.shard
        where p.run_id = $1 and p.state = 'intended' and q.blocked_until > now()`;
      return (await count(blocked, run)) === 10;
    });
    await kill(...shards('payout/sim-pay'));
    stack.simulator.heal();
    await unblock();
    await until('ten are paid', async () => (await inState('payouts', 'paid')(run)) === 10);
    stack.simulator.provider.setFaults({ cutAfter: 1, lookupUnavailable: 1, retryAfterSeconds: 1 });
    await respond(stack, IDS.slice(10), 'purchase', 'ambiguous');
    await until('ten are ambiguous', async () => (await inState('payouts', 'ambiguous')(run)) === 10);
    await kill(...shards('payout/sim-pay'));
    stack.simulator.heal();
    await unblock();
    await until('all are paid', async () => (await inState('payouts', 'paid')(run)) === COUNT);
    await settled(stack, run);
    await stack.auditClean();
  });

  it.each(['shift', 'send_now', 'skip'] as const)('finishes a resume (%s) whose API died', async (overdue) => {
    const run = await waitsWith(`resumed-${overdue.replace('_', '-')}`, 'PT20S');
    await switchAndDie(`run/${run}`, 'paused');
    await kill(`run/${run}/lane/0`);
    await switchAndDie(`run/${run}`, 'running', overdue);
    await settled(stack, run);
    await until('the resume is acknowledged', async () => {
      const { state, acknowledged } = await stack.ok('GET', `/v1/controls/run/${run}`);
      return state === 'running' && acknowledged;
    });
    await stack.auditClean();
  });

  it('finishes a stop whose API died', async () => {
    const run = await waitsWith('stopped');
    await switchAndDie(`run/${run}`, 'stopped');
    await kill(`run/${run}/lane/0`, `run/${run}`);
    await settled(stack, run);
    await stack.auditClean();
  });

  it('comes as often as the worker that started last was told, and stays paused', async () => {
    const sweep = client.schedule.getHandle('sweep');
    await sweep.pause('somebody looks');
    await stack.worker.kill('SIGTERM');
    await stack.worker.start({ PADO_SWEEP_SECONDS: '7' });
    const { state } = await until('it is changed', async () => {
      const seen = await sweep.describe();
      return seen.spec.intervals?.[0]?.every === 7_000 && seen;
    });
    expect(state).toMatchObject({ paused: true, note: 'somebody looks' });
    await sweep.unpause();
  });
});
