/**
 * Weeks of business time in minutes: a Temporal that skips time, and how a whole installation on it comes to an instant. Engine, API and simulators
 * read one clock all the while; what waits in transport time (leases, look-ups) is let settle before each move.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { stateDir, toolsDir } from '../../src/cli/state-dir.js';
import { findTemporalTestServer } from '../../src/services/index.js';
import { MAIN_QUEUE, SWEEP_ID } from '../../workflows/ids.js';
import type { sweepWorkflow } from '../../workflows/index.js';
import { until, type Stack } from './stack.js';

/**
 * A move ends this long before its instant, which then comes by itself: whatever is due at it finds all clocks right.
 */
const LEAD_MS = 1_000;

/** The server. It skips nothing unless told to, and nothing while an activity or a workflow task is open. */
export class SkippedTime {
  private constructor(private readonly environment: TestWorkflowEnvironment) {}

  static async start(): Promise<SkippedTime> {
    const path = await findTemporalTestServer(stateDir(), toolsDir());
    const server = { executable: { type: 'existing-path' as const, path } };
    return new SkippedTime(await TestWorkflowEnvironment.createTimeSkipping({ server }));
  }

  get address(): string {
    return this.environment.address;
  }

  /** By how much its time is ahead of the machine's. */
  async aheadMs(): Promise<number> {
    return (await this.environment.currentTimeMs()) - Date.now();
  }

  async skip(ms: number): Promise<void> {
    if (ms > 0) await this.environment.sleep(ms);
  }

  /** One that starts workflows and waits for them without any skipping. */
  client(namespace: string): Client {
    return new Client({ connection: this.environment.connection, namespace });
  }

  async close(): Promise<void> {
    await this.environment.teardown();
  }
}

/** Business time comes to this instant (RFC 3339), later than now; what is due by then has moved when this returns. */
export async function comeTo(stack: Stack, instant: string): Promise<void> {
  const at = Date.parse(instant);
  const left = at - (await stack.businessNow());
  if (left <= 0) throw new Error(`${instant} is over`);
  await timeOf(stack).skip(left - LEAD_MS);
  await stack.setSimulatorsClock();
  await sleep(Math.max(0, at - (await stack.businessNow())));
  await until(`the API comes to ${instant}`, async () => (await apiNow(stack)) >= at);
  await sweep(stack);
  await settle(stack);
}

/** One round of the sweep, which no schedule starts here: it also fires the starts that are due, and seals the ledger. */
export async function sweep(stack: Stack): Promise<void> {
  await timeOf(stack)
    .client(stack.namespace)
    .workflow.execute<typeof sweepWorkflow>('sweepWorkflow', { workflowId: SWEEP_ID, taskQueue: MAIN_QUEUE, args: [] });
}

/** Wait until nothing is due and nothing is open with gateways and providers. */
export async function settle(stack: Stack, timeoutMs = 120_000): Promise<void> {
  await until(
    'all that is due moves',
    async () => {
      const now = new Date(await stack.businessNow());
      const { due } = await stack.one<{ due: number }>(
        `select ((select count(*) from runs r where r.state = 'opening'
              or (r.state = 'running' and not exists (select from lanes l where l.run_id = r.id and not l.done)))
          + (select count(*) from participants where state = 'active' and due_at <= $1)
          + (select count(*) from campaign_starts where next_at <= $1)
          + (select count(*) from outbox where state in ('queued', 'submitting', 'ambiguous'))
          + (select count(*) from payouts where state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous')))::int as due`,
        [now],
      );
      return due === 0;
    },
    timeoutMs,
  );
}

/** Business now as the API has it. */
async function apiNow(stack: Stack): Promise<number> {
  const rule = { combinator: 'and', rules: [{ field: 'id', operator: '=', value: 'nobody' }] };
  return Date.parse((await stack.ok('POST', '/v1/segments/count', { rule }, { as: 'marketer' })).asOf);
}

function timeOf({ time }: Stack): SkippedTime {
  if (!time) throw new Error('this installation has a Temporal that skips no time');
  return time;
}
