/**
 * A lane: one slice of a run's participants through the journey. It advances all that is due, then sleeps until the next due
 * time or a nudge; it carries references and counts, never people.
 */
import { condition, getExternalWorkflowHandle, patched, setHandler } from '@temporalio/workflow';
import { runWorkflowId } from './ids.js';
import { nudged } from './messages.js';
import { bulkLaneActivities, laneActivities } from './proxies.js';
import { businessNow, goOnAsNew, historyIsFull, turn } from './turn.js';

export interface LaneInput {
  runId: string;
  lane: number;
  /** The newest step number this lane has used. */
  step: number;
  clockOffsetMs: number;
}

export async function laneWorkflow(input: LaneInput): Promise<void> {
  let wake = false;
  setHandler(nudged, () => {
    wake = true;
  });
  const { runId, lane, clockOffsetMs } = input;
  let { step } = input;
  let failures = 0;
  let hasMore = false;

  for (let turns = 0; !historyIsFull(turns); turns += 1) {
    wake = false; // before the read: what commits after it sets it again
    step += 1;
    const now = businessNow(clockOffsetMs);
    const at = { runId, lane, step, now };
    const result = await turn('lane', failures, () =>
      hasMore ? bulkLaneActivities.advanceCohorts(at) : laneActivities.advanceCohorts({ ...at, brief: true }),
    );
    hasMore = result?.state === 'more';
    failures = result ? 0 : failures + 1;
    if (!result) continue;
    if (result.state === 'stale') step = result.step;
    // who came in after the read has nudged: a lane that ended now would leave them to the sweep
    if (result.state === 'done' && !(wake && patched('lane-looks-again'))) {
      await tellRun(runId);
      if (!(wake && patched('lane-hears-while-it-tells'))) return; // nor who nudged in the meantime
    }
    if (result.state === 'idle') await sleepUntil(result.nextDueAt, clockOffsetMs, () => wake);
  }
  await goOnAsNew<typeof laneWorkflow>({ ...input, step });
}

async function sleepUntil(dueAt: number | null, clockOffsetMs: number, awake: () => boolean): Promise<void> {
  if (dueAt === null) await condition(awake);
  else await condition(awake, Math.max(1, dueAt - businessNow(clockOffsetMs)));
}

/** A hint that the run may close. If the run's workflow is gone, the sweep brings it back and it looks for itself. */
async function tellRun(runId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(runWorkflowId(runId)).signal(nudged);
  } catch {
    // Only a hint; see above.
  }
}
