/**
 * The audit log as it is read: pages, filters, and each line with its seal.
 */
import { describe, expect, it } from '@jest/globals';
import { AuditLogSealsStore } from '../../src/storage/audit-log-seals.store.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function auditLogCases(stack: () => Stack): void {
  const read = (query: string) => stack().ok('GET', `/v1/audit-log?${query}`, undefined, { as: 'finance' });

  describe('the audit log', () => {
    it('tells who did what, why, before and after, the newest first, each with its seal', async () => {
      for (const name of ['first', 'second'])
        await stack().ok('PUT', '/v1/budgets/logged', { name, currency: 'KRW' }, { as: 'finance' });
      const [second] = (await read('subject=budget/logged&limit=1')).items;
      expect(second).toMatchObject({ action: 'budget.put', subject: 'budget/logged', reason: null, seal: null });
      expect(second).toMatchObject({ before: { name: 'first' }, after: { name: 'second' } });
      while ((await new AuditLogSealsStore(stack().pool).sealBatch()).more);
      const head = await stack().ok('GET', '/v1/audit-log/head', undefined, { as: 'operator' });
      expect(head).toMatchObject({ no: head.no, unsealed: 0, sealedAt: expect.any(String) });
      const [sealed] = (await read('limit=1')).items;
      expect(sealed).toEqual({ ...second, seal: { no: head.no, hash: head.hash } });
      const { id } = await stack().one<{ id: string }>(`select id from api_keys where role = 'finance'`);
      expect(sealed.actor).toBe(id);
    });

    it('is read page by page, and by what is asked', async () => {
      const all = (await read('limit=200')).items as { no: number; action: string; actor: string; at: string }[];
      const pages: number[] = [];
      for (let cursor = ''; ;) {
        const { items, next } = await read(`limit=3${cursor}`);
        pages.push(...items.map(({ no }: { no: number }) => no));
        if (next === null) break;
        cursor = `&cursor=${next}`;
      }
      expect(pages.slice(0, all.length)).toEqual(all.map(({ no }) => no));
      const budgets = all.filter(({ action }) => action.startsWith('budget.')).map(({ no }) => no);
      const found = async (query: string) => (await read(query)).items.map(({ no }: { no: number }) => no);
      expect(await found('action=budget&limit=200')).toEqual(budgets);
      expect(await found(`actor=nobody`)).toEqual([]);
      const { at } = all[0] as { at: string };
      expect(await found(`to=${at}&limit=1`)).not.toContain(all[0]?.no);
      expect(await found(`from=${at}`)).toContain(all[0]?.no);
    });

    it('refuses what it cannot read, by name', async () => {
      const ask = (query: string, as: 'finance' | 'marketer' = 'finance') =>
        stack().request('GET', `/v1/audit-log?${query}`, undefined, { as });
      for (const [query, parameter] of [
        ['cursor=eHg', 'cursor'],
        ['from=yesterday', 'from'],
        ['actor=', 'actor'],
        ['limit=0', 'limit'],
      ])
        expectProblem(await ask(query ?? ''), 400, 'invalid', [{ parameter: parameter ?? '' }]);
      expect((await ask('', 'marketer')).status).toBe(403);
    });
  });
}
