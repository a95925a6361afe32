/**
 * Loaded into a worker or API process by `--import`, before any of ours: names every point at which the process may die (before and after each
 * commit, each call to a gateway or provider, each signal or start, each report to Temporal, continue-as-new among them) and kills the process
 * with SIGKILL at the first one passed of those that PADO_CRASH_AT names, a line each; which one it was is the last line of PADO_CRASH_DIED. Commits are named after the code that asked for the connection, so a new store is found by itself.
 * PADO_CRASH_LIST: a file to which each name is written when it is first passed.
 */
import { appendFileSync } from 'node:fs';
import bridge from '@temporalio/core-bridge';
import temporal from '@temporalio/client';
import protobuf from '@temporalio/proto';
import pg from 'pg';
import undici from 'undici';

const armed = new Set(process.env['PADO_CRASH_AT']?.split('\n'));
const diedFile = process.env['PADO_CRASH_DIED'];
const listFile = process.env['PADO_CRASH_LIST'];
const seen = new Set<string>();

// how a point is reached is told by the stack, whose callers may be many frames up
Error.stackTraceLimit = 40;

function pass(name: string): void {
  if (armed.has(name)) {
    if (diedFile !== undefined) appendFileSync(diedFile, `${name}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  if (listFile === undefined || seen.has(name)) return;
  seen.add(name);
  appendFileSync(listFile, `${name}\n`);
}

type Call = (...args: never[]) => unknown;

/** The points around one asynchronous call; one that fails has no "after". */
async function around<T>(name: string, call: () => Promise<T>): Promise<T> {
  pass(`before ${name}`);
  const result = await call();
  pass(`after ${name}`);
  return result;
}

/** Files that carry out what others have asked for. */
const CARRIERS = new Set(['pool', 'signed-http', 'traced', 'whole-answer']);

/** `file function` of the nearest frame of ours that is not the pool's, such as `delivery.store claim`. */
function site(): string {
  for (const line of new Error().stack?.split('\n') ?? []) {
    const frame = /at (?:async )?(?:(\S+) \()?.*\/(?:src|activities|workflows)\/(?:.*\/)?([\w.-]+)\.js:\d+/.exec(line);
    if (!frame || line.includes('node_modules') || CARRIERS.has(frame[2] ?? '')) continue;
    const method = frame[1]?.split('.').at(-1) ?? '';
    return method === '' || method === '<anonymous>' ? String(frame[2]) : `${frame[2]} ${method}`;
  }
  return 'unknown';
}

function wrap<O extends object>(owner: O, method: keyof O & string, wrapper: (original: Call) => Call): void {
  const original = owner[method] as Call;
  Object.defineProperty(owner, method, { value: wrapper(original), writable: true, configurable: true });
}

interface Marked {
  site?: string;
  inTransaction?: boolean;
}

const WRITES = /^\s*(insert|update|delete|with[\s\S]*\b(insert into|update|delete from)\b)/i;

function nameOfCommit(client: Marked, query: unknown): string | null {
  const text = typeof query === 'string' ? query : (query as { text?: unknown } | null)?.text;
  if (typeof text !== 'string') return null;
  if (text === 'begin') client.inTransaction = true;
  if (text === 'commit' || text === 'rollback') client.inTransaction = false;
  const commits = text === 'commit' || (client.inTransaction !== true && WRITES.test(text));
  return commits ? `commit ${client.site ?? 'unknown'}` : null;
}

type Callback = (error: unknown, ...rest: unknown[]) => void;

wrap(pg.Pool.prototype, 'connect', (original) => {
  return function connect(this: unknown, ...args: never[]) {
    const at = site();
    const [callback] = args as unknown as [Callback?];
    const mark = (client: Marked | undefined) => {
      if (client) Object.assign(client, { site: at, inTransaction: false });
      return client;
    };
    if (!callback) return (Reflect.apply(original, this, []) as Promise<Marked>).then(mark);
    return Reflect.apply(original, this, [
      (error: unknown, client: Marked | undefined, ...rest: unknown[]) => callback(error, mark(client), ...rest),
    ] as never[]);
  };
});

wrap(pg.Client.prototype, 'query', (original) => {
  return function query(this: Marked, ...args: never[]) {
    const name = nameOfCommit(this, args[0]);
    if (name === null) return Reflect.apply(original, this, args);
    pass(`before ${name}`);
    const callback = args.at(-1) as unknown;
    if (typeof callback !== 'function') {
      return (Reflect.apply(original, this, args) as Promise<unknown>).then((result) => {
        pass(`after ${name}`);
        return result;
      });
    }
    const told = (error: unknown, ...rest: unknown[]) => {
      if (!error) pass(`after ${name}`);
      (callback as Callback)(error, ...rest);
    };
    return Reflect.apply(original, this, [...args.slice(0, -1), told as never]);
  };
});

wrap(undici.Pool.prototype, 'dispatch', (original) => {
  return function dispatch(this: unknown, ...args: never[]) {
    const [, handler] = args as unknown as [unknown, { onResponseEnd: (...args: unknown[]) => unknown }];
    const name = `call ${site()}`;
    pass(`before ${name}`);
    const told = handler.onResponseEnd;
    handler.onResponseEnd = (...answer) => {
      pass(`after ${name}`);
      return Reflect.apply(told, handler, answer);
    };
    return Reflect.apply(original, this, args);
  };
});

for (const method of ['signalWithStart', 'start'] as const) {
  wrap(temporal.WorkflowClient.prototype, method, (original) => {
    return function (this: unknown, ...args: never[]) {
      const type = args[0] as unknown;
      return around(`${method} of ${String(type)}`, () => Reflect.apply(original, this, args) as Promise<unknown>);
    };
  });
}

const { coresdk } = protobuf;
/** Types of workflows by run, and of activities by task, as Temporal handed them out. */
const workflowTypes = new Map<string, string>();
const activityTypes = new Map<string, string>();
const native = (bridge as unknown as { native: Record<string, Call> }).native;

function wrapNative(method: string, wrapper: (args: unknown[], original: () => Promise<Buffer>) => Promise<unknown>) {
  wrap(
    native,
    method,
    (original) =>
      (...args) =>
        wrapper(args, () => original(...args) as Promise<Buffer>),
  );
}

wrapNative('workerPollWorkflowActivation', async (_args, poll) => {
  const bytes = await poll();
  const { runId, jobs } = coresdk.workflow_activation.WorkflowActivation.decode(bytes);
  for (const { initializeWorkflow } of jobs ?? []) {
    if (initializeWorkflow?.workflowType) workflowTypes.set(runId ?? '', initializeWorkflow.workflowType);
  }
  return bytes;
});

/** Commands that reach beyond the workflow itself. */
const EFFECTS = new Set([
  'scheduleActivity',
  'startChildWorkflowExecution',
  'signalExternalWorkflowExecution',
  'continueAsNewWorkflowExecution',
  'completeWorkflowExecution',
]);

wrapNative('workerCompleteWorkflowActivation', async (args, complete) => {
  const { runId, successful } = coresdk.workflow_completion.WorkflowActivationCompletion.decodeDelimited(
    args[1] as Buffer,
  );
  const commands = (successful?.commands ?? []) as { variant?: string }[];
  const names = commands
    .flatMap(({ variant }) => (variant !== undefined && EFFECTS.has(variant) ? variant : []))
    .map((effect) => `${effect} of ${workflowTypes.get(runId ?? '') ?? 'a workflow begun elsewhere'}`);
  for (const name of names) pass(`before ${name}`);
  const result = await complete();
  for (const name of names) pass(`after ${name}`);
  return result;
});

wrapNative('workerPollActivityTask', async (_args, poll) => {
  const bytes = await poll();
  const { taskToken, start } = coresdk.activity_task.ActivityTask.decode(bytes);
  if (start?.activityType) activityTypes.set(Buffer.from(taskToken ?? []).toString('base64'), start.activityType);
  return bytes;
});

wrapNative('workerCompleteActivityTask', async (args, complete) => {
  const { taskToken, result } = coresdk.ActivityTaskCompletion.decodeDelimited(args[1] as Buffer);
  const type = activityTypes.get(Buffer.from(taskToken ?? []).toString('base64')) ?? 'unknown';
  return await around(`report of ${result?.completed ? '' : 'failed '}${type}`, complete);
});
