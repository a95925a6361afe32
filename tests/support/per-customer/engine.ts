/**
 * Drives a launched run by one workflow per customer, with a worker of its own in this process: the installation must have none.
 */
import { join } from 'node:path';
import { NativeConnection, Runtime, Worker, bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { AudienceStore } from '../../../src/storage/audience.store.js';
import { createPool, type Pool } from '../../../src/storage/pool.js';
import { connectClient } from '../../../src/temporal/connect.js';
import { laneWorkflowId } from '../../../workflows/ids.js';
import type { Stack } from '../stack.js';
import { createCustomerActivities } from './activities.js';
import type { CustomerInput, customerWorkflow } from './customer.workflow.js';

const QUEUE = 'per-customer';
const STARTS_AT_ONCE = 50;

export class PerCustomerEngine {
  private constructor(
    private readonly stack: Stack,
    private readonly pool: Pool,
    private readonly connection: NativeConnection,
    private readonly bundle: WorkflowBundle,
  ) {}

  static async open(stack: Stack): Promise<PerCustomerEngine> {
    const workflowsPath = join(import.meta.dirname, 'customer.workflow.ts');
    const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
    Runtime.install({ logger });
    const bundle = await bundleWorkflowCode({ workflowsPath, logger });
    const connection = await NativeConnection.connect({ address: stack.temporalAddress });
    return new PerCustomerEngine(stack, createPool(stack.appUrl, { max: 100 }), connection, bundle);
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.pool.end();
  }

  /** While `work` runs, a worker with so many activities and workflow tasks at once. */
  async atWork<T>(concurrency: number, work: () => Promise<T>): Promise<T> {
    const worker = await Worker.create({
      connection: this.connection,
      namespace: this.stack.namespace,
      taskQueue: QUEUE,
      workflowBundle: this.bundle,
      activities: createCustomerActivities(this.pool),
      maxConcurrentActivityTaskExecutions: concurrency,
      maxConcurrentWorkflowTaskExecutions: concurrency,
    });
    return await worker.runUntil(work);
  }

  /** Freeze the audience as the engine does, give each customer a lane, and start a workflow for each. */
  readonly drive = async (runId: string): Promise<void> => {
    const now = await this.stack.businessNow();
    await new AudienceStore(this.pool, 'per-customer').freeze(runId, now);
    const inputs = await this.laneEach(runId);
    const client = await connectClient({ address: this.stack.temporalAddress, namespace: this.stack.namespace });
    try {
      let next = 0;
      const start = async () => {
        for (let input = inputs[next++]; input; input = inputs[next++]) {
          await client.workflow.start<typeof customerWorkflow>('customerWorkflow', {
            workflowId: laneWorkflowId(runId, input.lane),
            taskQueue: QUEUE,
            args: [input],
          });
        }
      };
      await Promise.all(Array.from({ length: STARTS_AT_ONCE }, start));
    } finally {
      await client.connection.close();
    }
  };

  private async laneEach(runId: string): Promise<CustomerInput[]> {
    const { pool } = this.stack;
    const { rows } = await pool.query<{ customerId: string; lane: number; clockOffsetMs: string }>(
      `with clock as (select extract(epoch from business_epoch - temporal_base) * 1000 as ms from installation),
            own as (select customer_id, row_number() over (order by customer_id) - 1 as lane from participants where run_id = $1),
            moved as (update participants p set lane = o.lane from own o where p.run_id = $1 and p.customer_id = o.customer_id)
       select customer_id as "customerId", lane::int, ms::bigint::text as "clockOffsetMs" from own, clock`,
      [runId],
    );
    await pool.query(
      `insert into lanes (run_id, lane, stripe_from, stripe_to) select $1, n, 0, 64 from generate_series(0, $2 - 1) n on conflict do nothing`,
      [runId, rows.length],
    );
    return rows.map((row) => ({ ...row, runId, clockOffsetMs: Number(row.clockOffsetMs) }));
  }
}
