/**
 * A campaign's calendars as a Temporal Schedule in its zone: an alarm that lets a workflow look which slots are due. What has been fired is known by
 * rows, so a schedule that is changed, lost or rings twice fires nothing again.
 */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
  type ScheduleSpec,
} from '@temporalio/client';
import { MAIN_QUEUE, startWorkflowId } from '../../workflows/ids.js';
import type { startWorkflow } from '../../workflows/index.js';

export class StartAlarms {
  constructor(
    private readonly client: Client,
    private readonly clockOffsetMs: () => Promise<number>,
  ) {}

  /** Set or changed. Under a business epoch there is none: calendars of Temporal's time are not those of business time; the sweep fires then. */
  async put(campaign: string, spec: ScheduleSpec): Promise<void> {
    const clockOffsetMs = await this.clockOffsetMs();
    if (clockOffsetMs !== 0) return;
    const options: ScheduleOptions = {
      scheduleId: startWorkflowId(campaign),
      spec,
      policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'startWorkflow' satisfies (typeof startWorkflow)['name'],
        workflowId: startWorkflowId(campaign),
        taskQueue: MAIN_QUEUE,
        args: [{ campaign, clockOffsetMs }],
        workflowExecutionTimeout: '1 minute',
      },
    };
    try {
      await this.client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { policies, action } = options;
      const handle = this.client.schedule.getHandle(options.scheduleId);
      await handle.update(({ state }) => ({ spec, policies, action, state }));
    }
  }

  async remove(campaign: string): Promise<void> {
    try {
      await this.client.schedule.getHandle(startWorkflowId(campaign)).delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
}
