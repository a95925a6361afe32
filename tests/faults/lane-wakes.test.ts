/**
 * A nudge at each moment of a lane's end, on a real Temporal: while it reads, while it tells its run that nobody is left, when it has ended. Each is
 * followed by a read. The workflows are the product's; what they read is counted only.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FREEZE_QUEUE, laneWorkflowId, MAIN_QUEUE, runWorkflowId } from '../../workflows/ids.js';
import { nudged } from '../../workflows/messages.js';
import { countedWorkflows, type CountedWorkflows } from '../support/counted-workflows.js';
import { until } from '../support/stack.js';

const ROUNDS = 50;
/** From one round to the next the second nudge comes so much later after the read: all of them cover a lane's end, and what is after it. */
const STEP_MS = 3;
const RUN = 'r';

let workflows: CountedWorkflows;
let reads = 0;

beforeAll(async () => {
  const activities = {
    freezeAudience: async () => ({ openLanes: [] }),
    closeRun: async () => ({ closed: false }),
    advanceCohorts: async () => {
      reads += 1;
      return { state: 'done', moved: 0 };
    },
  };
  workflows = await countedWorkflows('lane-wakes', activities, [FREEZE_QUEUE]);
});
afterAll(() => workflows?.stop());

const signalled = { taskQueue: MAIN_QUEUE, signal: nudged };
const nudgeLane = () =>
  workflows.client.workflow.signalWithStart('laneWorkflow', {
    ...signalled,
    workflowId: laneWorkflowId(RUN, 0),
    args: [{ runId: RUN, lane: 0, step: 0, clockOffsetMs: 0 }],
  });

it('is followed by a read', async () => {
  await workflows.client.workflow.signalWithStart('campaignRunWorkflow', {
    ...signalled,
    workflowId: runWorkflowId(RUN),
    args: [{ runId: RUN, clockOffsetMs: 0 }],
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = reads;
    await nudgeLane();
    await until('it has read', async () => reads > before, 10_000, 1);
    await new Promise((resolve) => setTimeout(resolve, round * STEP_MS));
    const told = reads;
    await nudgeLane();
    await until(`it reads again, ${round * STEP_MS} ms after it has read`, async () => reads > told, 10_000, 1);
  }
  expect(reads).toBeGreaterThanOrEqual(2 * ROUNDS);
});
