/**
 * Twenty campaigns at once on so many shared customers, under a cap per day and one per week: how fast they are decided and audited, and that
 * nobody is over any cap. At its usual size 400,000 participants.
 */
import { afterEach, describe } from '@jest/globals';
import { bench, type Measured } from '../support/bench.js';
import { CAMPAIGNS, playShared, startShared } from '../support/shared-customers.js';
import type { Stack } from '../support/stack.js';

describe(`${CAMPAIGNS} campaigns on shared customers`, () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('shared-customers', { tiny: 200, usual: 20_000 }, async (shared): Promise<Measured> => {
    stack = await startShared(shared);
    const { decidedMs, settledMs, auditMs, messages } = await playShared(stack, shared);
    return {
      figures: {
        decidedPerSecond: ((CAMPAIGNS * shared) / decidedMs) * 1_000,
        messages,
        settledMs,
        auditMs,
        auditedParticipantsPerSecond: ((CAMPAIGNS * shared) / auditMs) * 1_000,
      },
      ratios: { auditToRun: auditMs / settledMs },
    };
  });
});
