/**
 * Lists that can be searched: the words in the key or the name, of the newest version, on every page of the answer.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function searchCases(stack: () => Stack): void {
  const keys = async (path: string): Promise<string[]> =>
    (await stack().ok('GET', path)).items.map(({ key }: { key: string }) => key);
  const put = (path: string, content: object, headers: Record<string, string> = { 'if-none-match': '*' }) =>
    stack().ok('PUT', `/v1/${path}`, content, { as: 'marketer', headers });
  const change = (path: string, content: object) => put(path, content, { 'if-match': '*' });
  const asked = (q: string) => encodeURIComponent(q);

  describe('a list that is searched', () => {
    const journey = { start: 'done', nodes: { done: { type: 'exit' } } };
    const campaign = (name: string) => ({ name, purpose: 'information', segment: 'everyone', journey });
    const rule = { combinator: 'and', rules: [{ field: 'attribute.grade', operator: '=', value: 'VIP' }] };

    it('has what has the words in its key or its name, whatever their case', async () => {
      await put('campaigns/searched-a', campaign('가을 Sale 100%'));
      await put('campaigns/searched-b', campaign('겨울'));
      const of = (q: string) => keys(`/v1/campaigns?limit=200&q=${asked(q)}`);
      expect(await of('SEARCHED-')).toEqual(['searched-a', 'searched-b']);
      expect(await of('가을 sale')).toEqual(['searched-a']);
      expect(await of('가을'.normalize('NFD'))).toEqual(['searched-a']); // as some keyboards write it
      expect(await of('100%')).toEqual(['searched-a']);
      expect(await of('1%0')).toEqual([]); // words, no pattern
    });

    it('goes on over its pages', async () => {
      const first = await stack().ok('GET', '/v1/campaigns?limit=1&q=searched-');
      const second = await stack().ok('GET', `/v1/campaigns?limit=1&q=searched-&cursor=${first.next}`);
      expect([first.items, second.items]).toMatchObject([[{ key: 'searched-a' }], [{ key: 'searched-b' }]]);
      expect(second.next).toBeNull();
    });

    it('knows the newest name only', async () => {
      await put('segments/searched', { name: 'searched before', rule });
      await change('segments/searched', { name: 'searched after', rule });
      expect(await keys('/v1/segments?q=searched%20before')).toEqual([]);
      expect(await keys('/v1/segments?q=searched%20after')).toEqual(['searched']);
      const mail = (title: string) => ({ channel: 'email', title, body: 'hello' });
      await put('templates/searched', mail('searched before'));
      await change('templates/searched', mail('searched after'));
      expect(await keys('/v1/templates?q=searched%20before')).toEqual([]);
      expect(await keys('/v1/templates?q=searched%20after')).toEqual(['searched']);
    });

    it('is of runs by their ids and campaigns', async () => {
      const { items } = await stack().ok('GET', '/v1/runs?limit=200');
      const campaigns = [...new Set(items.map(({ campaign: one }: { campaign: string }) => one))] as string[];
      expect(campaigns.length).toBeGreaterThan(1);
      for (const one of campaigns.slice(0, 3)) {
        const wanted = items.filter((run: { id: string; campaign: string }) =>
          `${run.id} ${run.campaign}`.includes(one),
        );
        expect((await stack().ok('GET', `/v1/runs?limit=200&q=${one.toUpperCase()}`)).items).toEqual(wanted);
      }
    });

    it('refuses words that are too long', async () => {
      expectProblem(await stack().request('GET', `/v1/campaigns?q=${'x'.repeat(101)}`), 400, 'invalid', [
        { parameter: 'q' },
      ]);
    });
  });
}
