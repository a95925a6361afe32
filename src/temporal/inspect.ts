/**
 * A Temporal looked at from outside: the namespace, whether the sweep is started as it should be, and who works on a queue
 * and for which build. It changes nothing.
 */
import { ScheduleNotFoundError, type Client, type ScheduleExecutionResult } from '@temporalio/client';
import { defineSearchAttributeKey, WorkflowNotFoundError } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { BULK_QUEUE, deliveryQueue, FREEZE_QUEUE, MAIN_QUEUE, payoutQueue, SWEEP_ID } from '../../workflows/ids.js';
import { connectClient, withinBound, type TemporalAddress } from './connect.js';
import { Deployment, type DeploymentFacts } from './deployment.js';
import { endedAtLimits } from './ended-at-limits.js';
import { missingAttributes } from './search-attributes.js';

export interface SweepFacts {
  everyMs: number;
  paused: boolean;
  /** When it was started last, by Temporal's clock; the schedule's own beginning where it never was. Epoch ms. */
  lastAt: number;
  running: boolean;
  /** Of its rounds that are over, how many have failed since one went well; no more than the schedule remembers, some ten. */
  failed: number;
}

export interface QueueName {
  kind: 'delivery' | 'payout';
  name: string;
}

export interface TemporalFacts {
  retentionMs: number;
  /** Null: there is no schedule. */
  sweep: SweepFacts | null;
  /** Workers on the main queue, for workflows and for activities; on that of lanes that have much to do, and on that of freezes. */
  pollers: { workflows: number; activities: number; bulk: number; freezes: number };
  /** Of our search attributes, those that it does not know; null where it does not tell. */
  missingAttributes: string[] | null;
  /** Of the queues that were asked about: those on which nobody works. */
  deserted: QueueName[];
  /** Null where none was asked about. */
  deployment: DeploymentFacts | null;
  /** By what fails it, how many workflows take the same turn again and again: `DatabaseError/53100`, `timeout/HEARTBEAT`, … Empty where it cannot tell. */
  failing: ReadonlyMap<string, number>;
  /** Within the last hour, by its reason, how many workflows the server has ended at a limit. Null where it cannot tell. */
  endedAtLimits: ReadonlyMap<string, number> | null;
}

/** As workflows/sight.ts sets it. */
const FAILURE = defineSearchAttributeKey('PadoFailure', 'KEYWORD');
/** Numbers of temporal.api.enums.v1.TaskQueueType. */
const WORKFLOWS = 1;
const ACTIVITIES = 2;
/** A poll is held open for a minute; Temporal forgets a poller after five. */
const POLLED_WITHIN_MS = 90_000;
const HOUR_MS = 3_600_000;

/** `now`: this machine's, epoch ms, for who has asked lately. Errors: those of the connection; that the namespace is not there. */
export async function inspectTemporal(
  at: TemporalAddress,
  queues: readonly QueueName[],
  now: number,
  deployment: string | null = null,
): Promise<TemporalFacts> {
  const client = await connectClient(at);
  try {
    return await withinBound(client, async () => {
      const { config } = await client.workflowService.describeNamespace({ namespace: at.namespace });
      const deserted: QueueName[] = [];
      for (const queue of queues) {
        const task = queue.kind === 'delivery' ? deliveryQueue(queue.name) : payoutQueue(queue.name);
        if ((await pollers(client, task, ACTIVITIES, now - POLLED_WITHIN_MS)) === 0) deserted.push(queue);
      }
      return {
        retentionMs: tsToMs(config?.workflowExecutionRetentionTtl ?? undefined) ?? 0,
        sweep: await sweep(client),
        pollers: {
          workflows: await pollers(client, MAIN_QUEUE, WORKFLOWS, now - POLLED_WITHIN_MS),
          activities: await pollers(client, MAIN_QUEUE, ACTIVITIES, now - POLLED_WITHIN_MS),
          bulk: await pollers(client, BULK_QUEUE, ACTIVITIES, now - POLLED_WITHIN_MS),
          freezes: await pollers(client, FREEZE_QUEUE, ACTIVITIES, now - POLLED_WITHIN_MS),
        },
        missingAttributes: await missingAttributes(client).catch(() => null),
        deserted,
        deployment: deployment === null ? null : await new Deployment(client, deployment).look(now),
        failing: await failing(client).catch(() => new Map<string, number>()),
        endedAtLimits: await endedAtLimits(client, now - HOUR_MS).catch(() => null),
      };
    });
  } finally {
    await client.connection.close();
  }
}

/** A stopped queue says so by itself; its turns do not fail. */
const FAILING = `ExecutionStatus = 'Running' and PadoAttention in ('run_overdue', 'lane_overdue', 'message_overdue', 'payout_overdue')`;
const LISTED_MAX = 1_000;

async function failing(client: Client): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let listed = 0;
  for await (const { typedSearchAttributes } of client.workflow.list({ query: FAILING })) {
    const failure = typedSearchAttributes.get(FAILURE) ?? 'unknown';
    counts.set(failure, (counts.get(failure) ?? 0) + 1);
    listed += 1;
    if (listed === LISTED_MAX) break;
  }
  return counts;
}

async function sweep(client: Client): Promise<SweepFacts | null> {
  try {
    const { state, info, spec } = await client.schedule.getHandle(SWEEP_ID).describe();
    const [interval] = spec.intervals ?? [];
    const last = info.recentActions.at(-1)?.takenAt ?? info.createdAt;
    return {
      everyMs: interval?.every ?? 0,
      paused: state.paused,
      lastAt: last.getTime(),
      running: info.runningActions.length > 0,
      failed: await failedRounds(client, info.recentActions),
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function failedRounds(client: Client, rounds: readonly ScheduleExecutionResult[]): Promise<number> {
  let failed = 0;
  for (const { action } of rounds.toReversed()) {
    const { workflowId, firstExecutionRunId } = action.workflow;
    try {
      const { status } = await client.workflow.getHandle(workflowId, firstExecutionRunId).describe();
      if (status.name === 'COMPLETED') return failed;
      if (status.name !== 'RUNNING') failed += 1;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error; // else its time in the namespace is over
    }
  }
  return failed;
}

async function pollers(client: Client, taskQueue: string, taskQueueType: number, since: number): Promise<number> {
  const answer = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType,
  });
  return (answer.pollers ?? []).filter(({ lastAccessTime }) => (tsToMs(lastAccessTime ?? undefined) ?? 0) > since)
    .length;
}
