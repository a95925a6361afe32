/**
 * What tells an operator in Temporal's own UI and CLI that an open workflow needs somebody: `PadoAttention`, a class of domain/attention, and
 * `PadoFailure`, of which kind. Only of what was started with them: a server that does not know an attribute fails the task that sets it.
 */
import { ApplicationFailure, TimeoutFailure, defineSearchAttributeKey, type ActivityFailure } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { AttentionCode } from '../src/domain/attention/classes.js';
import { NO_ATTENTION } from './ids.js';

const ATTENTION = defineSearchAttributeKey('PadoAttention', 'KEYWORD');
const FAILURE = defineSearchAttributeKey('PadoFailure', 'KEYWORD');

/** Turns that failed one after the other, some 15 s of back-off: no hiccup any more. */
const FAILURES_TOLD = 4;
const OVERDUE = {
  run: 'run_overdue',
  lane: 'lane_overdue',
  delivery: 'message_overdue',
  payout: 'payout_overdue',
} as const;
export type TurnStage = keyof typeof OVERDUE;

/** Undefined where the server knew no attributes at the start. */
const told = (): string | undefined => workflowInfo().typedSearchAttributes.get(ATTENTION);

/** Whether a workflow that needs somebody can say so, and therefore stays open as long as it does. */
export const canTell = (): boolean => told() !== undefined;

function tell(attention: AttentionCode | null, failure: string | null): void {
  if (!canTell()) return;
  upsertSearchAttributes([
    { key: ATTENTION, value: attention ?? NO_ATTENTION },
    { key: FAILURE, value: failure },
  ]);
}

/** A turn has failed, so many in a row. Told again where one of another kind went well meanwhile, and took the word back. */
export function tellFailing(stage: TurnStage, failures: number, error: ActivityFailure): void {
  const wasTakenBack = failures > FAILURES_TOLD && told() === NO_ATTENTION;
  if (failures === FAILURES_TOLD || wasTakenBack) tell(OVERDUE[stage], failureClass(error));
}

/** A turn went well after so many that failed. */
export function tellRecovered(failures: number): void {
  if (failures >= FAILURES_TOLD) tell(null, null);
}

/** A queue that an undocumented answer has stopped, or that goes on. */
export function tellStopped(stopped: boolean): void {
  if (stopped !== (told() === 'queue_stopped'))
    tell(stopped ? 'queue_stopped' : null, stopped ? 'undocumented_answer' : null);
}

/** Such as `timeout/HEARTBEAT`, `DatabaseError/57014` or the error's name: a kind, never its words. */
function failureClass({ cause }: ActivityFailure): string {
  if (cause instanceof TimeoutFailure) return `timeout/${cause.timeoutType}`;
  if (!(cause instanceof ApplicationFailure)) return cause?.name ?? 'unknown';
  const [, state] = /SQLSTATE ([0-9A-Z]{5})/.exec(cause.message) ?? [];
  return [cause.type ?? 'unknown', ...(state ? [state] : [])].join('/');
}
