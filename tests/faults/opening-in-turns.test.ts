/**
 * A run whose audience cannot be frozen asks turn after turn, each time as of a fresh `now`, while every sweep nudges it; its history is full in the end
 * and it goes on as new, until the freeze goes well. The workflow is the product's, on a real Temporal; its turns are counted only.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FREEZE_QUEUE, MAIN_QUEUE, runWorkflowId } from '../../workflows/ids.js';
import { nudged } from '../../workflows/messages.js';
import { countedWorkflows, type CountedWorkflows } from '../support/counted-workflows.js';
import { until } from '../support/stack.js';

const RUN = 'r';
/** A history is long with 4,096 events, or with 4 MiB, which takes fewer. */
const NUDGES = 5;
const HEAVY = 'x'.repeat(1_000_000);

let workflows: CountedWorkflows;
const asked: number[] = [];
let readable = false;

beforeAll(async () => {
  const freezeAudience = async ({ now }: { now: number }) => {
    asked.push(now);
    if (!readable) throw new Error('no files');
    return { audience: 0, openLanes: [] };
  };
  const closeRun = async () => ({ closed: true });
  workflows = await countedWorkflows('opening-in-turns', { freezeAudience, closeRun }, [FREEZE_QUEUE]);
});
afterAll(() => workflows?.stop());

it('continues as new however often it is nudged, and opens when it can', async () => {
  const handle = await workflows.client.workflow.signalWithStart('campaignRunWorkflow', {
    taskQueue: MAIN_QUEUE,
    workflowId: runWorkflowId(RUN),
    signal: nudged,
    args: [{ runId: RUN, clockOffsetMs: 0 }],
  });
  const begun = (await handle.describe()).runId;
  for (let sent = 0; sent < NUDGES; sent += 1) await handle.signal(nudged.name, HEAVY);
  await until('it continues as new', async () => (await handle.describe()).runId !== begun);
  readable = true;
  await handle.result();
  expect(asked.length).toBeGreaterThan(1);
  expect(new Set(asked).size).toBe(asked.length);
}, 300_000);
