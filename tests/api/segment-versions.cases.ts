/**
 * Versions of segments at the edge: put over what the author has seen and nothing newer, all of them kept, and named by whatever uses them.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function segmentVersionCases(stack: () => Stack): void {
  const group = (...rules: object[]) => ({ combinator: 'and', rules });
  const everybody = group({ field: 'id', operator: 'notNull' });

  describe('a segment of several versions', () => {
    it('is put over the version that its author has seen, and over nothing newer', async () => {
      const write = (name: string, headers: Record<string, string>) =>
        stack().request('PUT', '/v1/segments/seen', { name, rule: everybody }, { as: 'marketer', headers });
      expectProblem(await write('a', { 'if-match': '"1"' }), 412, 'stale');
      const first = await write('a', { 'if-none-match': '*' });
      expect([first.status, first.headers.get('etag')]).toEqual([200, '"1"']);
      expectProblem(await write('b', { 'if-none-match': '*' }), 412, 'stale');
      expect((await write('b', { 'if-match': '"1"' })).body.version).toBe(2);
      expectProblem(await write('c', { 'if-match': '"1"' }), 412, 'stale');
      expect((await stack().request('GET', '/v1/segments/seen')).headers.get('etag')).toBe('"2"');
      const list = (headers: Record<string, string>) =>
        stack().request('POST', '/v1/segments/seen/upload?name=listed', 'id\n', {
          as: 'marketer',
          headers: { ...headers, 'content-type': 'text/csv' },
        });
      expectProblem(await list({ 'if-none-match': '*' }), 412, 'stale');
      expectProblem(await list({ 'if-match': '"1"' }), 412, 'stale');
      expect((await list({ 'if-match': '"2"' })).body.segment.version).toBe(3);
    });

    it('has all its versions, with what became of an upload, and names what uses it', async () => {
      const rule = group({ field: 'id', operator: '=', value: 'kept-1' });
      await stack().ok('POST', '/v1/customers', JSON.stringify({ id: 'kept-1' }), {
        headers: { 'content-type': 'application/x-ndjson' },
      });
      await stack().ok('PUT', '/v1/segments/kept', { name: 'kept', rule });
      const csv = { headers: { 'content-type': 'text/csv' } };
      await stack().ok('POST', '/v1/segments/kept/upload?name=listed', 'id\nkept-1\nnobody\n', csv);
      await stack().ok('PUT', '/v1/segments/around', {
        name: 'around',
        rule: group(
          { field: 'segment', operator: 'in', value: ['kept'] },
          { field: 'segment', operator: '!=', value: 'seen' },
        ),
      });
      await stack().ok(
        'PUT',
        '/v1/exclusion-lists/ruled-by-kept',
        { name: 'ruled', segment: 'kept' },
        { as: 'operator' },
      );
      for (const key of ['by-audience', 'by-label', 'by-branch']) {
        const draft = {
          key,
          name: key,
          purpose: 'information',
          segment: key === 'by-audience' ? 'kept' : 'seen',
          labels: key === 'by-label' ? [{ name: 'kept', segment: 'kept' }] : [],
          journey: {
            start: 'asks',
            nodes: {
              asks: { type: 'branch', on: { segment: key === 'by-branch' ? 'kept' : 'seen' }, yes: 'out', no: 'out' },
              out: { type: 'exit' },
            },
          },
        };
        await stack().ok('PUT', `/v1/campaigns/${key}`, draft, { as: 'marketer', headers: { 'if-none-match': '*' } });
      }
      const used = {
        campaigns: ['by-audience', 'by-branch', 'by-label'],
        segments: ['around'],
        exclusionLists: ['ruled-by-kept'],
      };
      const upload = { rows: 2, matched: 1, duplicates: 0, unmatched: 1, rejected: 0 };
      expect(await stack().ok('GET', '/v1/segments/kept')).toMatchObject({ version: 2, upload, usedBy: used });
      const { items } = await stack().ok('GET', '/v1/segments?limit=200');
      expect(items.find(({ key }: { key: string }) => key === 'kept')).toMatchObject({
        version: 2,
        upload,
        usedBy: used,
      });
      expect(items.find(({ key }: { key: string }) => key === 'around').usedBy.campaigns).toEqual([]);
      const newest = await stack().ok('GET', '/v1/segments/kept/versions?limit=1');
      expect(newest.items).toMatchObject([{ version: 2, name: 'listed', upload }]);
      const before = await stack().ok('GET', `/v1/segments/kept/versions?cursor=${newest.next}`);
      expect(before).toMatchObject({ items: [{ version: 1, name: 'kept', rule, upload: null }], next: null });
      expectProblem(await stack().request('GET', '/v1/segments/nowhere/versions'), 404, 'not_found');
      // a campaign that has ended names nothing any more
      await stack().ok('POST', '/v1/campaigns/by-label/end', { reason: 'over' }, { as: 'marketer' });
      expect((await stack().ok('GET', '/v1/segments/kept')).usedBy.campaigns).toEqual(['by-audience', 'by-branch']);
    });
  });
}
