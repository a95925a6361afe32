/**
 * Workflows that Temporal's server itself has ended, because their history met one of its limits: of those that were ended lately, by its own word.
 */
import type { Client } from '@temporalio/client';

/** So many of the newest are looked at. */
const LOOKED_AT_MAX = 50;
/** As the server says it: "Workflow history size exceeds limit." */
const AT_A_LIMIT = /exceeds (?:size )?limit/i;

/** By the server's reason, how many. `since`: epoch ms, Temporal's clock. Errors: those of the connection. */
export async function endedAtLimits(client: Client, since: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const query = `ExecutionStatus = 'Terminated' and CloseTime > '${new Date(since).toISOString()}'`;
  let lookedAt = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    if (lookedAt === LOOKED_AT_MAX) break;
    lookedAt += 1;
    const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    });
    const reason = history?.events?.[0]?.workflowExecutionTerminatedEventAttributes?.reason ?? '';
    if (AT_A_LIMIT.test(reason)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}
