/**
 * People and messages without one of their guards: the audit names the law that broke.
 */
import { describe, expect, it } from '@jest/globals';
import { PEOPLE_PROOFS } from './guards-people.js';
import { caught, playProof, PROOF_TIMEOUT_MS } from './proof.js';

describe('the audit of an engine without', () => {
  it.each(PEOPLE_PROOFS)(
    '$guard finds law $law broken: $says',
    async (proof) => {
      const report = await playProof(proof, 'out');
      expect(caught(proof, report)).toBeDefined();
      expect(report.clean).toBe(false);
    },
    PROOF_TIMEOUT_MS,
  );
});
