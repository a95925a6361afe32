/**
 * How long rows are kept, at the edge: only an admin sets it, with the reason, and nothing below its floor.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function retentionCases(stack: () => Stack): void {
  const put = (kind: string, body: object, as: 'admin' | 'finance' = 'admin') =>
    stack().request('PUT', `/v1/retention/${kind}`, body, { as });
  const said = { days: 400, reason: 'the archive has it' };

  describe('how long rows are kept', () => {
    it('is for ever until an admin says otherwise, who may say so again', async () => {
      const kinds = async () => (await stack().ok('GET', '/v1/retention')).policies;
      expect((await kinds())[1]).toMatchObject({ kind: 'events', version: 0, days: null, floorDays: 93, removed: 0 });
      expect((await put('events', said)).body).toMatchObject({
        kind: 'events',
        version: 1,
        days: 400,
        reason: said.reason,
      });
      expect((await put('events', said)).body.version).toBe(1);
      expect((await put('events', { ...said, days: null })).body).toMatchObject({ version: 2, days: null });
      expect((await kinds())[1]).toMatchObject({ version: 2, days: null });
    });

    it.each([
      ['runs', { ...said, days: 92 }, '/days'],
      ['requests', { ...said, days: 6 }, '/days'],
      ['events', { ...said, days: 1.5 }, '/days'],
      ['events', { ...said, days: 40_000 }, '/days'],
      ['events', { days: 400 }, '/reason'],
      ['events', { ...said, reason: ' ' }, '/reason'],
      ['events', { reason: 'r' }, '/days'],
    ])('refuses %s: %j', async (kind, body, pointer) => {
      expectProblem(await put(kind, body), 400, 'invalid', [{ pointer }]);
    });

    it('has kinds of its own, and is an admin’s', async () => {
      expect((await put('ledger', said)).status).toBe(400); // never
      expect((await put('events', said, 'finance')).status).toBe(403);
    });
  });
}
