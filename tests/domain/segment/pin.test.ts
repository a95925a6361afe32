/**
 * Segments within segments: replaced by the rules in force, refused where they lead back, do not exist or grow without bound.
 */
import { describe, expect, it } from '@jest/globals';
import { NESTED_MAX, pinSegments, segmentsIn, type KnownSegment } from '../../../src/domain/segment/pin.js';
import type { Rule, RuleGroup } from '../../../src/domain/segment/rule.js';

const group = (...rules: (Rule | RuleGroup)[]): RuleGroup => ({ combinator: 'and', rules });
const names = (operator: Rule['operator'], value: Rule['value']): Rule => ({ field: 'segment', operator, value });
const vip: Rule = { field: 'attribute.grade', operator: '=', value: 'vip' };
const known = (rules: Record<string, RuleGroup>): Map<string, KnownSegment> =>
  new Map(Object.entries(rules).map(([key, rule], n) => [key, { key, version: n + 1, rule }]));

describe('a rule that names segments', () => {
  it('becomes one rule with theirs inside, and tells which versions', () => {
    const segments = known({ vip: group(vip), close: group(names('=', 'vip'), { field: 'id', operator: 'notNull' }) });
    const pinned = pinSegments(group(names('notIn', ['close', 'vip'])), segments);
    expect(pinned).toEqual({
      ok: true,
      uses: ['close@2', 'vip@1'],
      rule: group({
        combinator: 'or',
        not: true,
        rules: [group({ combinator: 'or', rules: [group(vip)] }, { field: 'id', operator: 'notNull' }), group(vip)],
      }),
    });
    expect(segmentsIn((pinned as { rule: RuleGroup }).rule)).toEqual([]);
  });

  it.each<[string, RuleGroup, Record<string, RuleGroup>, string]>([
    ['itself', group(vip, names('=', 'self')), {}, 'self → self'],
    ['one that names it', group(vip, names('=', 'a')), { a: group(group(names('=', 'self'))) }, 'self → a → self'],
    [
      'a circle of others',
      group(vip, names('=', 'a')),
      { a: group(names('=', 'b')), b: group(names('in', ['a'])) },
      'a → b → a',
    ],
    ['one that does not exist', group(vip, names('=', 'gone')), {}, '"gone"'],
    ['one that names what does not exist', group(vip, names('=', 'a')), { a: group(names('!=', 'gone')) }, '"gone"'],
  ])('is refused when it names %s, at the place that names it', (_, rule, segments, words) => {
    const pinned = pinSegments(rule, known(segments), { self: 'self' });
    expect(pinned).toEqual({
      ok: false,
      faults: [{ pointer: '/rules/1', detail: expect.stringContaining(words) }],
    });
  });

  it('is refused when the chain is too long', () => {
    const chain = (length: number) =>
      known(
        Object.fromEntries(
          Array.from({ length }, (__, n) => [`s${n}`, n === length - 1 ? group(vip) : group(names('=', `s${n + 1}`))]),
        ),
      );
    expect(pinSegments(group(names('=', 's0')), chain(NESTED_MAX), { self: 'self' }).ok).toBe(true);
    expect(pinSegments(group(names('=', 's0')), chain(NESTED_MAX + 1), { self: 'self' }).ok).toBe(false);
  });

  it('is refused, soon, when each of a few segments names the next a thousand times', () => {
    const thousand = (key: string) =>
      names(
        'in',
        Array.from({ length: 1_000 }, () => key),
      );
    const segments = known({
      a: group(thousand('b')),
      b: group(thousand('c')),
      c: group(thousand('d')),
      d: group(thousand('e')),
      e: group(vip),
    });
    expect(pinSegments(group(thousand('a')), segments)).toMatchObject({
      ok: false,
      faults: [{ pointer: '', detail: expect.stringContaining('too large') }],
    });
  });

  it('is asked where the segments inside it are asked, and names no other', () => {
    const lake = new Map([
      ['vip', { key: 'vip', version: 1, rule: group({ field: 'id', operator: 'notNull' }), source: 'lake' }],
    ]);
    expect(pinSegments(group(names('=', 'vip')), lake, { source: 'lake' }).ok).toBe(true);
    expect(pinSegments(group(names('=', 'vip')), lake)).toMatchObject({
      ok: false,
      faults: [{ pointer: '/rules/0', detail: 'names the segment "vip", which is of another source' }],
    });
  });
});
