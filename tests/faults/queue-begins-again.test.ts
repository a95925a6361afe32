/**
 * A queue that begins again does not know which step it had come to, and is told so by its first turn: it hands over at once under the next, before it
 * looks at what is unsure or sleeps. The workflow is the product's, on a real Temporal; its turns are counted only.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MAIN_QUEUE, payoutQueue, payoutWorkflowId } from '../../workflows/ids.js';
import { nudged } from '../../workflows/messages.js';
import { countedWorkflows, type CountedWorkflows } from '../support/counted-workflows.js';

const PROVIDER = 'pay';
/** The newest that the queue has used. */
let newest = 0;
let turns: string[] = [];
let workflows: CountedWorkflows;

beforeAll(async () => {
  const submitPayouts = async ({ step }: { step: number }) => {
    turns.push(`submit ${step}`);
    const isStale = step < newest;
    if (!isStale) newest = step;
    return { step: newest, more: false, done: 0 };
  };
  const resolvePayouts = async ({ step }: { step: number }) => {
    turns.push(`resolve ${step}`);
    newest = step;
    return { step, more: false, done: 0, nextInMs: null, stopped: false };
  };
  workflows = await countedWorkflows('queue-begins', { submitPayouts, resolvePayouts }, [payoutQueue(PROVIDER)]);
});
afterAll(() => workflows?.stop());

/** Begins the queue by a nudge, and waits for its end. */
async function turnsOfQueue(): Promise<string[]> {
  turns = [];
  const handle = await workflows.client.workflow.signalWithStart('payoutWorkflow', {
    taskQueue: MAIN_QUEUE,
    workflowId: payoutWorkflowId(PROVIDER, 0),
    signal: nudged,
    args: [{ provider: PROVIDER, shard: 0, step: 0, clockOffsetMs: 0 }],
  });
  await handle.result();
  return turns;
}

it('hands over under the step that its first turn is told of', async () => {
  expect(await turnsOfQueue()).toEqual(['submit 1', 'resolve 2']);
  expect(await turnsOfQueue()).toEqual(['submit 1', 'submit 3', 'resolve 4']);
  newest = 70;
  expect(await turnsOfQueue()).toEqual(['submit 1', 'submit 71', 'resolve 72']);
});
