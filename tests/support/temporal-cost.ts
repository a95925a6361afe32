/**
 * What an installation asks of Temporal, in Actions as Temporal Cloud bills them and in history events, counted from the histories of all workflows of
 * its namespace; heartbeats, which no history shows, from the worker's own metrics.
 *
 * An Action is (docs.temporal.io, "Temporal Cloud Actions"): a workflow started, by a client, a parent, a schedule or continue-as-new; an activity
 * scheduled, and each retry; a heartbeat that reaches the server; a timer; a signal; an upsert of search attributes other than of patches. A scheduled
 * start counts three, its workflow included. Completions, markers of patches and workflow tasks are none.
 */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { connectClient } from '../../src/temporal/connect.js';
import type { Stack } from './stack.js';

const { EventType } = temporal.api.enums.v1;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface Cost {
  actions: number;
  events: number;
  signals: number;
}

/** By workflow type; heartbeats, which no type shows, are not in it. */
export async function costByType(stack: Stack, idPrefix = ''): Promise<Record<string, Cost>> {
  const client = await connectClient({ address: stack.temporalAddress, namespace: stack.namespace });
  try {
    const costs: Record<string, Cost> = {};
    for await (const { type, workflowId, runId } of client.workflow.list()) {
      if (!workflowId.startsWith(idPrefix)) continue;
      const cost = await costOf(client, workflowId, runId);
      const sum = (costs[type] ??= { actions: 0, events: 0, signals: 0 });
      sum.actions += cost.actions;
      sum.events += cost.events;
      sum.signals += cost.signals;
    }
    return costs;
  } finally {
    await client.connection.close();
  }
}

async function costOf(client: Client, workflowId: string, runId: string): Promise<Cost> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const all = events ?? [];
  return {
    events: all.length,
    actions: all.reduce((sum, event) => sum + actionsOf(event), 0),
    signals: all.filter(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED).length,
  };
}

/** The start of a workflow, one signal and so on: one each. */
const ONE = new Set<number>([
  EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
  EventType.EVENT_TYPE_TIMER_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
]);
const PER_SCHEDULED_START = 3;
const CHANGE_VERSION = 'TemporalChangeVersion';

function actionsOf(event: HistoryEvent): number {
  const type = event.eventType ?? 0;
  if (ONE.has(type)) return 1;
  switch (type) {
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: {
      const fields = event.workflowExecutionStartedEventAttributes?.searchAttributes?.indexedFields ?? {};
      return 'TemporalScheduledById' in fields ? PER_SCHEDULED_START : 1;
    }
    case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
      return (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1;
    case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: {
      const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {};
      return Object.keys(fields).some((name) => name !== CHANGE_VERSION) ? 1 : 0;
    }
    default:
      return 0;
  }
}

/** Heartbeats that the worker has sent, by its Prometheus endpoint. */
export async function heartbeats(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const sent = text.matchAll(
    /^temporal_request(?:_total)?\{[^}]*operation="RecordActivityTaskHeartbeat"[^}]*\} (\d+)/gm,
  );
  if (!/^temporal_request/m.test(text)) throw new Error('the worker counts no requests');
  return [...sent].reduce((sum, [, n]) => sum + Number(n), 0);
}
