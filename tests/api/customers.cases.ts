/**
 * Customer files: all rows or none, every fault with its line and field, and the encodings that a bank's files come in.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { XLSX_TYPE } from '../../src/api/files/table.js';
import { bookParts, zipped } from '../support/workbooks.js';
import { expectProblem, type Fault } from './problems.js';

/** `id,attribute.name` and one row `k1,김민지` in EUC-KR. */
const EUC_KR = Buffer.concat([
  Buffer.from('id,attribute.name\nk1,'),
  Buffer.from([0xb1, 0xe8, 0xb9, 0xce, 0xc1, 0xf6]),
  Buffer.from('\n'),
]);

export function customerCases(stack: () => Stack): void {
  const ndjson = (...rows: unknown[]) =>
    rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
  const send = (body: string, type = 'application/x-ndjson') =>
    stack().request('POST', '/v1/customers', body, { headers: { 'content-type': type } });
  const count = async () => Number((await stack().one<{ n: string }>('select count(*) as n from customers')).n);

  describe('a customer file', () => {
    it.each<[string, unknown, Fault]>([
      ['text that is not JSON', '{"id": "b2"', { line: 2, pointer: '' }],
      [
        'JSON that is nested without end',
        `{"id": "b2", "attributes": {"a": ${'['.repeat(9_000)}${']'.repeat(9_000)}}}`,
        { line: 2, pointer: '', detail: 'is more than 64 deep' },
      ],
      ['an id with a space', { id: 'b 2' }, { line: 2, pointer: '/id' }],
      ['an unknown status', { id: 'b2', status: 'gone' }, { line: 2, pointer: '/status' }],
      ['an unknown zone', { id: 'b2', zone: 'Seoul' }, { line: 2, pointer: '/zone' }],
      ['a consent of no channel', { id: 'b2', consents: { 'fax:advertising': true } }, { line: 2 }],
      [
        'a phone number without its country',
        { id: 'b2', addresses: { phone: '01012345678' } },
        { line: 2, pointer: '/addresses/phone' },
      ],
      ['an attribute that is an object', { id: 'b2', attributes: { a: {} } }, { line: 2, pointer: '/attributes/a' }],
      ['a U+0000', { id: 'b2', attributes: { a: 'x\0y' } }, { line: 2, pointer: '/attributes/a' }],
      [
        'half of a surrogate pair',
        '{"id": "b2", "attributes": {"a": "\\ud800"}}',
        { line: 2, pointer: '/attributes/a' },
      ],
      ['an unknown field', { id: 'b2', grade: 'gold' }, { line: 2 }],
      ['a row that is a list', [], { line: 2 }],
    ])('with %s in one line is refused with that line, and changes nothing', async (_, bad, fault) => {
      const before = await count();
      expectProblem(await send(ndjson({ id: 'b1' }, bad, { id: 'b3' })), 422, 'unprocessable', [fault]);
      expect(await count()).toBe(before);
    });

    it('that repeats an id is refused with both lines', async () => {
      const before = await count();
      const reply = await send(ndjson({ id: 'b1' }, { id: 'b2' }, { id: 'b1' }));
      expectProblem(reply, 422, 'unprocessable', [
        { line: 3, pointer: '/id', detail: expect.stringContaining('line 1') },
      ]);
      expect(await count()).toBe(before);
    });

    it('tells up to a hundred bad rows, not only the first', async () => {
      const reply = await send(ndjson(...Array.from({ length: 150 }, () => ({ id: '' }))));
      expectProblem(reply, 422, 'unprocessable', [{ line: 1 }, { line: 100 }]);
      expect(reply.body.errors).toHaveLength(100);
    });

    it('tells created, updated and unchanged, and leaves absent fields as they are', async () => {
      const row = {
        id: 'u1',
        consents: { 'push:advertising': true },
        addresses: { push: 't' },
        attributes: { a: '1', b: 2 },
      };
      expect((await send(ndjson(row))).body).toEqual({ received: 1, created: 1, updated: 0, unchanged: 0 });
      expect((await send(ndjson(row))).body).toEqual({ received: 1, created: 0, updated: 0, unchanged: 1 });
      expect((await send(ndjson({ id: 'u1', attributes: { b: null } }))).body).toMatchObject({ updated: 1 });
      const customer = await stack().ok('GET', '/v1/customers/u1');
      expect(customer).toMatchObject({
        attributes: { a: '1' },
        addresses: { push: 't' },
        gateVersion: 1,
        attrVersion: 2,
      });
    });

    it('may be CSV with a byte order mark, typed columns and empty cells', async () => {
      const csv =
        '\ufeffid,status,consent.push:advertising,address.push,attribute.age:number,attribute.vip:boolean\r\nv1,active,night,tok,41,true\r\nv2,,,,,\r\n';
      expect((await send(csv, 'text/csv; charset=utf-8')).body).toMatchObject({ received: 2, created: 2 });
      expect(await stack().ok('GET', '/v1/customers/v1')).toMatchObject({
        consents: { 'push:advertising': { granted: true, night: true } },
        attributes: { age: 41, vip: true },
      });
    });

    it('may be CSV in EUC-KR when it says so; as UTF-8 the same bytes are refused', async () => {
      const post = (charset: string) =>
        fetch(`${stack().api.url}/v1/customers`, {
          method: 'POST',
          headers: { authorization: `Bearer ${stack().keys.admin}`, 'content-type': `text/csv; charset=${charset}` },
          body: EUC_KR,
        });
      expect((await post('utf-8')).status).toBe(422);
      expect((await post('euc-kr')).status).toBe(200);
      expect(await stack().ok('GET', '/v1/customers/k1')).toMatchObject({ attributes: { name: '김민지' } });
    });

    it('may hold every syllable that Korean Windows has, and no byte that stands for nothing', async () => {
      const post = (...name: number[]) =>
        fetch(`${stack().api.url}/v1/customers`, {
          method: 'POST',
          headers: { authorization: `Bearer ${stack().keys.admin}`, 'content-type': 'text/csv; charset=euc-kr' },
          body: Buffer.from([...Buffer.from('id,attribute.name\nk2,'), ...name, 0x0a]),
        });
      // 똠펲힣: of code page 949, not of KS X 1001
      expect((await post(0x8c, 0x63, 0xbc, 0x84, 0xc6, 0x52)).status).toBe(200);
      expect(await stack().ok('GET', '/v1/customers/k2')).toMatchObject({ attributes: { name: '똠펲힣' } });
      expect((await post(0xff, 0x41)).status).toBe(422);
      expect((await post(0xb1)).status).toBe(422);
      expect(await stack().ok('GET', '/v1/customers/k2')).toMatchObject({ attributes: { name: '똠펲힣' } });
    });

    it('may be a workbook, whose ids keep their leading zeros, and whose bad cells are told by row', async () => {
      const rows = `<row><c t="str"><v>id</v></c><c t="str"><v>attribute.joined</v></c><c t="str"><v>attribute.age:number</v></c></row>
        <row><c s="1"><v>77</v></c><c s="2"><v>46084</v></c><c><v>41</v></c></row>`;
      const formats = [0, '00000000', 14];
      const post = (body: Buffer, query = '') =>
        fetch(`${stack().api.url}/v1/customers${query}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${stack().keys.admin}`, 'content-type': XLSX_TYPE },
          body: new Uint8Array(body),
        });
      const good = await zipped(bookParts({ rows, formats }));
      const preview = await post(good, '?preview=true');
      expect(await preview.json()).toEqual({
        received: 1,
        created: 1,
        updated: 0,
        unchanged: 0,
        head: {
          header: ['id', 'attribute.joined', 'attribute.age:number'],
          rows: [{ line: 2, cells: ['00000077', '2026-03-03', '41'] }],
        },
      });
      expect((await stack().request('GET', '/v1/customers/00000077')).status).toBe(404);
      expect(await (await post(good)).json()).toEqual({ received: 1, created: 1, updated: 0, unchanged: 0 });
      expect(await stack().ok('GET', '/v1/customers/00000077')).toMatchObject({
        attributes: { joined: '2026-03-03', age: 41 },
      });
      const bad = await post(await zipped(bookParts({ rows: `${rows}<row><c t="e"><v>#REF!</v></c></row>`, formats })));
      expect(await bad.json()).toMatchObject({
        errors: [{ line: 3, pointer: '/id', detail: 'is an error of a formula' }],
      });
    });

    it.each<[string, string, Fault]>([
      ['an unknown column', 'id,grade\nw1,gold\n', { line: 1, parameter: 'grade' }],
      ['no id column', 'status\nactive\n', { line: 1, parameter: 'id' }],
      ['a column twice', 'id,status,status\nw1,active,active\n', { line: 1, parameter: 'status' }],
      ['a row that is too short', 'id,status\nw1\n', { line: 2 }],
      ['text in a number column', 'id,attribute.age:number\nw1,old\n', { line: 2, pointer: '/attributes/age' }],
      ['an open quote', 'id,status\n"w1,active\n', {}],
      ['nothing at all', '', { line: 1 }],
    ])('that is CSV with %s is refused, and changes nothing', async (_, csv, fault) => {
      const before = await count();
      expectProblem(await send(csv, 'text/csv'), 422, 'unprocessable', [fault]);
      expect(await count()).toBe(before);
    });

    describe('whose columns have headers of their own', () => {
      const CSV = '고객번호,성함,나이,메모\nm1,민지,41,a=b\nm2,수민,,\n';
      const map = (...pairs: string[]) => pairs.map((pair) => `map=${encodeURIComponent(pair)}`).join('&');
      const GIVEN = map('id=고객번호', 'attribute.name=성함', 'attribute.age:number=나이');
      const post = (path: string, body: string, type = 'text/csv') =>
        stack().request('POST', path, body, { headers: { 'content-type': type } });

      it('is looked at before anybody says what they are', async () => {
        const before = await count();
        const looked = await post('/v1/customers/columns', CSV.replace('메모', 'attribute.memo'));
        expect(looked).toMatchObject({
          status: 200,
          body: {
            head: { header: ['고객번호', '성함', '나이', 'attribute.memo'], rows: [{ line: 2 }, { line: 3 }] },
            columns: [null, null, null, 'attribute.memo'],
            known: expect.arrayContaining(['id', 'address.phone', 'consent.push:advertising']),
          },
        });
        expect(await count()).toBe(before);
      });

      it('is looked at no further than its first rows, whatever follows', async () => {
        const rows = Array.from({ length: 200_000 }, (_, n) => `m${n},x,1,y`).join('\n');
        const looked = await post('/v1/customers/columns', `id,a,b,c\n${rows}\n"open`);
        expect([looked.status, looked.body.head.rows.length]).toEqual([200, 20]);
      });

      it.each<[string, string, number, Fault]>([
        ['that is empty', '', 422, { line: 1 }],
        ['of another type', '{}', 415, {}],
      ])('is refused where it is a file %s', async (_, body, status, fault) => {
        const kind = status === 415 ? 'media_type' : 'unprocessable';
        const reply = await post('/v1/customers/columns', body, status === 415 ? 'application/x-ndjson' : 'text/csv');
        expectProblem(reply, status, kind, status === 415 ? [] : [fault]);
      });

      it('is read as they are said to be, and what is not named is left out', async () => {
        const preview = await post(`/v1/customers?preview=true&${GIVEN}`, CSV);
        expect(preview.body).toMatchObject({
          received: 2,
          created: 2,
          head: { header: ['고객번호', '성함', '나이', '메모'] },
        });
        expect((await stack().request('GET', '/v1/customers/m1')).status).toBe(404);
        expect((await post(`/v1/customers?${GIVEN}`, CSV)).body).toMatchObject({ received: 2, created: 2 });
        expect((await stack().ok('GET', '/v1/customers/m1')).attributes).toEqual({ name: '민지', age: 41 });
      });

      it.each<[string, string[], Fault]>([
        ['a header that is not there', ['id=고객번호', 'attribute.name=이름'], { parameter: 'attribute.name' }],
        ['nothing that is known', ['id=고객번호', 'grade=성함'], { parameter: 'grade' }],
        ['two things of one column', ['id=고객번호', 'attribute.id=고객번호'], { parameter: 'attribute.id' }],
        [
          'one attribute of two types',
          ['id=고객번호', 'attribute.a=성함', 'attribute.a:number=나이'],
          { parameter: 'attribute.a:number' },
        ],
        ['no ids', ['attribute.name=성함'], { parameter: 'id' }],
      ])('is refused where they are said to be %s', async (_, pairs, fault) => {
        const before = await count();
        expectProblem(await post(`/v1/customers?${map(...pairs)}`, CSV), 422, 'unprocessable', [fault]);
        expect(await count()).toBe(before);
      });

      it('is refused where one thing is said twice, or nothing that can be read', async () => {
        for (const query of [map('id=고객번호', 'id=성함'), map('고객번호')])
          expectProblem(await post(`/v1/customers?${query}`, CSV), 400, 'invalid');
      });
    });

    it.each(['application/json', 'text/plain', 'text/csv; charset=utf-16', ''])(
      'of the type %j is not accepted',
      async (type) => {
        expectProblem(await send('{}', type), 415, 'media_type');
      },
    );
  });
}
