/**
 * Uploaded lists as segments: what is counted, what is refused by the row and what as a whole, and that a preview keeps nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { XLSX_TYPE } from '../../src/api/files/table.js';
import type { Reply, Stack } from '../support/stack.js';
import { listBook, longBook } from '../support/workbooks.js';
import { expectProblem, type Fault } from './problems.js';

/** `id,이름` and a row, as Korean Excel writes them. */
const EUC_KR = Buffer.from([
  ...Buffer.from('id,'),
  0xc0,
  0xcc,
  0xb8,
  0xa7,
  ...Buffer.from('\r\nul1,'),
  0xb1,
  0xe8,
  ...Buffer.from('\r\n'),
]);
const LONG_ROWS = 1_000_000;
const longId = (n: number) => `x${n % 900_000}`;
const long = () => Array.from({ length: LONG_ROWS }, (_, n) => longId(n).padEnd(60, '-'));
/** What is collected late counts too, and so do buffers outside of the heap; what is kept is bounded by API_HEAP_MB. */
const GROWTH_MAX_KB = 250_000;
/** The API's heap in this suite: a million rows of 60 characters do not fit into it beside the program, nor the cells of as many. */
export const API_HEAP_MB = 256;

export function uploadCases(stack: () => Stack): void {
  async function upload(
    key: string,
    body: string | Buffer,
    { query = '', type = 'text/csv' }: { query?: string; type?: string } = {},
  ) {
    const response = await fetch(`${stack().api.url}/v1/segments/${key}/upload?name=${key}${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack().keys.marketer}`, 'content-type': type },
      body: new Uint8Array(Buffer.from(body)),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply['body'] };
  }
  const rowsOf = async (table: string) =>
    Number((await stack().one<{ n: string }>(`select count(*) as n from ${table}`)).n);
  const selected = async (key: string) =>
    (await stack().ok('POST', `/v1/segments/${key}/sample`, {})).customers.map((c: { id: string }) => c.id).sort();
  const known = async () => {
    const rows = ['ul1', 'ul2', 'ul3'].map((id) => JSON.stringify({ id })).join('\n');
    await stack().ok('POST', '/v1/customers', rows, { headers: { 'content-type': 'application/x-ndjson' } });
  };
  const LIST =
    '\ufeffwhen,id\r\n2026-01-01,ul1\r\n2026-01-02,ul2\r\n2026-01-02,ul1\r\n2026-01-03,nobody\r\n2026-01-04,bad id\r\nu3\r\n';
  const COUNTS = { rows: 6, matched: 2, duplicates: 1, unmatched: 1, rejected: 2 };

  describe('an uploaded list', () => {
    it('is previewed with every row accounted for, and nothing is kept', async () => {
      await known();
      const { status, body } = await upload('listed', LIST, { query: '&preview=true' });
      expect({ status, body }).toMatchObject({ status: 200, body: { counts: COUNTS, segment: null } });
      expect(body.head).toMatchObject({
        header: ['when', 'id'],
        rows: [{ line: 2, cells: ['2026-01-01', 'ul1'] }, {}, {}, {}, {}, {}],
      });
      expect(body.refused).toEqual([
        { line: 4, reason: 'repeats the id of line 2' },
        { line: 5, reason: 'is not the id of a customer' },
        { line: 6, reason: 'has no id that can be one' },
        { line: 7, reason: 'has 1 cells and the header has 2' },
      ]);
      expect(await rowsOf('segment_uploads')).toBe(0);
      expect((await stack().request('GET', '/v1/segments/listed')).status).toBe(404);
    });

    it('becomes a segment that selects its customers, and gives its refused rows back as a file', async () => {
      const { body } = await upload('listed', LIST);
      expect(body).toMatchObject({ counts: COUNTS, segment: { key: 'listed', version: 1 } });
      expect(await selected('listed')).toEqual(['ul1', 'ul2']);
      expect((await stack().ok('POST', '/v1/segments/listed/count')).count).toBe(2);
      const file = await stack().request('GET', '/v1/segments/listed/uploads/1/refused', undefined, { as: 'marketer' });
      expect(file.headers.get('content-type')).toMatch(/^text\/csv/);
      expect(String(file.body).split('\r\n').slice(0, 2)).toEqual(['line,reason', '4,repeats the id of line 2']);
      expect((await stack().request('GET', '/v1/segments/listed/uploads/2/refused')).status).toBe(404);
    });

    it('is replaced by the next, and named inside other segments', async () => {
      const { body } = await upload('listed', 'id\nul3\n');
      expect(body.segment.version).toBe(2);
      const others = {
        combinator: 'and',
        rules: [
          { field: 'segment', operator: '!=', value: 'listed' },
          { field: 'id', operator: 'beginsWith', value: 'ul' },
        ],
      };
      await stack().ok('PUT', '/v1/segments/not-listed', { name: 'not listed', rule: others }, { as: 'marketer' });
      expect(await selected('not-listed')).toEqual(['ul1', 'ul2']);
    });

    it('may be EUC-KR when it says so, and name the column of its ids', async () => {
      expectProblem(await upload('korean', EUC_KR), 422, 'unprocessable');
      const korean = await upload('korean', EUC_KR, { type: 'text/csv; charset=euc-kr' });
      expect(korean.body.counts).toMatchObject({ rows: 1, matched: 1 });
      const named = await upload('korean', 'member no,id\nul2,x\n', { query: '&column=member%20no' });
      expect(named.body.counts).toMatchObject({ rows: 1, matched: 1 });
    });

    it('is looked at before anybody knows its headers, by its first column', async () => {
      const file = 'number,when\nnobody-1,monday\n';
      const { body } = await upload('looked', file, { query: '&preview=true' });
      expect(body).toMatchObject({
        column: 'number',
        head: { header: ['number', 'when'] },
        counts: { rows: 1, unmatched: 1 },
      });
      const { body: other } = await upload('looked', file, { query: '&preview=true&column=when' });
      expect(other).toMatchObject({ column: 'when', counts: { unmatched: 1 } });
      expectProblem(await upload('looked', file), 422, 'unprocessable', [{ parameter: 'column' }]);
    });

    it('may be a workbook, with the same counts, preview and refused rows', async () => {
      const book = await listBook([
        ['when', 'id'],
        ...['ul1', 'ul2', 'ul1', 'nobody', 'bad id'].map((id) => ['2026-01-01', id]),
        ['2026-01-01', 'ul3', 'more'],
      ]);
      const preview = await upload('book', book, { query: '&preview=true', type: XLSX_TYPE });
      expect(preview).toMatchObject({ status: 200, body: { counts: COUNTS, segment: null } });
      expect(preview.body.head).toMatchObject({ header: ['when', 'id'], rows: { length: 6 } });
      expect((await upload('book', book, { type: XLSX_TYPE })).body).toMatchObject({ counts: COUNTS, head: null });
      expect(await selected('book')).toEqual(['ul1', 'ul2']);
      const file = await stack().request('GET', '/v1/segments/book/uploads/1/refused', undefined, { as: 'marketer' });
      expect(String(file.body).split('\r\n').slice(3, 5)).toEqual([
        '6,has no id that can be one',
        '7,has 3 cells and the header has 2',
      ]);
    });

    it.each<[string, () => Promise<Buffer>]>([
      ['is none', async () => Buffer.from('id\nul1\n')],
      ['is cut short', async () => (await listBook([['id'], ['ul1']])).subarray(0, 900)],
      ['has no such column', () => listBook([['name'], ['ul1']])],
      ['is empty', () => listBook([])],
    ])('as a workbook that %s is refused as a whole, and changes nothing', async (_, make) => {
      expectProblem(await upload('refused', await make(), { type: XLSX_TYPE }), 422, 'unprocessable', [{}]);
      expect((await stack().request('GET', '/v1/segments/refused')).status).toBe(404);
    });

    it.each<[string, string, number, string, Fault[]]>([
      ['nothing at all', '', 422, 'unprocessable', [{ line: 1 }]],
      ['no such column', 'name\nu1\n', 422, 'unprocessable', [{ line: 1, parameter: 'column' }]],
      ['the column twice', 'id,id\nu1,ul1\n', 422, 'unprocessable', [{ line: 1 }]],
      ['an open quote', 'id\n"ul1\n', 422, 'unprocessable', [{}]],
      ['a line without end', `id\n${'x'.repeat(70_000)}\n`, 422, 'unprocessable', [{}]],
    ])('with %s is refused as a whole, and changes nothing', async (_, csv, status, kind, faults) => {
      const before = await rowsOf('segment_uploads');
      expectProblem(await upload('refused', csv), status, kind, faults);
      expect(await rowsOf('segment_uploads')).toBe(before);
      expect((await stack().request('GET', '/v1/segments/refused')).status).toBe(404);
    });

    it('that is long and refused by its first line still gets its answer', async () => {
      const long = `name\n${'x'.repeat(60).concat('\n').repeat(300_000)}`;
      expectProblem(await upload('refused', long), 422, 'unprocessable', [{ line: 1, parameter: 'column' }]);
    });

    it('of another type, or compressed, is not read', async () => {
      expectProblem(await upload('refused', 'id\nu1\n', { type: 'application/zip' }), 415, 'media_type');
    });

    it.each<[string, string, () => Promise<Buffer>]>([
      ['CSV', 'text/csv', async () => Buffer.from(`id\n${long().join('\n')}\nu1\n`)],
      ['a workbook', XLSX_TYPE, () => longBook(LONG_ROWS + 1, (n) => (n === LONG_ROWS ? 'u1' : longId(n)))],
    ])(
      'of a million rows as %s needs no more memory than a short one',
      async (_, type, make) => {
        const peakKb = () =>
          Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${stack().api.pid}/status`, 'utf8'))?.[1]);
        const list = await make();
        // while it was made nobody saw that the server has closed idle connections
        await new Promise((resolve) => setTimeout(resolve, 200));
        await upload('long', 'id\nu1\n');
        writeFileSync(`/proc/${stack().api.pid}/clear_refs`, '5'); // the peak begins again at what is in use now
        const before = peakKb();
        const { body: answer } = await upload('long', list, { type });
        expect(answer.counts).toEqual({
          rows: LONG_ROWS + 1,
          matched: 1,
          duplicates: 100_000,
          unmatched: 900_000,
          rejected: 0,
        });
        expect(answer.refused).toHaveLength(100);
        const growth = peakKb() - before;
        const mb = (kb: number) => Math.round(kb / 1_024);
        process.stderr.write(`a million rows as ${type}: ${mb(before)} MB before, ${mb(growth)} MB more at the peak\n`);
        expect(growth).toBeLessThan(GROWTH_MAX_KB);
      },
      600_000,
    );
  });
}
