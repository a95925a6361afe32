/**
 * Weeks of business time in minutes: a Temporal that skips time, and how a whole installation on it comes to an instant. Engine, API and simulators
 * read one clock all the while; what waits in transport time (leases, look-ups) is let settle before each move.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { stateDir, toolsDir } from '../../src/cli/state-dir.js';
import { findTemporalTestServer } from '../../src/services/index.js';
import {
  deliveryWorkflowId,
  laneWorkflowId,
  MAIN_QUEUE,
  payoutWorkflowId,
  runWorkflowId,
  SWEEP_ID,
} from '../../workflows/ids.js';
import type { sweepWorkflow } from '../../workflows/index.js';
import { until, type Stack } from './stack.js';

const { EventType } = proto.temporal.api.enums.v1;

/**
 * A move ends this long before its instant, which then comes by itself: whatever is due at it finds all clocks right.
 */
const LEAD_MS = 1_000;
/** How often the simulators' clocks follow while time is skipped. */
const FOLLOW_MS = 200;
/** No workflow task takes as long as this. */
const STRANDED_MS = 5_000;

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

  /** By how much its time is ahead of the machine's; never less than that, and more by what the answer took. */
  async aheadMs(): Promise<number> {
    const asked = Date.now();
    return (await this.environment.currentTimeMs()) - asked;
  }

  async skip(ms: number): Promise<void> {
    if (ms > 0) await this.environment.sleep(ms);
  }

  /** Ends a workflow that has a task open, with the hold that the task has on time: the server forgets it. */
  async end(namespace: string, workflowId: string): Promise<void> {
    await this.client(namespace).workflow.getHandle(workflowId).terminate('stranded by the server');
    await this.release();
  }

  /** Gives back one hold on time that nobody has any more. */
  async release(): Promise<void> {
    const { testService } = this.environment.connection;
    if (!testService) throw new Error('this server skips no time');
    await testService.unlockTimeSkipping({});
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
  const skipped = timeOf(stack)
    .skip(left - LEAD_MS)
    .then(() => true);
  let stillAt: number | null = null;
  let lookAt = Date.now() + STRANDED_MS;
  while (!(await Promise.race([skipped, sleep(FOLLOW_MS, false)]))) {
    // the end of a skip may be told late, when its instant has come and gone: no message or payment goes out by a clock of before
    await stack.setSimulatorsClock();
    if (Date.now() < lookAt) continue;
    const found = await freeStranded(stack);
    const aheadMs = await timeOf(stack).aheadMs();
    if (found === 'idle' && stillAt !== null && Math.abs(aheadMs - stillAt) < STRANDED_MS) {
      // the server's count of holds: it loses one now and then where an activity ends while a task of its workflow is open
      console.log('a hold on time that the server had lost');
      await timeOf(stack).release();
      stillAt = null;
    } else stillAt = found === 'idle' ? aheadMs : null;
    lookAt = Date.now() + STRANDED_MS;
  }
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

/**
 * What may be due or open, by its name; `$1` is business now as the test knows it. The API's may be ahead: whoever an event has just woken is due by that, and
 * their lane is nudged a moment later. Time must not be skipped in between.
 */
const DUE = `
select (select count(*) from runs r where r.state = 'opening'
          or (r.state = 'running' and not exists (select from lanes l where l.run_id = r.id and not l.done)))::int as runs,
  (select count(*) from participants where state = 'active' and due_at <= $1::timestamptz + interval '5 seconds')::int as participants,
  (select count(*) from campaign_starts where next_at <= $1)::int as starts,
  (select count(*) from outbox where state in ('queued', 'submitting', 'ambiguous'))::int as messages,
  (select count(*) from payouts where state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous'))::int as payouts`;

/** Wait until nothing is due and nothing is open with gateways and providers. */
export async function settle(stack: Stack, timeoutMs = 120_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  let lookAt = Date.now() + STRANDED_MS;
  for (;;) {
    const due = await stack.one<Record<string, number>>(DUE, [new Date(await stack.businessNow())]);
    if (Object.values(due).every((n) => n === 0)) return;
    if (Date.now() > end) throw new Error(`it has not settled: ${JSON.stringify(due)}`);
    if (Date.now() > lookAt) {
      await freeStranded(stack);
      lookAt = Date.now() + STRANDED_MS;
    }
    await sleep(100);
  }
}

/**
 * The test server strands a workflow whose task cancels a timer that fired meanwhile (a nudge at the moment of a look-up): it refuses the task, and
 * never gives it out again (temporalio/sdk-java#3088). A server proper drops the timer. Such a workflow is ended, and the sweep brings it back.
 * `idle`: no workflow has a task or an activity open.
 */
async function freeStranded(stack: Stack): Promise<'freed' | 'busy' | 'idle'> {
  const time = timeOf(stack);
  const { workflow } = time.client(stack.namespace);
  const before = Date.now() + (await time.aheadMs()) - STRANDED_MS;
  let [freed, isBusy] = [0, false];
  for (const id of await mayBeStranded(stack)) {
    const { events } = await workflow.getHandle(id).fetchHistory();
    const last = events?.at(-1);
    isBusy ||= isAtWork((events ?? []).map(({ eventType }) => eventType));
    if (!last?.workflowTaskStartedEventAttributes || tsToMs(last.eventTime) > before) continue;
    await time.end(stack.namespace, id);
    freed += 1;
  }
  if (freed === 0) return isBusy ? 'busy' : 'idle';
  console.log(`workflows that the server had stranded: ${freed}`);
  await sweep(stack);
  return 'freed';
}

/** Whether a workflow with these events has a task open, or an activity of which it has not heard yet. */
function isAtWork(types: readonly unknown[]): boolean {
  const n = (...of: number[]) => types.filter((type) => of.includes(type as number)).length;
  const { EVENT_TYPE_WORKFLOW_TASK_SCHEDULED: scheduled, EVENT_TYPE_WORKFLOW_TASK_COMPLETED: completed } = EventType;
  const tasks =
    n(scheduled) -
    n(completed, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT);
  const ended = n(
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED,
  );
  return tasks > 0 || n(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) > ended;
}

/** Whatever workflows sleep by a timer or wait, and are nudged. */
async function mayBeStranded(stack: Stack): Promise<string[]> {
  const { rows: queues } = await stack.pool.query<{ kind: string; name: string; shard: number }>(
    'select kind, name, shard from queues',
  );
  const { rows: lanes } = await stack.pool.query<{ run: string; lane: number }>(
    'select run_id as run, lane from lanes where not done',
  );
  const { rows: runs } = await stack.pool.query<{ run: string }>(`select id as run from runs where state <> 'closed'`);
  return [
    ...queues.map(({ kind, name, shard }) => (kind === 'payout' ? payoutWorkflowId : deliveryWorkflowId)(name, shard)),
    ...lanes.map(({ run, lane }) => laneWorkflowId(run, lane)),
    ...runs.map(({ run }) => runWorkflowId(run)),
  ];
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
