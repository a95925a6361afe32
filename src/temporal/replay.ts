/**
 * Histories replayed on workflow code: which ones it would break. Of a history nothing is told but its id, its type and what the code does differently;
 * what workflows carry is not.
 */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { Runtime, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { MAIN_QUEUE } from '../../workflows/ids.js';
import { ahead } from './in-parallel.js';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

export interface Replayed {
  workflowId: string;
  type: string;
  /** Null: the code goes on with it. */
  error: Error | null;
}
/** An open workflow, its history as of now. */
interface Open {
  workflowId: string;
  history: History;
}

const FETCHED_AHEAD = 8;
/** temporal.api.enums.v1.VersioningBehavior */
const PINNED = 1;
const REASON_MAX = 300;

/** One after the other, in their order; an answer comes before the next history is asked for. Errors: those of reading them. */
export async function* replayHistories(
  workflowBundle: WorkflowBundleOption,
  histories: AsyncIterable<Open> | Iterable<Open>,
): AsyncGenerator<Replayed> {
  quiet();
  const types: string[] = [];
  const noted = async function* () {
    for await (const one of histories) {
      types.push(typeOf(one.history));
      yield one;
    }
  };
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle, reuseV8Context: true },
    noted(),
  ))
    yield { workflowId, type: types.shift() ?? 'unknown', error: error ?? null };
}

/**
 * Those of every open workflow of ours in a namespace, a few at a time. One that stays on a build of its own never meets other code: of it the build is told
 * instead. Errors: those of the connection.
 */
export async function* openHistories(client: Client, stays: (build: string) => void): AsyncGenerator<Open> {
  const open = client.workflow.list({ query: `TaskQueue = '${MAIN_QUEUE}' and ExecutionStatus = 'Running'` });
  const fetched = ahead(FETCHED_AHEAD, open, async ({ workflowId, runId }) => {
    try {
      return { workflowId, history: await client.workflow.getHandle(workflowId, runId).fetchHistory() };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null; // over, and forgotten already
      throw error;
    }
  });
  for await (const one of fetched) {
    const build = one && buildOf(one.history);
    if (build) stays(build);
    else if (one) yield one;
  }
}

/** What the SDK found, without what it quotes of commands and payloads. */
export function reasonOf(error: Error): string {
  const told = /Nondeterminism error: ([^{\n]*)/.exec(error.message)?.[1];
  return told === undefined ? `the workflow fails (${error.name})` : told.trim().slice(0, REASON_MAX);
}

const typeOf = (history: History): string =>
  history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name || 'unknown';

/** Of the build that a workflow is pinned to, as of its last task. */
function buildOf(history: History): string | null {
  const last = history.events?.findLast((event) => event.workflowTaskCompletedEventAttributes);
  const { versioningBehavior, deploymentVersion } = last?.workflowTaskCompletedEventAttributes ?? {};
  return Number(versioningBehavior) === PINNED ? (deploymentVersion?.buildId ?? null) : null;
}

let quieted = false;

/** What does not fit is told by us, once; Temporal Core would fill the terminal with it. */
function quiet(): void {
  if (quieted) return;
  quieted = true;
  const nothing = () => undefined;
  Runtime.install({
    logger: { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing },
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
}
