/**
 * The builds of a Worker Deployment: which one is in force, who works for each, what stays on it, and the moves between them. A workflow stays on the build
 * that began its run and moves as it continues as new (workflows/turn.ts); whoever sleeps is told by the sweep.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { MAIN_QUEUE } from '../../workflows/ids.js';
import type * as workflows from '../../workflows/index.js';
import { withinBound } from './connect.js';
import { inParallel } from './in-parallel.js';

export interface BuildFacts {
  build: string;
  /** When it became the current one last, by Temporal's clock, epoch ms; null: never. */
  currentAt: number | null;
  /** Workers that have asked for workflow tasks lately. */
  pollers: number;
  /** Open workflows that are on it. */
  open: number;
}
export interface DeploymentFacts {
  name: string;
  /** Null: workers without a version. */
  current: string | null;
  ramp: { build: string; percent: number } | null;
  /** What a rollback would make current; null: there is none. */
  former: string | null;
  /** The newest first. */
  builds: BuildFacts[];
  unversioned: { pollers: number; open: number };
}
/** A build that workflows are on, and of which no worker asks for work. */
export interface DesertedBuild {
  build: string;
  /** More of them start on it. */
  inForce: boolean;
  open: number;
  /** Since when the first of the sample has something to do, by Temporal's clock, epoch ms; null: none of them has yet. */
  since: number | null;
  /** Ids of a few of its workflows. */
  sample: string[];
}
/** `unknown`: no worker of that build has ever asked for work; `refused`: in Temporal's words. */
export type Moved = { kind: 'moved' } | { kind: 'unknown' } | { kind: 'refused'; why: string };

interface Routing extends Pick<DeploymentFacts, 'current' | 'ramp' | 'former'> {
  builds: { build: string; currentAt: number | null }[];
}

const WORKFLOWS = 1; // temporal.api.enums.v1.TaskQueueType
/** A poll is held open for a minute; Temporal forgets a poller after five. */
const POLLED_WITHIN_MS = 90_000;
/** Of one round of the sweep. */
const NUDGED_MAX = 500;
const AT_ONCE = 16;
const SAMPLED = 5;
const UNVERSIONED = 'TemporalWorkerDeploymentVersion is null';
const NOT_FOUND = 5;
const REFUSALS = [3, 9]; // INVALID_ARGUMENT, FAILED_PRECONDITION
/** Those that live long; the others end within a minute. */
const LONG_LIVED: readonly (keyof typeof workflows)[] = [
  'campaignRunWorkflow',
  'laneWorkflow',
  'deliveryWorkflow',
  'payoutWorkflow',
];

export class Deployment {
  constructor(
    private readonly client: Client,
    readonly name: string,
  ) {}

  /** `temporalNow`: epoch ms, for who has asked lately. Errors: those of the connection. */
  async look(temporalNow: number): Promise<DeploymentFacts> {
    return await withinBound(this.client, async () => {
      const { builds, ...routing } = await this.routing();
      const polled = await this.pollers(temporalNow);
      const facts: BuildFacts[] = [];
      for (const one of builds)
        facts.push({ ...one, pollers: polled.get(one.build) ?? 0, open: await this.count(this.isOn(one.build)) });
      const open = await this.count(UNVERSIONED);
      return { name: this.name, ...routing, builds: facts, unversioned: { pollers: polled.get('') ?? 0, open } };
    });
  }

  /** As `look`; by the name of the build. */
  async deserted(temporalNow: number): Promise<DesertedBuild[]> {
    const { current, ramp, builds } = await this.look(temporalNow);
    const isInForce = (build: string) => build === current || build === ramp?.build;
    const without = builds.filter(({ pollers, open }) => pollers === 0 && open > 0);
    return await withinBound(this.client, async () => {
      const found: DesertedBuild[] = [];
      for (const { build, open } of without) {
        const sample: string[] = [];
        const tasks: number[] = [];
        for await (const { workflowId, runId } of this.listed(this.isOn(build), SAMPLED)) {
          sample.push(workflowId);
          const { raw } = await this.client.workflow.getHandle(workflowId, runId).describe();
          const scheduled = optionalTsToMs(raw.pendingWorkflowTask?.scheduledTime);
          if (scheduled !== undefined) tasks.push(scheduled);
        }
        const since = tasks.length === 0 ? null : Math.min(...tasks);
        found.push({ build, inForce: isInForce(build), open, since, sample });
      }
      return found;
    });
  }

  async setCurrent(buildId: string): Promise<Moved> {
    return await this.move((at) => this.client.workflowService.setWorkerDeploymentCurrentVersion({ ...at, buildId }));
  }

  /** So many percent of what starts or moves goes to the build; 0 ends a ramp. */
  async ramp(build: string, percentage: number): Promise<Moved> {
    const buildId = percentage === 0 ? '' : build;
    return await this.move((at) =>
      this.client.workflowService.setWorkerDeploymentRampingVersion({ ...at, buildId, percentage }),
    );
  }

  /** End what is on a build that nobody works for any more: Postgres has it all, and the sweep starts what is due on the build in force. Returns how many. */
  async abandon(build: string): Promise<number> {
    let ended = 0;
    await inParallel(AT_ONCE, this.listed(this.isOn(build)), async ({ workflowId, runId }) => {
      const handle = this.client.workflow.getHandle(workflowId, runId);
      if (await there(() => handle.terminate(`nobody works for the build ${build} any more`))) ended += 1;
    });
    return ended;
  }

  /**
   * Who sleeps on a build that is not in force any more, or on none yet, wakes and moves; who could not, for nobody works for his build, is left alone.
   * Returns how many were told.
   */
  async nudgeOnOtherBuilds(temporalNow: number): Promise<number> {
    const { current, ramp, builds } = await this.routing();
    if (builds.length === 0) return 0;
    const others = builds.filter(({ build }) => build !== current && build !== ramp?.build);
    const polled = await this.pollers(temporalNow);
    const asleep = others.filter(({ build }) => polled.has(build)).map(({ build }) => this.isOn(build));
    if (current !== null && polled.has(current)) asleep.push(UNVERSIONED); // their next task goes to the current one
    let told = 0;
    const types = LONG_LIVED.map((type) => `'${type}'`).join(', ');
    for (const query of asleep) {
      const found = this.listed(`${query} and WorkflowType in (${types})`, NUDGED_MAX - told);
      await inParallel(AT_ONCE, found, async ({ workflowId, runId }) => {
        if (await there(() => this.client.workflow.getHandle(workflowId, runId).signal('nudged'))) told += 1;
      });
    }
    return told;
  }

  private async *listed(query: string, most = Infinity): AsyncGenerator<{ workflowId: string; runId: string }> {
    let n = 0;
    for await (const one of this.client.workflow.list({ query: open(query) })) {
      if (n >= most) return;
      n += 1;
      yield one;
    }
  }

  private async count(query: string): Promise<number> {
    return (await this.client.workflow.count(open(query))).count;
  }

  private isOn(build: string): string {
    return `TemporalWorkerDeploymentVersion = '${this.name}:${build}'`;
  }

  private async routing(): Promise<Routing> {
    const { namespace } = this.client.options;
    const asked = this.client.workflowService.describeWorkerDeployment({ namespace, deploymentName: this.name });
    const answer = await asked.catch((error: unknown) => {
      if (codeOf(error) === NOT_FOUND) return null; // nobody of it has asked for work yet
      throw error;
    });
    const config = answer?.workerDeploymentInfo?.routingConfig;
    const current = config?.currentDeploymentVersion?.buildId ?? null;
    const ramping = config?.rampingDeploymentVersion?.buildId;
    const builds = (answer?.workerDeploymentInfo?.versionSummaries ?? [])
      .map((one) => ({
        build: one.deploymentVersion?.buildId ?? '',
        createdAt: optionalTsToMs(one.createTime) ?? 0,
        currentAt: optionalTsToMs(one.lastCurrentTime) ?? null,
      }))
      .sort((a, b) => b.createdAt - a.createdAt);
    const before = builds.filter(({ build, currentAt }) => build !== current && currentAt !== null);
    return {
      current,
      ramp: !ramping ? null : { build: ramping, percent: config?.rampingVersionPercentage ?? 0 },
      former: before.sort((a, b) => (b.currentAt ?? 0) - (a.currentAt ?? 0))[0]?.build ?? null,
      builds: builds.map(({ build, currentAt }) => ({ build, currentAt })),
    };
  }

  /** By build, '' of those without a version. */
  private async pollers(temporalNow: number): Promise<Map<string, number>> {
    const { pollers } = await this.client.workflowService.describeTaskQueue({
      namespace: this.client.options.namespace,
      taskQueue: { name: MAIN_QUEUE },
      taskQueueType: WORKFLOWS,
    });
    const found = new Map<string, number>();
    for (const { deploymentOptions, lastAccessTime } of pollers ?? []) {
      if ((optionalTsToMs(lastAccessTime) ?? 0) < temporalNow - POLLED_WITHIN_MS) continue;
      const build = deploymentOptions?.deploymentName === this.name ? (deploymentOptions.buildId ?? '') : '';
      found.set(build, (found.get(build) ?? 0) + 1);
    }
    return found;
  }

  /** Temporal refuses a build that does not work on all of the queues. */
  private async move(
    call: (at: { namespace: string; deploymentName: string; identity: string }) => Promise<unknown>,
  ): Promise<Moved> {
    const at = { namespace: this.client.options.namespace, deploymentName: this.name, identity: 'pado' };
    try {
      await withinBound(this.client, () => call(at));
      return { kind: 'moved' };
    } catch (error) {
      if (codeOf(error) === NOT_FOUND) return { kind: 'unknown' };
      if (!REFUSALS.includes(codeOf(error) ?? 0)) throw error;
      const { details } = error as { details?: unknown };
      return { kind: 'refused', why: typeof details === 'string' ? details : 'it tells no reason' };
    }
  }
}

const open = (query: string): string => `TaskQueue = '${MAIN_QUEUE}' and ExecutionStatus = 'Running' and ${query}`;

const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

/** False where it has ended by itself. */
async function there(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
