/**
 * The product's workflows on a real Temporal, in a namespace of their own, with activities of a test: what they ask for is seen, and nothing is done.
 */
import { fileURLToPath } from 'node:url';
import { type Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { abandonNamespace, createNamespace } from '../../src/services/temporal-namespace.js';
import { connectClient } from '../../src/temporal/connect.js';
import { MAIN_QUEUE } from '../../workflows/ids.js';

export interface CountedWorkflows {
  client: Client;
  stop(): Promise<void>;
}

/** `queues`: task queues beside the main one, whose activities are the same. */
export async function countedWorkflows(
  name: string,
  activities: Record<string, (input: never) => Promise<unknown>>,
  queues: readonly string[] = [],
): Promise<CountedWorkflows> {
  const address = process.env['TEMPORAL_ADDRESS'] as string;
  const namespace = `${name}-${process.pid}-${Date.now()}`;
  await createNamespace(address, namespace);
  const client = await connectClient({ address, namespace });
  const connection = await NativeConnection.connect({ address });
  const codePath = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
  const common = { connection, namespace, activities };
  const workers = [await Worker.create({ ...common, taskQueue: MAIN_QUEUE, workflowBundle: { codePath } })];
  for (const taskQueue of queues) workers.push(await Worker.create({ ...common, taskQueue }));
  const working = Promise.all(workers.map((worker) => worker.run()));
  return {
    client,
    stop: async () => {
      for (const worker of workers) worker.shutdown();
      await working;
      await connection.close();
      await client.connection.close();
      await abandonNamespace(address, namespace);
    },
  };
}
