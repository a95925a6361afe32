/**
 * Recorded workflow histories: fetched from a running Temporal, kept as JSON in tests/replay/histories/<workflow>.<situation>.json.gz,
 * and replayed against workflow code. They hold ids and counts only, like the workflows themselves.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { replayHistories } from '../../src/temporal/replay.js';
import { ROOT } from './sources.js';

const FOLDER = join(ROOT, 'tests/replay/histories');
const SUFFIX = '.json.gz';

export const WORKFLOWS = ['campaign-run', 'lane', 'delivery', 'payout'] as const;
/** `held`: stopped by a pause or a switch; `retried`: an activity failed in between; `continued`: ended by continue-as-new. */
export const SITUATIONS = ['happy', 'held', 'retried', 'continued'] as const;
export type HistoryName = `${(typeof WORKFLOWS)[number]}.${(typeof SITUATIONS)[number]}`;
export const HISTORY_NAMES: HistoryName[] = WORKFLOWS.flatMap((workflow) =>
  SITUATIONS.map((situation): HistoryName => `${workflow}.${situation}`),
);

// `historyToJSON` of @temporalio/common fails where npm keeps several copies of protobufjs; the messages themselves know how.
const { History: HistoryMessage } = proto.temporal.api.history.v1;
export type History = proto.temporal.api.history.v1.IHistory;

/** The history of one run of a workflow; without `runId` the newest. */
export async function fetchHistory(client: Client, workflowId: string, runId?: string): Promise<History> {
  return await client.workflow.getHandle(workflowId, runId).fetchHistory();
}

type EventName = keyof typeof proto.temporal.api.enums.v1.EventType;

/** Whether the history has an event of this type, its name without `EVENT_TYPE_`. */
export function hasEvent(history: History, type: EventName extends `EVENT_TYPE_${infer Name}` ? Name : never): boolean {
  const wanted = proto.temporal.api.enums.v1.EventType[`EVENT_TYPE_${type}`];
  return (history.events ?? []).some(({ eventType }) => eventType === wanted);
}

/** Run ids of a workflow id, oldest first. */
export async function runIds(client: Client, workflowId: string): Promise<string[]> {
  const found: { runId: string; startTime: Date }[] = [];
  for await (const run of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) found.push(run);
  return found.sort((a, b) => a.startTime.getTime() - b.startTime.getTime()).map(({ runId }) => runId);
}

export function saveHistory(name: HistoryName, history: History): void {
  mkdirSync(FOLDER, { recursive: true });
  const plain = HistoryMessage.toObject(HistoryMessage.fromObject(history), {
    enums: String,
    longs: String,
    bytes: String,
  });
  writeFileSync(join(FOLDER, name + SUFFIX), gzipSync(JSON.stringify(plain, withoutMachine), { level: 9 }));
}

/** Every recorded history; also those of later issues, whatever their names. */
export function recordedNames(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/** Replay needs neither the recording machine's name nor its paths. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return undefined;
  return key === 'identity' ? 'recorded' : value;
}

/** The recorded JSON. */
export function historyText(name: string): string {
  return gunzipSync(readFileSync(join(FOLDER, name + SUFFIX))).toString('utf8');
}

export const loadHistory = (name: string): History => HistoryMessage.fromObject(JSON.parse(historyText(name)));

/** The workflow code as it stands, or as `change` leaves a copy of it. */
export async function bundleWorkflows(change?: (file: string, text: string) => string): Promise<WorkflowBundle> {
  if (!change) return await bundle(join(ROOT, 'workflows/index.ts'));
  mkdirSync(join(ROOT, '.pado'), { recursive: true });
  const copy = mkdtempSync(join(ROOT, '.pado/changed-workflows-'));
  try {
    await cp(join(ROOT, 'workflows'), join(copy, 'workflows'), { recursive: true });
    await cp(join(ROOT, 'activities'), join(copy, 'activities'), { recursive: true });
    await cp(join(ROOT, 'src/domain'), join(copy, 'src/domain'), { recursive: true });
    for (const file of readdirSync(join(copy, 'workflows'))) {
      const path = join(copy, 'workflows', file);
      writeFileSync(path, change(file, readFileSync(path, 'utf8')));
    }
    return await bundle(join(copy, 'workflows/index.ts'));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function bundle(workflowsPath: string): Promise<WorkflowBundle> {
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  return await bundleWorkflowCode({ workflowsPath, logger: silent });
}

/** Replay: what each history says, null where it fits the code. */
export async function replay(
  workflowBundle: WorkflowBundle,
  histories: { name: string; history: History }[],
): Promise<{ name: string; error: Error | null }[]> {
  const results = [];
  // a workflow's id is part of what it may read: it replays under its own
  const input = histories.map(({ history }) => ({ workflowId: workflowIdOf(history), history }));
  for await (const { error } of replayHistories(workflowBundle, input))
    results.push({ name: histories[results.length]?.name ?? '', error });
  return results;
}

function workflowIdOf(history: History): string {
  return history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? 'unknown';
}
