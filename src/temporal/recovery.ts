/**
 * What a Temporal has of an installation, and what it is given back: its namespace, its schedules, and the workflows that Postgres names. Starts
 * are signals with start, so whoever was there already goes on, and a recover that was killed is begun again.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import {
  SWEEP_ID,
  deliveryWorkflowId,
  laneWorkflowId,
  payoutWorkflowId,
  runWorkflowId,
  startWorkflowId,
} from '../../workflows/ids.js';
import { withinBound } from './connect.js';
import { TemporalGateway } from './gateway.js';
import { StartAlarms } from './start-alarms.js';

interface Shard {
  name: string;
  shard: number;
}
type Spec = Parameters<StartAlarms['put']>[1];
/** What needs a workflow or a schedule. */
export interface Needed {
  runs: readonly string[];
  campaigns: ReadonlyMap<string, string>;
  lanes: readonly { runId: string; lane: number }[];
  deliveries: readonly Shard[];
  payouts: readonly Shard[];
  alarms: readonly { campaign: string; spec: Spec }[];
  /** 0: no schedule sweeps this installation. */
  sweepSeconds: number;
  clockOffsetMs: number;
}

/** One thing that Temporal lacks; `start` gives it back. */
export interface Lacking {
  kind: 'run' | 'lane' | 'delivery' | 'payout' | 'start' | 'sweep';
  id: string;
  start(): Promise<void>;
}

const NAMESPACE_KNOWN_MS = 30_000;
const LOOK_AGAIN_MS = 100;
/** Closed workflows are looked at by people only; Postgres keeps what happened. */
const RETENTION_MS = 3 * 86_400_000;

export class TemporalRecovery {
  constructor(private readonly client: Client) {}

  /** Makes the namespace where it is not there; true when it had to. Errors: those of the connection; that it is not known everywhere in time. */
  async ensureNamespace(): Promise<boolean> {
    const { namespace } = this.client.options;
    try {
      await withinBound(this.client, () => this.client.workflowService.describeNamespace({ namespace }));
      return false;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    await withinBound(this.client, () =>
      this.client.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: msToTs(RETENTION_MS),
      }),
    );
    const end = performance.now() + NAMESPACE_KNOWN_MS;
    for (;;) {
      try {
        await withinBound(this.client, () => this.ids());
        return true;
      } catch (error) {
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS)); // its parts learn of it one after the other
      }
    }
  }

  /**
   * End every workflow that began before (epoch ms by Temporal's clock): they are ahead of a database that was set back. Returns how many; none is left
   * in sight.
   */
  async endOlder(before: number): Promise<number> {
    const ended = new Set<string>();
    const end = performance.now() + NAMESPACE_KNOWN_MS;
    for (;;) {
      const older = await withinBound(this.client, () => this.olderThan(before));
      if (older.length === 0) return ended.size;
      if (performance.now() > end) throw new Error(`Temporal still shows ${older.length} workflows that were ended`);
      for (const id of older.filter((own) => !ended.has(own))) {
        await withinBound(this.client, () => this.terminate(id));
        ended.add(id);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS)); // what it shows lags behind
    }
  }

  private async olderThan(before: number): Promise<string[]> {
    const ids: string[] = [];
    for await (const { workflowId, startTime } of this.client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
      if (startTime.getTime() < before) ids.push(workflowId);
    return ids;
  }

  private async terminate(id: string): Promise<void> {
    try {
      await this.client.workflow.getHandle(id).terminate('ahead of a database that was set back');
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended by itself
    }
  }

  /** What is needed and not there, in the order in which it is started: queues and lanes before the runs that wait for them, the sweep last. */
  async lacking(needed: Needed): Promise<Lacking[]> {
    const offset = async () => needed.clockOffsetMs;
    const gateway = this.gateway(offset, needed.campaigns);
    const alarms = new StartAlarms(this.client, offset);
    const there = (await this.now()) !== null;
    const [workflows, schedules] = await withinBound(this.client, async () => {
      return there ? [await this.ids(), await this.schedules()] : [new Set<string>(), new Set<string>()];
    });
    const open = (lacking: Lacking) => !workflows.has(lacking.id);
    const all = <T>(items: readonly T[], of: (item: T) => Lacking) => items.map(of).filter(open);
    return [
      ...all(needed.deliveries, ({ name, shard }) => ({
        kind: 'delivery',
        id: deliveryWorkflowId(name, shard),
        start: () => gateway.nudgeDelivery(name, shard),
      })),
      ...all(needed.payouts, ({ name, shard }) => ({
        kind: 'payout',
        id: payoutWorkflowId(name, shard),
        start: () => gateway.nudgePayout(name, shard),
      })),
      ...all(needed.lanes, ({ runId, lane }) => ({
        kind: 'lane',
        id: laneWorkflowId(runId, lane),
        start: () => gateway.nudgeLane(runId, lane),
      })),
      ...all(needed.runs, (runId) => ({
        kind: 'run',
        id: runWorkflowId(runId),
        start: () => gateway.nudgeRun(runId),
      })),
      // under a business epoch there are none: the sweep fires then
      ...(needed.clockOffsetMs === 0 ? needed.alarms : [])
        .map(({ campaign, spec }): Lacking => {
          return { kind: 'start', id: startWorkflowId(campaign), start: () => alarms.put(campaign, spec) };
        })
        .filter(({ id }) => !schedules.has(id)),
      ...(needed.sweepSeconds === 0 || schedules.has(SWEEP_ID)
        ? []
        : [{ kind: 'sweep' as const, id: SWEEP_ID, start: () => gateway.ensureSweep(needed.sweepSeconds) }]),
    ];
  }

  /** Temporal's now, epoch ms; null without a namespace to ask in. */
  async now(): Promise<number | null> {
    const { namespace } = this.client.options;
    try {
      await withinBound(this.client, () => this.client.workflowService.describeNamespace({ namespace }));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    return (await this.gateway(() => Promise.resolve(0)).serverTime()).serverMs;
  }

  private gateway(offsetMs: () => Promise<number>, campaigns: Needed['campaigns'] = new Map()): TemporalGateway {
    return new TemporalGateway(this.client, offsetMs, async (runId) => {
      const campaign = campaigns.get(runId);
      if (campaign === undefined) throw new Error(`invariant: a run ${runId} that nobody needs`);
      return campaign;
    });
  }

  private async ids(): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const { workflowId } of this.client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
      ids.add(workflowId);
    return ids;
  }

  private async schedules(): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const { scheduleId } of this.client.schedule.list()) ids.add(scheduleId);
    return ids;
  }
}

/** gRPC's NOT_FOUND. */
const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 5;
