/**
 * The demonstration over the API of an installation that is none: it says so, and nothing of it can be broken. What a demonstration does is seen in
 * tests/console/first-run.extended.test.ts.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function demonstrationCases(stack: () => Stack): void {
  describe('an installation that is no demonstration', () => {
    const fault = { fault: 'paid_then_silent', seconds: 60 };

    it('says so to everybody who may ask', async () => {
      const told = await stack().ok('GET', '/v1/demonstration', undefined, { as: 'finance' });
      expect(told).toEqual({ now: expect.any(String), demonstration: null });
    });

    it.each([
      ['faults', fault],
      ['heal', {}],
    ])('refuses %s, and its provider goes on paying', async (what, body) => {
      const reply = await stack().request('POST', `/v1/demonstration/${what}`, body, { as: 'operator' });
      expectProblem(reply, 409, 'conflict');
      const { n } = await stack().one<{ n: string }>(
        `select count(*) as n from audit_log where action like 'demonstration.%'`,
      );
      expect([Number(n), stack().simulator.provider.stats().faults]).toEqual([0, {}]);
    });

    it('names the field of a fault that there is not', async () => {
      for (const [body, pointer] of [
        [{ ...fault, fault: 'on_fire' }, '/fault'],
        [{ ...fault, seconds: 181 }, '/seconds'],
      ] as const) {
        const reply = await stack().request('POST', '/v1/demonstration/faults', body, { as: 'operator' });
        expectProblem(reply, 400, 'invalid');
        expect(reply.body.errors).toEqual([expect.objectContaining({ pointer })]);
      }
    });

    it('lets finance and marketers break nothing', async () => {
      for (const as of ['finance', 'marketer'] as const)
        expectProblem(await stack().request('POST', '/v1/demonstration/faults', fault, { as }), 403, 'forbidden');
    });
  });
}
