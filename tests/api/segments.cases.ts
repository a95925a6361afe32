/**
 * Segment rules at the edge: what the catalogue does not have is a fault with its place, hostile values are just values.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem, type Fault } from './problems.js';

export function segmentCases(stack: () => Stack): void {
  const group = (...rules: object[]) => ({ combinator: 'and', rules });
  const put = (rule: unknown) =>
    stack().request('PUT', '/v1/segments/tried', { name: 'tried', rule }, { as: 'marketer' });
  const counted = (rule: unknown) => stack().request('POST', '/v1/segments/count', { rule }, { as: 'marketer' });
  const versions = async () =>
    Number((await stack().one<{ n: string }>(`select count(*) as n from segments where key = 'tried'`)).n);
  const nested = (depth: number): object =>
    depth === 1 ? group({ field: 'id', operator: 'notNull' }) : group(nested(depth - 1));

  describe('a segment rule', () => {
    it.each<[string, unknown, number, string, Fault]>([
      ['an empty group', group(), 400, 'invalid', { pointer: '/rule/rules' }],
      ['an empty group inside', group({ field: 'id', operator: 'notNull' }, group()), 400, 'invalid', {}],
      ['too deep a nesting', nested(9), 400, 'invalid', { pointer: '/rule' }],
      [
        'too many rules',
        group(...Array.from({ length: 201 }, () => ({ field: 'id', operator: 'notNull' }))),
        400,
        'invalid',
        { pointer: '/rule' },
      ],
      [
        'an unknown field',
        group({ field: 'password', operator: 'notNull' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'SQL as a field',
        group({ field: "attribute.a' or 1=1 --", operator: 'notNull' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      ['an unknown operator', group({ field: 'id', operator: 'like', value: 'x' }), 400, 'invalid', {}],
      ['a missing value', group({ field: 'id', operator: '=' }), 422, 'unprocessable', { pointer: '/rule/rules/0' }],
      [
        'one value for between',
        group({ field: 'id', operator: 'between', value: ['a'] }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'a list of mixed types',
        group({ field: 'attribute.a', operator: 'in', value: ['a', 1] }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'an address to compare with',
        group({ field: 'address.email', operator: '=', value: 'x' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'a pattern',
        group({ field: 'attribute.a', operator: 'matches', value: '(a+)+$' }),
        400,
        'invalid',
        { pointer: '/rule/rules/0/operator' },
      ],
      [
        'ten thousand ids',
        group({ field: 'id', operator: 'in', value: Array.from({ length: 10_000 }, (_, n) => `c${n}`) }),
        400,
        'invalid',
        { pointer: '/rule/rules/0/value', detail: expect.stringContaining('upload') },
      ],
      [
        'a text without end',
        group({ field: 'id', operator: '=', value: 'x'.repeat(201) }),
        400,
        'invalid',
        { pointer: '/rule/rules/0/value' },
      ],
      [
        'a combinator of its own',
        { combinator: 'or 1=1 or', rules: [{ field: 'id', operator: 'notNull' }] },
        400,
        'invalid',
        { pointer: '/rule/combinator' },
      ],
      [
        'an event that it does not name',
        group({ field: 'event.count', operator: '>', value: 1 }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0/of' },
      ],
      [
        'SQL as a property',
        group({ field: 'event.sum', operator: '>', value: 1, of: { event: 'e', property: "a') or (1=1" } }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0/of/property' },
      ],
      [
        'a customer’s field of an event',
        group({
          field: 'event.count',
          operator: '>',
          value: 1,
          of: { event: 'e', where: group({ field: 'attribute.a', operator: 'notNull' }) },
        }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0/of/where/rules/0' },
      ],
      [
        'a zone that is none',
        group({
          field: 'event.count',
          operator: '>',
          value: 1,
          of: { event: 'e', window: { kind: 'calendar', unit: 'day', back: 0, zone: "UTC'" } },
        }),
        400,
        'invalid',
        { pointer: '/rule/rules/0/of/window/zone' },
      ],
      [
        'more rules about events than it may have',
        group(
          ...Array.from({ length: 21 }, (_, n) => ({
            field: 'event.count',
            operator: '>',
            value: n,
            of: { event: 'e' },
          })),
        ),
        400,
        'invalid',
        { pointer: '/rule', detail: expect.stringContaining('about events') },
      ],
      [
        'a segment that does not exist',
        group({ field: 'segment', operator: '=', value: 'nowhere' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      [
        'an upload, which nobody writes',
        group({ field: 'upload', operator: '=', value: 'tried@1' }),
        422,
        'unprocessable',
        { pointer: '/rule/rules/0' },
      ],
      ['a U+0000 in a value', group({ field: 'id', operator: '=', value: '\0' }), 400, 'invalid', {}],
    ])('with %s is refused with its place, and nothing is stored', async (_, rule, status, kind, fault) => {
      expectProblem(await put(rule), status, kind, [fault]);
      expectProblem(await counted(rule), status, kind, [fault]);
      expect(await versions()).toBe(0);
    });

    it('that is nested without end is refused like any other, not an accident of ours', async () => {
      expectProblem(await counted(nested(25)), 400, 'invalid');
      expectProblem(await counted(nested(2_000)), 413, 'too_large');
    });

    it.each([`'; drop table customers; --`, '%', '_', '\\', '$1', '"', '👩‍🚀', ''])(
      'takes the value %j as it is',
      async (value) => {
        await stack().ok('POST', '/v1/customers', JSON.stringify({ id: 'hostile', attributes: { h: value } }), {
          headers: { 'content-type': 'application/x-ndjson' },
        });
        for (const operator of ['=', 'contains', 'beginsWith']) {
          const rule = group(
            { field: 'attribute.h', operator, value },
            { field: 'id', operator: '=', value: 'hostile' },
          );
          expect((await counted(rule)).body.count).toBe(1);
        }
      },
    );

    it('may name other segments, by the versions in force, and never itself', async () => {
      const define = (key: string, rule: object) =>
        stack().request('PUT', `/v1/segments/${key}`, { name: key, rule }, { as: 'marketer' });
      const ids = (...value: string[]) => group({ field: 'id', operator: 'in', value });
      const rows = ['n1', 'n2', 'n3'].map((id) => JSON.stringify({ id })).join('\n');
      await stack().ok('POST', '/v1/customers', rows, { headers: { 'content-type': 'application/x-ndjson' } });
      expect((await define('inner', ids('n1', 'n2'))).status).toBe(200);
      const outer = group({ field: 'segment', operator: '!=', value: 'inner' }, ...ids('n1', 'n2', 'n3').rules);
      expect((await define('outer', outer)).body.rule).toEqual(outer);
      const selected = async () =>
        (await stack().ok('POST', '/v1/segments/outer/sample', {})).customers.map((c: { id: string }) => c.id);
      expect(await selected()).toEqual(['n3']);
      await define('inner', ids('n3'));
      expect((await selected()).sort()).toEqual(['n1', 'n2']);

      const circle = await define('inner', group({ field: 'segment', operator: 'in', value: ['outer'] }));
      expectProblem(circle, 422, 'unprocessable', [
        { pointer: '/rule/rules/0', detail: expect.stringContaining('inner → outer → inner') },
      ]);
      expect((await selected()).sort()).toEqual(['n1', 'n2']);
    });

    it('counts what happened strictly before its now', async () => {
      const about = (event: string) =>
        group({
          field: 'event.count',
          operator: '>=',
          value: 2,
          of: { event, window: { kind: 'rolling', span: 'P1D' } },
        });
      const track = (userId: string, messageId: string, timestamp: string) =>
        stack().ok('POST', '/v1/track', { userId, messageId, event: 'seen twice', timestamp }, { as: 'source' });
      const now = await stack().businessNow();
      const ago = (ms: number) => new Date(now - ms).toISOString();
      await stack().ok('POST', '/v1/customers', JSON.stringify({ id: 'twice' }), {
        headers: { 'content-type': 'application/x-ndjson' },
      });
      await track('twice', 'twice/1', ago(3_600_000));
      expect((await counted(about('seen twice'))).body.count).toBe(0);
      await track('twice', 'twice/2', ago(7_200_000));
      expect((await counted(about('seen twice'))).body.count).toBe(1);
      await track('twice', 'twice/3', ago(2 * 86_400_000));
      expect((await counted(about('never heard of'))).body.count).toBe(0);
    });

    it('may name what the catalogue tells, and the answer says what has been seen', async () => {
      const { fields, seen } = await stack().ok('GET', '/v1/segment-fields', undefined, { as: 'marketer' });
      const names = fields.map(({ field }: { field: string }) => field);
      expect(names).toEqual(
        expect.arrayContaining(['attribute.<name>', 'event.sinceLast', 'segment', 'property.<name>']),
      );
      expect(names).not.toContain('upload');
      expect(seen.attributes).toContainEqual({ name: 'h', types: ['string'] });
      expect(seen.events).toContainEqual({ name: 'seen twice', properties: [] });
    });

    it('that takes too long is given up with its place', async () => {
      const blocker = await stack().pool.connect();
      try {
        await blocker.query('begin');
        await blocker.query('lock table customers in access exclusive mode');
        expectProblem(await counted(group({ field: 'id', operator: 'notNull' })), 503, 'unavailable', [
          { pointer: '/rule', detail: expect.stringContaining('too long') },
        ]);
      } finally {
        await blocker.query('rollback');
        blocker.release();
      }
    });

    it('gets a new version when it changes, and none when it does not', async () => {
      const versionOf = async (name: string) =>
        (await stack().ok('PUT', '/v1/segments/versioned', { name, rule: group({ field: 'id', operator: 'notNull' }) }))
          .version;
      expect([await versionOf('a'), await versionOf('a'), await versionOf('b')]).toEqual([1, 1, 2]);
    });
  });
}
