/**
 * A hand-over that fails while what is unsure is resolved as ever: it is tried at a longer and longer distance, and told as failing until it goes well.
 * The workflow is the product's, on a real Temporal; its turns are counted only.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { TemporalGateway } from '../../src/temporal/gateway.js';
import { payoutQueue, payoutWorkflowId } from '../../workflows/ids.js';
import { countedWorkflows, type CountedWorkflows } from '../support/counted-workflows.js';

const PROVIDER = 'pay';
let workflows: CountedWorkflows;
let [failing, resolved] = [4, 0];

beforeAll(async () => {
  const submitPayouts = async ({ step }: { step: number }) => {
    failing -= 1;
    if (failing >= 0) throw new Error('nobody has thought of that');
    return { step, more: false, done: 0 };
  };
  const resolvePayouts = async ({ step }: { step: number }) => {
    resolved += 1;
    return { step, more: false, done: 0, nextInMs: null, stopped: false };
  };
  workflows = await countedWorkflows('failing-hand-over', { submitPayouts, resolvePayouts }, [payoutQueue(PROVIDER)]);
});
afterAll(() => workflows?.stop());

it('backs off, is told after four in a row, and until it goes well', async () => {
  const { client } = workflows;
  await new TemporalGateway(
    client,
    async () => 0,
    async () => 'spring',
  ).nudgePayout(PROVIDER, 0);
  const handle = client.workflow.getHandle(payoutWorkflowId(PROVIDER, 0));
  await handle.result();
  const { events } = await handle.fetchHistory();
  const waits = events?.flatMap(({ timerStartedEventAttributes: timer }) =>
    timer?.startToFireTimeout ? [tsToMs(timer.startToFireTimeout)] : [],
  );
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  const told = events?.flatMap(({ upsertWorkflowSearchAttributesEventAttributes: set }) => {
    const attention = set?.searchAttributes?.indexedFields?.['PadoAttention']?.data;
    return attention ? [String(JSON.parse(Buffer.from(attention).toString()))] : [];
  });
  expect(told).toEqual(['payout_overdue', 'none']);
  expect(resolved).toBe(5); // beside each try
});
