/**
 * Looks at a run twice a second until it has come to its end, and says what is still open where it does not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PadoClient } from './client.js';
import { isSettled, openOf, stagesBetween, type RunReport, type Stage } from './report.js';

const POLL_MS = 500;
/** A stage at work stays lit for so many looks. */
const LIT_LOOKS = 3;

export interface Seen {
  report: RunReport;
  active: ReadonlySet<Stage>;
  /** Since the first look. */
  seconds: number;
}

export interface FollowOptions {
  run: string;
  signal: AbortSignal;
  /** By `performance.now()`: from then on the run counts as stuck. */
  untilMs: number;
  see(seen: Seen): void;
  /** Whether something outside the run is still to come. */
  isQuiet?(): boolean;
}

/** The run's last report. Errors: the reason of an aborted signal; NotSettled, naming what is open when the time is over. */
export async function follow(client: PadoClient, options: FollowOptions): Promise<RunReport> {
  const begin = performance.now();
  const lit: Set<Stage>[] = [];
  let before: RunReport | null = null;
  for (;;) {
    const report = await client.call<RunReport>('marketer', 'GET', `/v1/runs/${options.run}`);
    lit.unshift(stagesBetween(before, report));
    lit.splice(LIT_LOOKS);
    before = report;
    const nowMs = performance.now();
    const active = new Set(lit.flatMap((stages) => [...stages]));
    options.see({ report, active, seconds: (nowMs - begin) / 1_000 });
    if (isSettled(report) && (options.isQuiet?.() ?? true)) return report;
    if (nowMs > options.untilMs) throw new NotSettled(report);
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
}

export class NotSettled extends Error {
  override readonly name = 'NotSettled';

  constructor(readonly report: RunReport) {
    const open = openOf(report).join(', ') || 'its closing, or answers that nobody took';
    super(`The run ${report.id} did not come to its end in time; open: ${open}.`);
  }
}

/** Wait for the sealer, which comes by a little later; where it does not come in time, the audit says what is open. */
export async function followSealer(
  client: PadoClient,
  options: { signal: AbortSignal; withinMs: number },
): Promise<void> {
  const untilMs = performance.now() + options.withinMs;
  while (performance.now() < untilMs) {
    const head = await client.call<{ unsealed: number }>('finance', 'GET', '/v1/ledger/head');
    if (head.unsealed === 0) return;
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
}
