/**
 * Exclusion lists from files: each way to change a list, what a repeated file changes, and who stands on the list afterwards.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function exclusionUploadCases(stack: () => Stack): void {
  const path = '/v1/exclusion-lists/blocked';
  const upload = (csv: string, query = '', key = 'blocked') =>
    stack().request('POST', `/v1/exclusion-lists/${key}/upload${query}`, csv, {
      as: 'operator',
      headers: { 'content-type': 'text/csv' },
    });
  const standing = async () =>
    (await stack().ok('GET', `${path}/entries`)).items.map(
      ({ customer, validFrom, validTo }: Record<string, string | null>) => [customer, validFrom, validTo],
    );
  const zero = { rows: 0, added: 0, removed: 0, unchanged: 0, duplicates: 0, rejected: 0, unknown: 0 };
  const UNTIL = '2026-06-01T00:00:00.000Z';

  describe('a file of exclusions', () => {
    beforeAll(async () => {
      await stack().ok('PUT', path, { name: 'blocked' }, { as: 'operator' });
      const lines = ['x1', 'x2', 'x3'].map((id) => JSON.stringify({ id })).join('\n');
      await stack().ok('POST', '/v1/customers', lines, { headers: { 'content-type': 'application/x-ndjson' } });
    });

    it('is previewed, then put on the list; strangers too; the same again changes nothing', async () => {
      const csv = '\ufeffid,why\r\nx1,a\r\nx2,b\r\nstranger,c\r\nx1,d\r\n,e\r\n';
      const counts = { ...zero, rows: 5, added: 3, duplicates: 1, rejected: 1, unknown: 1 };
      const refused = [
        { line: 5, reason: 'repeats the id of line 2' },
        { line: 6, reason: 'has no id that can be one' },
      ];
      const preview = await upload(csv, '?preview=true');
      expect(preview.body).toMatchObject({ counts, refused, head: { header: ['id', 'why'] } });
      expect(await standing()).toEqual([]);
      expect((await upload(csv)).body).toEqual({ counts, refused, head: null });
      const everybody = ['stranger', 'x1', 'x2'].map((id) => [id, null, null]);
      expect(await standing()).toEqual(everybody);
      const rowsOf = async () => (await stack().one<{ n: string }>('select count(*) as n from exclusion_entries')).n;
      const before = await rowsOf();
      expect((await upload(csv)).body.counts).toEqual({ ...counts, added: 0, unchanged: 3 });
      expect(await rowsOf()).toBe(before);
    });

    it('gives another validity, takes off, and replaces', async () => {
      expect((await upload('id\nx1\n', `?validTo=${UNTIL}`)).body.counts).toEqual({
        ...zero,
        rows: 1,
        added: 1,
      });
      expect(await standing()).toContainEqual(['x1', null, UNTIL]);
      expect((await upload('id\nx2\nx3\n', '?mode=remove')).body.counts).toEqual({
        ...zero,
        rows: 2,
        removed: 1,
        unchanged: 1,
      });
      expect((await standing()).map(([id]: string[]) => id)).toEqual(['stranger', 'x1']);
      expect((await upload('id\nx1\nx3\n', `?mode=replace&validTo=${UNTIL}`)).body.counts).toEqual({
        ...zero,
        rows: 2,
        added: 1,
        removed: 1,
        unchanged: 1,
      });
      expect(await standing()).toEqual([
        ['x1', null, UNTIL],
        ['x3', null, UNTIL],
      ]);
    });

    it('does not become the list while it has a row that cannot be read, or none: whoever it names would come off', async () => {
      const before = await standing();
      expect(before.length).toBeGreaterThan(0);
      for (const csv of ['id\nx1\nbad id\n', 'id\n'])
        expectProblem(await upload(csv, '?mode=replace'), 422, 'unprocessable', [{ parameter: 'mode' }]);
      expect(await standing()).toEqual(before);
      const { body } = await upload('id\nx1\nbad id\n', '?mode=replace&preview=true');
      expect(body).toMatchObject({ counts: { rejected: 1, removed: 1 }, refused: [{ line: 3 }] });
    });

    it('is refused as a whole where it is no list, or the list has no entries', async () => {
      const before = await standing();
      expectProblem(await upload('name\nx1\n'), 422, 'unprocessable', [{ line: 1, parameter: 'column' }]);
      expectProblem(await upload('id\nx2\n', `?validFrom=${UNTIL}&validTo=${UNTIL}`), 400, 'invalid', [
        { parameter: 'validTo' },
      ]);
      expectProblem(await upload('id\nx2\n', '?mode=swap'), 400, 'invalid', [{ parameter: 'mode' }]);
      expectProblem(await upload('id\nx2\n', '', 'none'), 404, 'not_found');
      const rule = { combinator: 'and', rules: [{ field: 'id', operator: '=', value: 'x1' }] };
      await stack().ok('PUT', '/v1/segments/one-of-them', { name: 'one', rule });
      await stack().ok(
        'PUT',
        '/v1/exclusion-lists/ruled',
        { name: 'ruled', segment: 'one-of-them' },
        { as: 'operator' },
      );
      expectProblem(await upload('id\nx2\n', '', 'ruled'), 409, 'conflict');
      expect(await standing()).toEqual(before);
    });
  });
}
