/**
 * Budgets raised, cut and closed over the API: by two persons, once, and nothing is changed by what is refused, whose field is named. `pado ledger budget`
 * does the same.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshState, padoBeside } from '../cli/launcher.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

const PATH = '/v1/budgets/changed';

export function budgetChangeCases(stack: () => Stack): void {
  const krw = (value: unknown, currency = 'KRW') => ({ value, currency });
  const raise = (amount: object, over: object = {}) => ({ kind: 'raise', amount, reason: 'more came', ...over });
  const ask = (body: object, as: 'finance' | 'operator' = 'finance', headers: Record<string, string> = {}) =>
    stack().request('POST', `${PATH}/changes`, body, { as, headers });
  const decide = (no: number, verb: 'approve' | 'refuse', as: 'finance' | 'admin' = 'admin', body?: object) =>
    stack().request('POST', `${PATH}/changes/${no}/${verb}`, body, { as });
  const available = async () => (await stack().ok('GET', PATH, undefined, { as: 'finance' })).available.value;

  describe('changes of budgets', () => {
    const state = freshState();
    beforeAll(async () => {
      await stack().ok('PUT', PATH, { name: 'changed', currency: 'KRW' }, { as: 'finance' });
      const funding = { amount: krw('1000'), reference: 'r-1' };
      await stack().ok('POST', `${PATH}/fundings`, funding, { as: 'finance' });
    });
    afterAll(() => state.remove());

    it('begin with a budget that may be made only, and is left as it is where it is there', async () => {
      const made = (key: string, name: string, tag = '*') =>
        stack().request(
          'PUT',
          `/v1/budgets/${key}`,
          { name, currency: 'KRW' },
          {
            as: 'finance',
            headers: { 'if-none-match': tag },
          },
        );
      expectProblem(await made('changed', 'another name'), 412, 'stale');
      expect(await stack().ok('GET', PATH, undefined, { as: 'finance' })).toMatchObject({ name: 'changed' });
      expect((await made('made-only', 'new')).body).toMatchObject({ key: 'made-only', name: 'new' });
      expectProblem(await made('made-too', 'new', '"1"'), 400, 'invalid', [{ parameter: 'If-None-Match' }]);
    });

    it('are asked for by one person and approved by another, once whatever is repeated', async () => {
      const once = { 'idempotency-key': 'raise-1' };
      const asked = await ask(raise(krw('500')), 'finance', once);
      expect([asked.status, asked.body.state, await available()]).toEqual([202, 'requested', '1000']);
      expect((await ask(raise(krw('500')), 'finance', once)).body).toEqual(asked.body);
      expectProblem(await decide(asked.body.no, 'approve', 'finance'), 403, 'own_work');
      const approved = await decide(asked.body.no, 'approve');
      expect([approved.status, approved.body]).toEqual([
        200,
        {
          ...asked.body,
          state: 'approved',
          decidedBy: expect.any(String),
          decidedAt: expect.any(String),
          transfer: `changed#raise/${asked.body.no}`,
        },
      ]);
      expectProblem(await decide(asked.body.no, 'approve'), 409, 'conflict');
      expect(await available()).toBe('1500');
      const { items } = await stack().ok('GET', `${PATH}/changes`, undefined, { as: 'operator' });
      expect(items).toEqual([approved.body]);
    });

    it.each<[string, object, string]>([
      ['negative', krw('-5'), '/amount/value'],
      ['zero', krw('0'), '/amount/value'],
      ['fractional', krw('0.5'), '/amount/value'],
      ['no text', krw(5), '/amount/value'],
      ['too large', krw('1000000000001'), '/amount/value'],
      ['beyond any number', krw('9'.repeat(40)), '/amount/value'],
      ['no currency', krw('5', 'won'), '/amount/currency'],
    ])('refuse an amount that is %s, and change nothing', async (_, amount, pointer) => {
      for (const kind of ['raise', 'cut'])
        expectProblem(await ask(raise(amount, { kind })), 400, 'invalid', [{ pointer }]);
      expect(await available()).toBe('1500');
    });

    it.each<[string, object, string]>([
      ['in another currency', raise(krw('5', 'USD')), '/amount/currency'],
      ['of more than there is left', raise(krw('1501'), { kind: 'cut' }), '/amount/value'],
    ])('refuse a change %s', async (_, body, pointer) => {
      expectProblem(await ask(body), 422, 'unprocessable', [{ pointer }]);
      expect(await available()).toBe('1500');
    });

    it('refuse one without a reason, of another kind, with an amount for a closing, or by who may not', async () => {
      expectProblem(await ask(raise(krw('5'), { reason: '' })), 400, 'invalid', [{ pointer: '/reason' }]);
      expectProblem(await ask(raise(krw('5'), { kind: 'double' })), 400, 'invalid', [{ pointer: '/kind' }]);
      expectProblem(await ask(raise(krw('5'), { kind: 'close' })), 400, 'invalid');
      expectProblem(await ask(raise(krw('5')), 'operator'), 403, 'forbidden');
      expectProblem(await decide(999_999, 'approve'), 404, 'not_found');
      expectProblem(await stack().request('POST', '/v1/budgets/none/changes', raise(krw('5'))), 404, 'not_found');
    });

    it('close a budget by `pado ledger budget`: what is left over goes back, and no campaign may name it any more', async () => {
      const pado = (as: 'finance' | 'admin', ...args: string[]) =>
        padoBeside(
          { PADO_URL: stack().api.url, PADO_API_KEY: stack().keys[as] },
          state.dir,
          'ledger',
          'budget',
          'changed',
          ...args,
        );
      const asked = await pado('finance', '--close', '--reason', 'the season is over', '--json');
      expect(asked.code).toBe(0);
      const { no } = JSON.parse(asked.stdout.trim().split('\n').at(-1) ?? '') as { no: number };
      expect((await pado('finance', '--approve', String(no))).code).toBe(1);
      expect((await pado('admin', '--approve', String(no))).stdout).toMatch(/close +1500 +approved/);
      expect((await pado('finance')).stdout).toMatch(/changed +KRW +0 +0 +0 +closed 2026-/);
      expect(await available()).toBe('0');
      expectProblem(await ask(raise(krw('5'))), 409, 'conflict');
      const funding = { amount: krw('5'), reference: 'r-2' };
      expectProblem(await stack().request('POST', `${PATH}/fundings`, funding, { as: 'finance' }), 409, 'conflict');
    });
  });
}
