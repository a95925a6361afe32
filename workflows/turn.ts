/**
 * What every queue-like workflow here shares: business time, a bounded number of turns per history, and what a failed turn does.
 */
import {
  ActivityFailure,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  sleep,
  workflowInfo,
  type Workflow,
} from '@temporalio/workflow';
import { tellFailing, tellRecovered, type TurnStage } from './sight.js';

/** Turns (activity calls) in one history before it continues as new: some 12 events each, well before 4,096. */
export const TURNS_PER_HISTORY = 200;

/** Business now (law 9): Temporal's time, shifted by the installation's business epoch. */
export function businessNow(clockOffsetMs: number): number {
  return Date.now() + clockOffsetMs;
}

/**
 * Or another build is to go on: a run stays on the build that began it, and moves to the one in force as it continues as new. Never before its first
 * turn, so that whoever is not moved, for a person has pinned him, works all the same.
 */
export function historyIsFull(turn: number): boolean {
  const { continueAsNewSuggested, targetWorkerDeploymentVersionChanged } = workflowInfo();
  return turn >= TURNS_PER_HISTORY || continueAsNewSuggested || (turn > 0 && targetWorkerDeploymentVersionChanged);
}

/** On the build that is in force then; without a deployment, on whoever asks for work. */
export function goOnAsNew<F extends Workflow>(...input: Parameters<F>): Promise<never> {
  return makeContinueAsNewFunc<F>({ initialVersioningBehavior: 'AUTO_UPGRADE' })(...input);
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
