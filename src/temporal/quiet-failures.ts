/**
 * What a history keeps of an activity that failed by a statement: the state and the place, never the database's words, which can quote a row.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Another error is passed on as it is. */
export function quietFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (!SQLSTATE.test(error.code)) return error;
  const failure = ApplicationFailure.retryable(`a statement failed: SQLSTATE ${error.code}`, 'DatabaseError');
  const places = error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')) ?? [];
  failure.stack = [`DatabaseError: ${failure.message}`, ...places].join('\n');
  return failure;
}

export const quietFailures: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        throw quietFailure(error);
      }
    },
  },
});
