/**
 * A Temporal namespace for one short installation: workflow ids and the sweep's schedule are unique within a namespace only.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from './temporal.js';

/** Temporal's own shortest for servers of others; ours is deleted earlier. */
const RETENTION_MS = 86_400_000;
const KNOWN_MS = 30_000;
/** The sweep, and one for each campaign that begins by a calendar: an installation that is short-lived has a few. */
const SCHEDULES_MAX = 1_000;

/** temporal.api.enums.v1.IndexedValueType */
const KEYWORD = 2;

/** Register it with our search attributes, and wait until the server knows it everywhere. Errors: those of the connection. */
export async function createNamespace(address: string, namespace: string): Promise<void> {
  await withConnection(address, async ({ workflowService, operatorService }) => {
    const workflowExecutionRetentionPeriod = msToTs(RETENTION_MS);
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    const end = performance.now() + KNOWN_MS;
    for (;;) {
      try {
        await workflowService.listOpenWorkflowExecutions({ namespace, maximumPageSize: 1 });
        const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD]));
        await operatorService.addSearchAttributes({ namespace, searchAttributes });
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await sleep(50); // the server's parts learn of it one after the other
      }
    }
  });
}

/** With all that is in it, the schedules before all: they would go on starting workflows. What is not there, or not allowed, stays. */
export async function deleteNamespace(address: string, namespace: string): Promise<void> {
  await quietly(address, async (connection) => {
    await deleteSchedules(connection, namespace);
    await connection.operatorService.deleteNamespace({ namespace });
  });
}

/**
 * Nothing starts there any more; for a server that ends soon itself. What is in a namespace is deleted by the server one execution after the other, beside
 * whatever else it does.
 */
export async function abandonNamespace(address: string, namespace: string): Promise<void> {
  await quietly(address, (connection) => deleteSchedules(connection, namespace));
}

async function deleteSchedules({ workflowService }: Connection, namespace: string): Promise<void> {
  const { schedules } = await workflowService.listSchedules({ namespace, maximumPageSize: SCHEDULES_MAX });
  await Promise.allSettled(
    schedules.map(({ scheduleId }) => workflowService.deleteSchedule({ namespace, scheduleId })),
  );
}

async function quietly(address: string, work: (connection: Connection) => Promise<void>): Promise<void> {
  try {
    await withConnection(address, work);
  } catch {
    return; // a server of somebody else may keep namespaces; retention empties it
  }
}

async function withConnection(address: string, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 10_000 });
  try {
    await connection.withDeadline(Date.now() + KNOWN_MS, () => work(connection));
  } finally {
    await connection.close();
  }
}
