/**
 * Records the histories of the four workflows from a live installation, each as it should be, held up, failed and retried, and
 * continued as new. Run by `PADO_RECORD=1 ./pado test tests/replay/record.ts`; a recorded history is replaced, so keep old ones of
 * workflows that may still run by another name.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { connectClient } from '../../src/temporal/connect.js';
import { deliveryWorkflowId, laneWorkflowId, payoutWorkflowId, runWorkflowId } from '../../workflows/ids.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import {
  fetchHistory,
  hasEvent,
  runIds,
  saveHistory,
  type History,
  type HistoryName,
  type WORKFLOWS,
} from '../support/histories.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 40;
const GATEWAY = 'sim-gate';
const PROVIDER = 'sim-pay';

describe('recorded histories', () => {
  let stack: Stack;
  let client: Client;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 1 });
    client = await connectClient({ address: process.env['TEMPORAL_ADDRESS'] as string, namespace: stack.namespace });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    await client?.connection.close();
    await stack?.stop();
  });

  const idsOf = (run: string): Record<(typeof WORKFLOWS)[number], string> => ({
    'campaign-run': runWorkflowId(run),
    lane: laneWorkflowId(run, 0),
    delivery: deliveryWorkflowId(GATEWAY, 0),
    payout: payoutWorkflowId(PROVIDER, 0),
  });

  /** Save the newest ended history of the workflow that fits; wait for it. */
  async function record(name: HistoryName, workflowId: string, fits: (history: History) => boolean): Promise<void> {
    const history = await until(`a history for ${name}`, async () => {
      for (const runId of (await runIds(client, workflowId)).reverse()) {
        const found = await fetchHistory(client, workflowId, runId);
        if (fits(found)) return found;
      }
      return null;
    });
    saveHistory(name, history);
  }

  const completed = (history: History): boolean => hasEvent(history, 'WORKFLOW_EXECUTION_COMPLETED');
  const worked = (history: History): boolean => completed(history) && hasEvent(history, 'ACTIVITY_TASK_COMPLETED');

  async function everybodyWaits(run: string): Promise<void> {
    await until('everybody waits', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from participants where run_id = $1 and node = 'wait-1'`,
        [run],
      );
      return Number(n) === COUNT;
    });
  }

  const switchTo = (scope: string, state: 'running' | 'paused') =>
    stack.ok('POST', `/v1/controls/${scope}`, { state, reason: 'a history is recorded' }, { as: 'operator' });

  it('as it should be', async () => {
    const run = await launch(stack, twoWaves({ key: 'happy', span: 'PT3S' }));
    await everybodyWaits(run);
    await respond(
      stack,
      customers(COUNT / 2).map((c) => c.id),
      'purchase',
      'happy',
    );
    await settled(stack, run);
    const ids = idsOf(run);
    for (const workflow of ['campaign-run', 'lane', 'delivery', 'payout'] as const) {
      await record(`${workflow}.happy`, ids[workflow], worked);
    }
  });

  it('held up: a paused run, a gateway that says later, a paused provider', async () => {
    stack.simulator.gateway.setFaults({ tooMany429: 1, retryAfterSeconds: 2 });
    await switchTo(`provider/${PROVIDER}`, 'paused');
    const run = await launch(stack, twoWaves({ key: 'held', span: 'PT8S' }));
    const ids = idsOf(run);
    await until('the gateway’s queue waits', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from queues where name = $1 and blocked_until > clock_timestamp()`,
        [GATEWAY],
      );
      return Number(n) === 2;
    });
    stack.simulator.heal();
    await everybodyWaits(run);
    await switchTo(`run/${run}`, 'paused');
    await respond(
      stack,
      customers(COUNT / 2).map((c) => c.id),
      'purchase',
      'held',
    );
    const { due } = await stack.one<{ due: Date }>('select max(due_at) as due from participants where run_id = $1', [
      run,
    ]);
    await until('the wait is over', async () => (await stack.businessNow()) > due.getTime() + 1_500);
    await switchTo(`run/${run}`, 'running');
    await until('payouts are owed', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from payouts where run_id = $1 and state = 'intended'`,
        [run],
      );
      return Number(n) === COUNT / 2;
    });
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // the paused provider's queue has looked
    await switchTo(`provider/${PROVIDER}`, 'running');
    await settled(stack, run);
    for (const workflow of ['campaign-run', 'lane', 'delivery', 'payout'] as const) {
      await record(`${workflow}.held`, ids[workflow], worked);
    }
  });

  it('failed and retried: the database refuses, then not', async () => {
    const run = await launchAgainstRefusals();
    await settled(stack, run);
    const ids = idsOf(run);
    const failed = (history: History) => completed(history) && hasEvent(history, 'ACTIVITY_TASK_FAILED');
    for (const workflow of ['campaign-run', 'lane', 'delivery', 'payout'] as const)
      await record(`${workflow}.retried`, ids[workflow], failed);
  });

  async function launchAgainstRefusals(): Promise<string> {
    const role = new URL(stack.appUrl).username;
    const refuse = (table: string) => stack.pool.query(`revoke insert on ${table} from ${role}`);
    const allow = (table: string) => stack.pool.query(`grant insert on ${table} to ${role}`);
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    for (const table of ['participants', 'message_attempts', 'payout_attempts']) await refuse(table);
    const run = await launch(stack, twoWaves({ key: 'retried', span: 'PT4S' }));
    await pause(1_500);
    await refuse('trace');
    await allow('participants');
    await pause(2_500);
    await allow('trace');
    await pause(1_500);
    await allow('message_attempts');
    await everybodyWaits(run);
    await respond(
      stack,
      customers(COUNT / 2).map((c) => c.id),
      'purchase',
      'retried',
    );
    await until('payouts are owed', async () => {
      const { n } = await stack.one<{ n: string }>('select count(*) as n from payouts where run_id = $1', [run]);
      return Number(n) === COUNT / 2;
    });
    await pause(2_500);
    await allow('payout_attempts');
    return run;
  }

  it('continued as new: nudged until a history is full', async () => {
    stack.simulator.provider.setFaults({ tooMany429: 1, retryAfterSeconds: 600 });
    const run = await launch(stack, twoWaves({ key: 'continued', span: 'PT2H' }));
    await everybodyWaits(run);
    await respond(
      stack,
      customers(COUNT / 2).map((c) => c.id),
      'purchase',
      'continued',
    );
    await until('the provider’s queue waits', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from queues where name = $1 and blocked_until > clock_timestamp()`,
        [PROVIDER],
      );
      return Number(n) === 2;
    });
    stack.simulator.gateway.setFaults({ tooMany429: 1, retryAfterSeconds: 600 });
    const other = await launch(stack, twoWaves({ key: 'continued-too', span: 'PT2H' }));
    await everybodyWaits(other);
    const ids = idsOf(run);
    const workflows = ['campaign-run', 'lane', 'delivery', 'payout'] as const;
    await Promise.all(workflows.map((workflow) => nudgeUntilContinued(ids[workflow])));
    for (const workflow of workflows) {
      await record(`${workflow}.continued`, ids[workflow], (h) => hasEvent(h, 'WORKFLOW_EXECUTION_CONTINUED_AS_NEW'));
    }
    expect(await runIds(client, ids.lane)).not.toHaveLength(1);
  }, 300_000);

  async function nudgeUntilContinued(workflowId: string): Promise<void> {
    const handle = client.workflow.getHandle(workflowId);
    const { runId } = await handle.describe();
    await until(
      `${workflowId} continues as new`,
      async () => {
        for (let n = 0; n < 20; n += 1) {
          await handle.signal('nudged');
          await new Promise((resolve) => setTimeout(resolve, 25));
        }
        return (await handle.describe()).runId !== runId;
      },
      180_000,
      1,
    );
  }
});
