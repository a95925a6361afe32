/**
 * Every scenario of the proofs with its guard in place: the audit is clean, so it was the guard that made the difference. And a guard that
 * cannot be taken out any more, because the source has changed, is told.
 */
import { describe, expect, it } from '@jest/globals';
import { breakBuild, changed, ChangeDoesNotFit } from '../support/broken-build.js';
import { MONEY } from './guards-money.js';
import { PEOPLE_PROOFS } from './guards-people.js';
import { assertClean, playProof, PROOF_TIMEOUT_MS } from './proof.js';

describe('with its guard in place', () => {
  it.each([...MONEY, ...PEOPLE_PROOFS])(
    '$guard: the audit is clean',
    async (proof) => {
      assertClean(await playProof(proof, 'in'));
    },
    PROOF_TIMEOUT_MS,
  );

  it('a change that does not fit exactly once is refused', async () => {
    const change = { file: 'src/storage/advisory.ts', from: 'not there', to: '' };
    await expect(breakBuild([change])).rejects.toThrow(ChangeDoesNotFit);
    expect(() => changed('a a', { ...change, from: 'a' })).toThrow('2 times');
    expect(changed('a b', { ...change, from: 'a', to: '$1' })).toBe('$1 b');
  });
});
