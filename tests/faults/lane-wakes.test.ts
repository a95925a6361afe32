/**
 * A nudge at each moment of a lane's end, on a real Temporal: while it reads, while it tells its run that nobody is left, when it has ended. Each is
 * followed by a read. The workflows are the product's; what they read is counted only.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { abandonNamespace, createNamespace } from '../../src/services/temporal-namespace.js';
import { connectClient } from '../../src/temporal/connect.js';
import { laneWorkflowId, MAIN_QUEUE, runWorkflowId } from '../../workflows/ids.js';
import { nudged } from '../../workflows/messages.js';
import { until } from '../support/stack.js';

const ROUNDS = 50;
/** From one round to the next the second nudge comes so much later after the read: all of them cover a lane's end, and what is after it. */
const STEP_MS = 3;
const RUN = 'r';
const address = process.env['TEMPORAL_ADDRESS'] as string;
const namespace = `lane-wakes-${process.pid}-${Date.now()}`;

let client: Client;
let connection: NativeConnection;
let worker: Worker;
let working: Promise<void>;
let reads = 0;

beforeAll(async () => {
  await createNamespace(address, namespace);
  client = await connectClient({ address, namespace });
  connection = await NativeConnection.connect({ address });
  worker = await Worker.create({
    connection,
    namespace,
    taskQueue: MAIN_QUEUE,
    workflowBundle: { codePath: fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)) },
    activities: {
      freezeAudience: async () => ({ openLanes: [] }),
      closeRun: async () => ({ closed: false }),
      advanceCohorts: async () => {
        reads += 1;
        return { state: 'done', moved: 0 };
      },
    },
  });
  working = worker.run();
});
afterAll(async () => {
  worker?.shutdown();
  await working;
  await connection?.close();
  await client?.connection.close();
  await abandonNamespace(address, namespace);
});

const signalled = { taskQueue: MAIN_QUEUE, signal: nudged };
const nudgeLane = () =>
  client.workflow.signalWithStart('laneWorkflow', {
    ...signalled,
    workflowId: laneWorkflowId(RUN, 0),
    args: [{ runId: RUN, lane: 0, step: 0, clockOffsetMs: 0 }],
  });

it('is followed by a read', async () => {
  await client.workflow.signalWithStart('campaignRunWorkflow', {
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
