/**
 * The engine in a hurry, for tests that kill: heartbeats are missed within 3 s, and histories are so short that continue-as-new is common.
 */
import { breakBuild, type BrokenBuild, type Change } from './broken-build.js';

const ONCE_60_S = "{ scheduleToCloseTimeout: '60 seconds', heartbeatTimeout:";

/** With `more` changes made to it. Errors: ChangeDoesNotFit. */
export function hastyBuild(more: readonly Change[] = []): Promise<BrokenBuild> {
  const proxies = (from: string, to: string) => ({ file: 'workflows/proxies.ts', from, to });
  return breakBuild([
    proxies(`${ONCE_60_S} '5 seconds'`, `${ONCE_60_S} '3 seconds'`),
    proxies("heartbeatTimeout: '15 seconds'", "heartbeatTimeout: '3 seconds'"),
    { file: 'activities/heartbeat.ts', from: 'FIRST_MS = 3_000', to: 'FIRST_MS = 1_000' },
    { file: 'workflows/turn.ts', from: 'TURNS_PER_HISTORY = 200', to: 'TURNS_PER_HISTORY = 3' },
    // a run hears of its lanes' ends alone, which come together: its history is full at the first
    {
      file: 'workflows/campaign-run.workflow.ts',
      from: 'let turns = 0; !historyIsFull(turns); turns += 1) {\n    wake = false;',
      to: 'let turns = 2; !historyIsFull(turns); turns += 1) {\n    wake = false;',
    },
    ...more,
  ]);
}
