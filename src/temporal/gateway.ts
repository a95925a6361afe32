/**
 * The only caller of Temporal: starts and signals, always by signal-with-start, so that a nudge also brings back what is gone. A
 * started queue begins at step 0 and adopts the newest step from its first refused turn. No call is waited for without an end.
 */
import type { ServerTime } from './clock.js';
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  WorkflowIdConflictPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import {
  MAIN_QUEUE,
  SWEEP_ID,
  deliveryWorkflowId,
  laneWorkflowId,
  payoutWorkflowId,
  runWorkflowId,
} from '../../workflows/ids.js';
import type {
  campaignRunWorkflow,
  deliveryWorkflow,
  laneWorkflow,
  payoutWorkflow,
  sweepWorkflow,
} from '../../workflows/index.js';
import { withinBound } from './connect.js';
import { SearchAttributes } from './search-attributes.js';

/** The signal's name, as workflows/messages.ts defines it (that file needs the sandbox). */
const NUDGED = 'nudged';

export class TemporalGateway {
  private readonly attributes: SearchAttributes;

  constructor(
    private readonly client: Client,
    /** Of the installation; fixed from its first run on. */
    private readonly clockOffsetMs: () => Promise<number>,
    /** Of a run. */
    private readonly campaignOf: (runId: string) => Promise<string>,
  ) {
    this.attributes = new SearchAttributes(client);
  }

  async nudgeRun(runId: string): Promise<void> {
    const clockOffsetMs = await this.clockOffsetMs();
    const campaign = await this.campaignOf(runId).catch(() => null);
    await this.attributes.starting({ stage: 'run', run: runId, campaign }, (found) =>
      this.bounded(() =>
        this.client.workflow.signalWithStart<typeof campaignRunWorkflow>('campaignRunWorkflow', {
          ...found,
          workflowId: runWorkflowId(runId),
          taskQueue: MAIN_QUEUE,
          args: [{ runId, clockOffsetMs }],
          signal: NUDGED,
        }),
      ),
    );
  }

  async nudgeLane(runId: string, lane: number): Promise<void> {
    const clockOffsetMs = await this.clockOffsetMs();
    const campaign = await this.campaignOf(runId).catch(() => null);
    await this.attributes.starting({ stage: 'lane', run: runId, lane, campaign }, (found) =>
      this.bounded(() =>
        this.client.workflow.signalWithStart<typeof laneWorkflow>('laneWorkflow', {
          ...found,
          workflowId: laneWorkflowId(runId, lane),
          taskQueue: MAIN_QUEUE,
          args: [{ runId, lane, step: 0, clockOffsetMs }],
          signal: NUDGED,
        }),
      ),
    );
  }

  async nudgeDelivery(gateway: string, shard: number): Promise<void> {
    const clockOffsetMs = await this.clockOffsetMs();
    await this.attributes.starting({ stage: 'delivery' }, (found) =>
      this.bounded(() =>
        this.client.workflow.signalWithStart<typeof deliveryWorkflow>('deliveryWorkflow', {
          ...found,
          workflowId: deliveryWorkflowId(gateway, shard),
          taskQueue: MAIN_QUEUE,
          args: [{ gateway, shard, step: 0, clockOffsetMs }],
          signal: NUDGED,
        }),
      ),
    );
  }

  async nudgePayout(provider: string, shard: number): Promise<void> {
    const clockOffsetMs = await this.clockOffsetMs();
    await this.attributes.starting({ stage: 'payout' }, (found) =>
      this.bounded(() =>
        this.client.workflow.signalWithStart<typeof payoutWorkflow>('payoutWorkflow', {
          ...found,
          workflowId: payoutWorkflowId(provider, shard),
          taskQueue: MAIN_QUEUE,
          args: [{ provider, shard, step: 0, clockOffsetMs }],
          signal: NUDGED,
        }),
      ),
    );
  }

  /**
   * The sweep's schedule, as often as this. One that exists is changed to it, and stays paused where somebody has paused it; that goes on behind the
   * start, for a busy server takes its time, and what cannot be changed now the next start changes.
   */
  async ensureSweep(everySeconds: number): Promise<void> {
    const schedule = {
      scheduleId: SWEEP_ID,
      spec: { intervals: [{ every: everySeconds * 1_000 }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'sweepWorkflow' satisfies (typeof sweepWorkflow)['name'],
        workflowId: SWEEP_ID,
        taskQueue: MAIN_QUEUE,
        args: [],
        workflowExecutionTimeout: '1 minute',
      },
    } satisfies ScheduleOptions;
    try {
      await this.bounded(() => this.client.schedule.create(schedule));
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      void this.changeSweep(schedule).catch(() => undefined);
    }
  }

  private async changeSweep({ spec, policies, action }: ScheduleOptions): Promise<void> {
    const handle = this.client.schedule.getHandle(SWEEP_ID);
    await this.bounded(() => handle.update(({ state }) => ({ spec, policies, action, state })));
  }

  /** Rejects when Temporal does not answer. */
  async ping(): Promise<void> {
    await this.bounded(() => this.client.workflowService.getSystemInfo({}));
  }

  /**
   * Temporal's own time, in epoch ms: when it says that a probe started. Nobody works on the probe: it is over before its first task would be due,
   * so that none is left lying in a queue (a server that skips time stands still as long as one is).
   */
  async serverTime(): Promise<ServerTime> {
    return await this.bounded(async () => {
      const askedAt = performance.now();
      const handle = await this.client.workflow.start('clockProbe', {
        workflowId: 'clock-probe',
        taskQueue: 'clock-probe',
        startDelay: '1 minute',
        workflowExecutionTimeout: '5 seconds',
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.TERMINATE_EXISTING,
      });
      const answeredAt = performance.now(); // the time is that of the start, however long the rest takes
      const { startTime } = await handle.describe();
      await handle.terminate('asked').catch(() => undefined); // the next probe ends it otherwise
      return { serverMs: startTime.getTime(), askedAt, answeredAt };
    });
  }

  private bounded<T>(call: () => Promise<T>): Promise<T> {
    return withinBound(this.client, call);
  }
}
