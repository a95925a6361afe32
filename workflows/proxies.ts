/**
 * Every activity proxy with its time-outs and retries, as one table. Deciding activities and freezes run once: a repeat is a new turn with a
 * fresh `now`, decided by the workflow. No local activities: their effects could be lost and taken again on another branch.
 */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { BULK_QUEUE, FREEZE_QUEUE, MAIN_QUEUE, deliveryQueue, payoutQueue } from './ids.js';

const ONCE = { maximumAttempts: 1 };

const TABLE = {
  /** Freeze is one transaction over the whole audience. How long one waits for a place is bounded, too: no turn takes all the signals of a history. */
  freeze: {
    scheduleToCloseTimeout: '1 hour',
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '15 seconds',
    retry: ONCE,
  },
  close: { startToCloseTimeout: '60 seconds', retry: { initialInterval: '1 second', maximumInterval: '30 seconds' } },
  start: { scheduleToCloseTimeout: '30 seconds', retry: ONCE },
  sweep: { scheduleToCloseTimeout: '30 seconds', retry: ONCE },
  seal: { scheduleToCloseTimeout: '20 seconds', heartbeatTimeout: '5 seconds', retry: ONCE },
  decide: { scheduleToCloseTimeout: '60 seconds', heartbeatTimeout: '5 seconds', retry: ONCE },
} satisfies Record<string, ActivityOptions>;

export const freezeActivities = proxyActivities<Pick<Activities, 'freezeAudience'>>({
  ...TABLE.freeze,
  taskQueue: FREEZE_QUEUE,
});
export const closeActivities = proxyActivities<Pick<Activities, 'closeRun'>>({ ...TABLE.close, taskQueue: MAIN_QUEUE });
export const laneActivities = proxyActivities<Pick<Activities, 'advanceCohorts'>>({
  ...TABLE.decide,
  taskQueue: MAIN_QUEUE,
});
export const bulkLaneActivities = proxyActivities<Pick<Activities, 'advanceCohorts'>>({
  ...TABLE.decide,
  taskQueue: BULK_QUEUE,
});
export const startActivities = proxyActivities<Pick<Activities, 'fireStarts'>>({
  ...TABLE.start,
  taskQueue: MAIN_QUEUE,
});
export const sweepActivities = proxyActivities<Pick<Activities, 'sweep'>>({ ...TABLE.sweep, taskQueue: MAIN_QUEUE });
export const sealActivities = proxyActivities<Pick<Activities, 'sealLedger'>>({ ...TABLE.seal, taskQueue: MAIN_QUEUE });

export const deliveryActivities = (gateway: string) =>
  proxyActivities<Pick<Activities, 'deliverMessages' | 'resolveMessages'>>({
    ...TABLE.decide,
    taskQueue: deliveryQueue(gateway),
  });

export const payoutActivities = (provider: string) =>
  proxyActivities<Pick<Activities, 'submitPayouts' | 'resolvePayouts'>>({
    ...TABLE.decide,
    taskQueue: payoutQueue(provider),
  });
