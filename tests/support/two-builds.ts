/**
 * Two builds of the engine, the second of which asks Temporal for one thing more at the beginning of every long-lived workflow: it works, and breaks the
 * histories of the first. And which build did what, as histories tell it.
 */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { BrokenBuild, Change } from './broken-build.js';
import { operatorCalls } from './cli.js';
import { hastyBuild } from './hasty-build.js';
import type { Stack } from './stack.js';

const { EventType } = temporal.api.enums.v1;

const more = (file: string, imports: string, before: string): Change[] => [
  { file, from: `import { ${imports}`, to: `import { sleep as oneMore, ${imports}` },
  { file, from: before, to: `await oneMore(1);\n  ${before}` },
];

export const oneBuild = (): Promise<BrokenBuild> => hastyBuild();
export const otherBuild = (): Promise<BrokenBuild> =>
  hastyBuild([
    ...more('workflows/campaign-run.workflow.ts', 'ParentClosePolicy', 'const frozen = await freeze('),
    ...more('workflows/lane.workflow.ts', 'condition', 'for (let turns = 0;'),
    ...more('workflows/queue.ts', 'condition', 'for (let turns = 0;'),
  ]);

export interface Replay {
  code: number | null;
  told: string;
  fine: number;
  breaks: { workflow: string; type: string; reason: string }[];
  staying: Record<string, number>;
}

/** `pado replay --open` of a build, as whoever is about to deploy it calls it. */
export async function replayOpen(stack: Stack, build: BrokenBuild): Promise<Replay> {
  const { code, stdout, stderr } = await operatorCalls(stack, ['replay', '--open', '--json'], build.folder);
  const answer = JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as Omit<Replay, 'code' | 'told'>;
  return { code, told: stderr, ...answer };
}

/** Per workflow id, run by run in their order: the builds that completed the run's workflow tasks, each once; '' is a worker without a version. */
export async function buildsByRun(client: Client): Promise<Map<string, string[][]>> {
  const runs: { workflowId: string; runId: string; startTime: Date }[] = [];
  for await (const run of client.workflow.list()) if (run.workflowId.includes('/')) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const found = new Map<string, string[][]>();
  for (const { workflowId, runId } of runs) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const builds = (events ?? [])
      .filter(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
      .map((event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? '');
    found.set(workflowId, [...(found.get(workflowId) ?? []), [...new Set(builds)]]);
  }
  return found;
}
