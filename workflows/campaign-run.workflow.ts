/**
 * A run's life: freeze the audience, start its lanes, close when its people are done. What is still open with gateways and
 * providers then stays in the report. An audience that cannot be read is asked for again, each time as of a fresh `now`.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, condition, setHandler, startChild } from '@temporalio/workflow';
import type { FrozenAudience } from '../activities/audience.activities.js';
import { laneAttributes } from './attributes.js';
import { laneWorkflowId } from './ids.js';
import { laneWorkflow } from './lane.workflow.js';
import { nudged } from './messages.js';
import { closeActivities, freezeActivities } from './proxies.js';
import { businessNow, goOnAsNew, historyIsFull, turn } from './turn.js';

export interface CampaignRunInput {
  runId: string;
  clockOffsetMs: number;
  /** Freezes that have failed, one after the other, in the histories before this one. */
  failures?: number;
}

export async function campaignRunWorkflow(input: CampaignRunInput): Promise<void> {
  let wake = false;
  setHandler(nudged, () => {
    wake = true;
  });
  const { runId, clockOffsetMs } = input;
  const frozen = await freeze(input);
  for (const { lane, step } of frozen.openLanes) await startLane({ runId, lane, step, clockOffsetMs });

  for (let turns = 0; !historyIsFull(turns); turns += 1) {
    wake = false;
    const { closed } = await closeActivities.closeRun({ runId, now: businessNow(clockOffsetMs) });
    if (closed) return;
    await condition(() => wake);
  }
  await goOnAsNew<typeof campaignRunWorkflow>({ runId, clockOffsetMs });
}

/** By turns, as many as a history takes: each sweep signals a run that is opening, and Temporal takes so many signals of one history. */
async function freeze({ runId, clockOffsetMs, failures = 0 }: CampaignRunInput): Promise<FrozenAudience> {
  let failed = failures;
  for (let turns = 0; !historyIsFull(turns); turns += 1) {
    const frozen = await turn('run', failed, () =>
      freezeActivities.freezeAudience({ runId, now: businessNow(clockOffsetMs) }),
    );
    if (frozen) return frozen;
    failed += 1;
  }
  return await goOnAsNew<typeof campaignRunWorkflow>({ runId, clockOffsetMs, failures: failed });
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
