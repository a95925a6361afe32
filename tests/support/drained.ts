/**
 * A limit that nobody gets through: the worker is told to end once somebody waits for it.
 */
import { once } from 'node:events';
import type { MockActivityEnvironment } from '@temporalio/testing';
import type { PayoutPorts } from '../../activities/payout-ports.js';

/** As the activities take it; it lets go of them when they hear that they end, and not before. */
export const endsMeanwhile =
  (environment: MockActivityEnvironment): PayoutPorts['throttle']['take'] =>
  async (_system, _n, ending) => {
    if (ending.aborted) return;
    const ended = once(ending, 'abort');
    environment.cancel('WORKER_SHUTDOWN');
    await ended;
  };
