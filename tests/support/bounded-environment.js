/**
 * The environment of every suite: Node's, with an end for a suite that hangs. Jest's own limits are timers of the process that runs the suite, for its tests
 * and hooks alone; neither a call that blocks this process (a command that is waited for) nor an import that never ends is seen by them. A thread beside it
 * tells which suite it was and what that had started, and ends the process: the suite fails, and the others go on in others.
 */
import { Worker } from 'node:worker_threads';
import { TestEnvironment } from 'jest-environment-node';

/** An end for what hangs, not a bound on what is slow: the longest suite takes 8 minutes in a whole run. */
const END_MS = Number(process.env.PADO_SUITE_END_MS ?? 20 * 60_000);
/** A benchmark at its size has an end of its own. */
const HAS_END = process.env.PADO_BENCH_OUT === undefined;

const WATCH = `
const { spawnSync } = require('node:child_process');
const { writeSync } = require('node:fs');
const { parentPort } = require('node:worker_threads');
let timer;
parentPort.on('message', (suite) => {
  clearTimeout(timer);
  if (suite !== null) timer = setTimeout(() => end(suite), ${END_MS});
});
function end(suite) {
  const { stdout } = spawnSync('ps', ['-o', 'pid,etime,args', '--ppid', String(process.pid)], { encoding: 'utf8', timeout: 10_000 });
  try {
    writeSync(2, suite + ' has not ended after ${END_MS} ms and is killed; it had started\\n' + (stdout ?? ''));
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}`;

/** One for the process, whose suites come one after the other; nothing waits for it. */
let watch;

function watching(suite) {
  watch ??= new Worker(WATCH, { eval: true });
  watch.unref();
  watch.postMessage(suite, []);
}

export default class BoundedEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.suite = context.testPath;
  }

  async setup() {
    if (HAS_END) watching(this.suite);
    await super.setup();
  }

  async teardown() {
    await super.teardown();
    if (HAS_END) watching(null);
  }
}
