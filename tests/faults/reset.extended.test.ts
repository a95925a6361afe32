/**
 * Workflows reset by an operator (Temporal reset): a run, its lanes and the queues are taken back to every workflow task that the server accepts, of every
 * workflow of the chain, once while people wait and once when all is over. Each goes on from Postgres; nobody hears or gets anything twice.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { connectClient } from '../../src/temporal/connect.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 40;
const { EventType } = temporal.api.enums.v1;

interface Boundary {
  workflowId: string;
  runId: string;
  /** Of the workflow task that is the last to be kept. */
  eventId: string;
}

describe('workflows that are reset', () => {
  let stack: Stack;
  let client: Client;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    await client?.connection.close();
    await stack?.stop();
  });

  /** Every completed workflow task of every workflow. */
  async function boundaries(): Promise<Boundary[]> {
    const found: Boundary[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const { eventId, eventType } of events ?? [])
        if (eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
          found.push({ workflowId, runId, eventId: String(eventId) });
    }
    return found;
  }

  /** Those that the server took; it refuses one behind which nothing is left to do again. */
  async function reset(all: readonly Boundary[]): Promise<Map<string, number>> {
    const taken = new Map<string, number>();
    for (const { workflowId, runId, eventId } of all) {
      try {
        await client.workflowService.resetWorkflowExecution({
          namespace: stack.namespace,
          workflowExecution: { workflowId, runId },
          reason: 'test',
          workflowTaskFinishEventId: eventId as never,
          requestId: `${runId}/${eventId}`,
        });
      } catch {
        continue;
      }
      const kind = workflowId.replace(/\/.*/, workflowId.includes('/lane/') ? '/lane' : '');
      taken.set(kind, (taken.get(kind) ?? 0) + 1);
    }
    return taken;
  }

  const twice = async () => {
    const { rows } = await stack.pool.query<{ what: string; n: string }>(
      `select 'messages' as what, count(*) as n from outbox where state = 'accepted'
       union all select 'payments', count(*) from payouts where state = 'paid' order by 1`,
    );
    return rows.map(({ what, n }) => `${n} ${what}`);
  };

  it('while people wait: their run comes to its end, and everything is there once', async () => {
    const run = await launch(stack, twoWaves({ key: 'waiting', span: 'PT60S' }));
    const accepted = async () => (await stack.simulator.gateway.readBook()).length;
    await until('everybody has heard', async () => (await accepted()) === COUNT);
    await respond(stack, ['c00001', 'c00002']);
    await until('those who bought are paid', async () => (await stack.simulator.provider.readBook()).length === 2);
    const taken = await reset(await boundaries());
    for (const kind of ['run', 'run/lane', 'delivery', 'payout']) expect([kind, taken.get(kind) ?? 0]).not.toContain(0);
    await respond(stack, ['c00003', 'c00004'], 'purchase', 'after');
    await settled(stack, run, 240_000);
    expect(await twice()).toEqual([`${2 * COUNT - 4} messages`, '4 payments']);
    await stack.auditClean();
  });

  it('when all is over: nothing happens again', async () => {
    const before = await twice();
    const books = async () => [
      (await stack.simulator.gateway.readBook()).length,
      (await stack.simulator.provider.readBook()).length,
    ];
    const booked = await books();
    const taken = await reset(await boundaries());
    expect([...taken.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(10);
    const isOver = async () => {
      for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
        if (workflowId.startsWith('run/')) return false;
      return true;
    };
    await until('runs and lanes have ended again', isOver, 120_000);
    expect(await twice()).toEqual(before);
    expect(await books()).toEqual(booked);
    await stack.auditClean();
  });
});
