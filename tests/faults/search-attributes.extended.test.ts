/**
 * What workflows can be found by: where the namespace knows the attributes, each start has them; where it knows none, or has just lost them, everything
 * is started all the same. Whoever needs somebody says so as long as it does.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { INSTALLATION_CHECKS } from '../../src/cli/doctor-installation.js';
import type { Sight } from '../../src/cli/doctor-sight.js';
import { SEARCH_ATTRIBUTES as REGISTERED } from '../../src/services/temporal.js';
import { createNamespace, deleteNamespace } from '../../src/services/temporal-namespace.js';
import { connectClient } from '../../src/temporal/connect.js';
import { TemporalGateway } from '../../src/temporal/gateway.js';
import { inspectTemporal } from '../../src/temporal/inspect.js';
import { missingAttributes } from '../../src/temporal/search-attributes.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/ids.js';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const ADDRESS = process.env['TEMPORAL_ADDRESS'] as string;
const NAMESPACE = `test-attributes-${process.pid}`;
const WELL = { PadoAttention: 'none' };

describe('search attributes', () => {
  let client: Client;
  beforeAll(async () => {
    await createNamespace(ADDRESS, NAMESPACE);
    client = await connectClient({ address: ADDRESS, namespace: NAMESPACE });
  });
  afterAll(async () => {
    await client?.connection.close();
    await deleteNamespace(ADDRESS, NAMESPACE);
  });

  /** By name, of a workflow that is open. */
  async function attributesOf(workflowId: string): Promise<Record<string, unknown>> {
    const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
    const ours = typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Pado'));
    return Object.fromEntries(ours.map(({ key, value }) => [key.name, value]));
  }
  const gateway = () =>
    new TemporalGateway(
      client,
      async () => 0,
      async (runId) => {
        if (runId === 'strange') throw new Error('no such run');
        return 'spring';
      },
    );

  /** What the doctor says of the namespace. */
  async function doctor() {
    const at = { address: ADDRESS, namespace: NAMESPACE };
    const sight = { namespace: NAMESPACE, temporal: () => inspectTemporal(at, [], Date.now()) } as Sight;
    return await INSTALLATION_CHECKS.find(({ check }) => check === 'Namespace')?.look(sight);
  }

  it('are those that the development server and each namespace are started with', async () => {
    expect(REGISTERED).toEqual([...SEARCH_ATTRIBUTES]);
    expect(await missingAttributes(client)).toEqual([]);
    expect(await doctor()).toMatch(/^test-attributes-\d+, keeps closed workflows for/);
  });

  it('say of each workflow its stage, and of those of a run which and of which campaign', async () => {
    const own = gateway();
    await own.nudgeRun('r1');
    await own.nudgeRun('strange');
    await own.nudgeLane('r1', 3);
    await own.nudgeDelivery('gate', 1);
    await own.nudgePayout('pay', 0);
    expect(await attributesOf('run/r1')).toEqual({ ...WELL, PadoStage: 'run', PadoRun: 'r1', PadoCampaign: 'spring' });
    expect(await attributesOf('run/strange')).toEqual({ ...WELL, PadoStage: 'run', PadoRun: 'strange' });
    const lane = { ...WELL, PadoStage: 'lane', PadoRun: 'r1', PadoLane: '3', PadoCampaign: 'spring' };
    expect(await attributesOf('run/r1/lane/3')).toEqual(lane);
    expect(await attributesOf('delivery/gate/1')).toEqual({ ...WELL, PadoStage: 'delivery' });
    expect(await attributesOf('payout/pay/0')).toEqual({ ...WELL, PadoStage: 'payout' });
  });

  it('hold up no start where the namespace does not know them, or has just lost them', async () => {
    const before = gateway();
    await before.nudgeRun('r2'); // which has asked, and goes on believing
    expect(await attributesOf('run/r2')).toMatchObject({ PadoRun: 'r2' });
    await client.connection.operatorService.removeSearchAttributes({
      namespace: NAMESPACE,
      searchAttributes: ['PadoRun', 'PadoStage'],
    });
    for (let n = 0; (await missingAttributes(client)).length < 2 && n < 100; n += 1)
      await new Promise((done) => setTimeout(done, 100));
    expect(await missingAttributes(client)).toEqual(['PadoRun', 'PadoStage']);
    await before.nudgeRun('r3');
    await before.nudgeLane('r3', 0);
    await gateway().nudgeRun('r4');
    for (const id of ['run/r3', 'run/r3/lane/0', 'run/r4']) expect([id, await attributesOf(id)]).toEqual([id, {}]);
    expect(await doctor()).toMatchObject({
      warning: expect.stringContaining('cannot be found there by PadoRun, PadoStage'),
      cure: expect.stringContaining('search-attribute create'),
    });
  });
});

describe('a workflow that needs somebody', () => {
  let stack: Stack;
  let client: Client;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    await importCustomers(stack, customers(4));
    client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
  });
  afterAll(async () => {
    await client?.connection.close();
    await stack?.stop();
  });

  /** Ids of the open workflows that say this, as Temporal's UI lists them. */
  async function saying(attention: string, failure: string): Promise<string[]> {
    const query = `PadoAttention = '${attention}' and PadoFailure = '${failure}' and ExecutionStatus = 'Running'`;
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
    return ids;
  }
  const told = (attention: string, failure: string) =>
    until(`${attention} is told`, async () => {
      const ids = await saying(attention, failure);
      return ids.length > 0 && ids;
    });
  const nobodyTells = (attention: string, failure: string) =>
    until(`${attention} is told no more`, async () => (await saying(attention, failure)).length === 0);

  it('tells so while its queue is stopped, and goes on when it is let', async () => {
    stack.simulator.gateway.setFaults({ undocumented4xx: 1 });
    const run = await launch(stack, twoWaves({ span: 'PT2S' }));
    const stopped = await told('queue_stopped', 'undocumented_answer');
    for (const id of stopped) expect(id).toMatch(/^delivery\/sim-gate\/\d$/);
    stack.simulator.gateway.setFaults({ undocumented4xx: 0 });
    await until('all shards go on', async () => {
      const clear = { as: 'operator', headers: { 'idempotency-key': `clear-${performance.now()}` } } as const;
      await stack.request('POST', '/v1/attention/gateway/sim-gate/clear', { reason: 'mended' }, clear);
      return (await saying('queue_stopped', 'undocumented_answer')).length === 0;
    });
    await settled(stack, run);
  });

  it('tells why its turns fail, and no more once one goes well', async () => {
    await stack.pool.query('alter table trace rename to trace_gone');
    const run = await launch(stack, twoWaves({ key: 'failing', span: 'PT2S' }));
    expect(await told('lane_overdue', 'DatabaseError/42P01')).toEqual([`run/${run}/lane/0`]);
    await stack.pool.query('alter table trace_gone rename to trace');
    await nobodyTells('lane_overdue', 'DatabaseError/42P01');
    await settled(stack, run);
    await stack.auditClean();
  });
});
