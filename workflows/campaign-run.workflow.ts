/**
 * A run's life: freeze the audience, start its lanes, close when its people are done. What is still open with gateways and
 * providers then stays in the report.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, condition, setHandler, startChild } from '@temporalio/workflow';
import { laneAttributes } from './attributes.js';
import { laneWorkflowId } from './ids.js';
import { laneWorkflow } from './lane.workflow.js';
import { nudged } from './messages.js';
import { closeActivities, freezeActivities } from './proxies.js';
import { businessNow, goOnAsNew, historyIsFull } from './turn.js';

export interface CampaignRunInput {
  runId: string;
  clockOffsetMs: number;
}

export async function campaignRunWorkflow(input: CampaignRunInput): Promise<void> {
  let wake = false;
  setHandler(nudged, () => {
    wake = true;
  });
  const { runId, clockOffsetMs } = input;
  const frozen = await freezeActivities.freezeAudience({ runId, now: businessNow(clockOffsetMs) });
  for (const { lane, step } of frozen.openLanes) await startLane({ runId, lane, step, clockOffsetMs });

  for (let turns = 0; !historyIsFull(turns); turns += 1) {
    wake = false;
    const { closed } = await closeActivities.closeRun({ runId, now: businessNow(clockOffsetMs) });
    if (closed) return;
    await condition(() => wake);
  }
  await goOnAsNew<typeof campaignRunWorkflow>(input);
}

/** A lane outlives this workflow, and one that is already under way goes on. */
async function startLane(input: Parameters<typeof laneWorkflow>[0]): Promise<void> {
  try {
    await startChild(laneWorkflow, {
      workflowId: laneWorkflowId(input.runId, input.lane),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      ...laneAttributes(input.lane),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
