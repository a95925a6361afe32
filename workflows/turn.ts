/**
 * What every queue-like workflow here shares: business time, a bounded number of turns per history, and what a failed turn does.
 */
import { ActivityFailure, isCancellation, log, sleep, workflowInfo } from '@temporalio/workflow';
import { tellFailing, tellRecovered, type TurnStage } from './sight.js';

/** Turns (activity calls) in one history before it continues as new: some 12 events each, well before 4,096. */
export const TURNS_PER_HISTORY = 200;

/** Business now (law 9): Temporal's time, shifted by the installation's business epoch. */
export function businessNow(clockOffsetMs: number): number {
  return Date.now() + clockOffsetMs;
}

export function historyIsFull(turn: number): boolean {
  return turn >= TURNS_PER_HISTORY || workflowInfo().continueAsNewSuggested;
}

/** 1 s, 2 s, 4 s … 30 s. */
export function backoffMs(failures: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(failures - 1, 5));
}

/**
 * Call one deciding activity. A failure is answered with null, after a back-off, so that the caller goes on with the next step
 * number and a fresh `now`; cancellation passes through.
 */
export async function turn<T>(stage: TurnStage, failures: number, call: () => Promise<T>): Promise<T | null> {
  try {
    const result = await call();
    tellRecovered(failures);
    return result;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    log.warn('a turn failed and will be taken again', { stage, failures: failures + 1 });
    tellFailing(stage, failures + 1, error);
    await sleep(backoffMs(failures + 1));
    return null;
  }
}
