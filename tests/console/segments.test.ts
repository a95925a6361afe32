/**
 * The rule builder without its page: any rule becomes a form and JSON and is the same rule again, any rule can be built by the builder's own steps, every
 * fault has one place, and what is no rule is refused before it is drawn.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RuleGroup, SegmentFields } from '../../console/src/client/types.gen.js';
import { blankRule, choicesOf, nameOf, typesOf, withOperator } from '../../console/src/segments/rule/catalogue.js';
import {
  at,
  insert,
  move,
  partAt,
  remove,
  unwrap,
  withAt,
  wrap,
  type Place,
} from '../../console/src/segments/rule/edit.js';
import { placed, placesIn, splitFaults } from '../../console/src/segments/rule/faults.js';
import {
  isGroup,
  ruleForm,
  scalarForm,
  scalarOf,
  toForm,
  toRule,
  type GroupForm,
} from '../../console/src/segments/rule/form.js';
import { readRule, ruleText } from '../../console/src/segments/rule/text.js';
import { groupWords, type Words } from '../../console/src/segments/rule/words.js';
import { describeCatalogue } from '../../src/domain/segment/describe.js';
import { faultsOfRule } from '../../src/domain/segment/faults.js';
import { ruleSchema } from '../../src/domain/segment/rule.js';
import { ONE, rules } from '../support/rules.js';

const CATALOGUE: SegmentFields = {
  fields: describeCatalogue(),
  seen: {
    attributes: [
      { name: 'grade', types: ['string'] },
      { name: 'age', types: ['number'] },
    ],
    events: [{ name: 'purchase', properties: [{ name: 'amount', types: ['number'] }] }],
  },
  sources: [],
};

/** By what the builder's buttons and fields do, one after another. */
function built(wanted: GroupForm, place: Place = [], root: GroupForm = { combinator: 'and', rules: [] }): GroupForm {
  let made = withAt(root, [...place, 'combinator'], wanted.combinator);
  if (wanted.not !== undefined) made = withAt(made, [...place, 'not'], wanted.not);
  wanted.rules.forEach((part, n) => {
    const here = partAt(place, n);
    if (isGroup(part)) {
      made = built(part, here, insert(made, place, { combinator: 'or', rules: [] }));
      return;
    }
    made = insert(made, place, blankRule(CATALOGUE, 'status', 'rule'));
    made = withAt(made, here, withOperator({ field: part.field, operator: '=' }, part.operator, scalarForm('')));
    made = withAt(made, [...here, 'value'], part.value);
    if (part.of) made = withAt(made, [...here, 'of'], part.of);
  });
  return made;
}

describe('a rule', () => {
  it('is a form and the same rule again, and JSON and the same rule again', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(toRule(toForm(rule))).toEqual(rule);
        expect(readRule(ruleText(rule))).toEqual({ ok: true, rule });
      }),
    );
  });

  it('can be built by the steps of the builder, whatever it is', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(toRule(built(toForm(rule)))).toEqual(rule);
      }),
    );
  });

  it('has the shape that the API takes wherever it is read from JSON, within its bounds', () => {
    fc.assert(
      fc.property(fc.oneof(rules, fc.anything()), (value) => {
        const read = readRule(JSON.stringify(value) ?? '');
        // lengths, spans and zones are the API's to judge
        if (ruleSchema.safeParse(value).success) expect(read.ok).toBe(true);
      }),
    );
  });

  it.each<[string, string, string | null]>([
    ['no JSON', '{', null],
    ['a list', '[]', ''],
    ['no combinator', '{"rules": []}', '/combinator'],
    ['an unknown operator', '{"combinator":"and","rules":[{"field":"id","operator":"like"}]}', '/rules/0/operator'],
    [
      'an object as a value',
      '{"combinator":"and","rules":[{"field":"id","operator":"=","value":{}}]}',
      '/rules/0/value',
    ],
    ['what nobody knows', '{"combinator":"and","rules":[],"sql":"1"}', '/sql'],
    [
      'an unknown window',
      '{"combinator":"and","rules":[{"field":"event.count","operator":"=","value":1,"of":{"event":"e","window":{"kind":"moon"}}}]}',
      '/rules/0/of/window/kind',
    ],
  ])('that is %s is refused with its place', (_, json, pointer) => {
    expect(readRule(json)).toEqual({ ok: false, pointer });
  });

  it('keeps half a number as it was typed, for the API to refuse', () => {
    expect(scalarOf({ type: 'number', text: '1e' })).toBe('1e');
    expect(scalarOf({ type: 'number', text: '' })).toBe('');
    expect(scalarOf({ type: 'number', text: '300000' })).toBe(300_000);
    expect(scalarForm('2026-03-03')).toEqual({ type: 'date', text: '2026-03-03' });
  });
});

describe('an edit', () => {
  const parts = (...names: string[]): GroupForm => ({
    combinator: 'and',
    rules: names.map((name) => ruleForm({ field: `attribute.${name}`, operator: 'null' })),
  });
  const names = (group: GroupForm) => group.rules.map((part) => (isGroup(part) ? 'group' : part.field.slice(-1)));

  it('puts a part where it is wanted, moves it, and takes it away', () => {
    const [extra] = parts('x').rules;
    if (!extra) throw new Error('no part');
    expect(names(insert(parts('a', 'b'), [], extra, 1))).toEqual(['a', 'x', 'b']);
    expect(names(move(parts('a', 'b', 'c'), ['rules', 2], -1))).toEqual(['a', 'c', 'b']);
    expect(names(move(parts('a', 'b'), ['rules', 1], 1))).toEqual(['a', 'b']);
    expect(names(remove(parts('a', 'b'), ['rules', 0]))).toEqual(['b']);
  });

  it('makes a group of a part, and dissolves it again', () => {
    fc.assert(
      fc.property(rules, fc.nat(2), (rule, n) => {
        const form = toForm(rule);
        const place = ['rules', n % form.rules.length];
        expect(unwrap(wrap(form, place, 'or'), place)).toEqual(form);
      }),
    );
  });

  it('leaves what is beside it as it was', () => {
    const form = parts('a', 'b');
    const changed = withAt(form, ['rules', 1, 'operator'], 'notNull');
    expect(changed.rules[0]).toBe(form.rules[0]);
    expect(at(changed, ['rules', 1, 'operator'])).toBe('notNull');
    expect(withAt(changed, ['rules', 1, 'operator'], undefined).rules[1]).toEqual({ field: 'attribute.b' });
  });

  it('changes the operator and keeps what was said as far as it can be', () => {
    const first = scalarForm('');
    const one = ruleForm({ field: 'attribute.age', operator: '>', value: 30 });
    const between = withOperator(one, 'between', first);
    expect(toRule({ combinator: 'and', rules: [between] }).rules[0]).toMatchObject({ value: [30, 30] });
    expect(withOperator(withOperator(one, 'in', first), '=', first).value).toEqual(one.value);
    expect('value' in withOperator(one, 'null', first)).toBe(false);
  });
});

describe('faults', () => {
  it('are each shown once, at a place that is there', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const form = toForm(rule);
        const faults = faultsOfRule(rule, 'segment');
        const shown = placed(form, faults);
        const places = placesIn(form);
        expect([...shown.keys()].filter((place) => !places.has(place))).toEqual([]);
        const details = new Set(faults.map(({ detail }) => detail));
        expect(new Set([...shown.values()].flat())).toEqual(details);
      }),
    );
  });

  it('stand at the nearest field, and are told from those of something else', () => {
    const form = toForm({ combinator: 'and', rules: [{ field: 'id', operator: 'in', value: ['a', 'b'] }] });
    const { rule, other } = splitFaults([
      { pointer: '/rule/rules/0/value/1', detail: 'is too long' },
      { pointer: '/source', detail: 'is gone' },
      { pointer: '/rule', detail: 'is too deep' },
    ]);
    expect([...placed(form, rule)]).toEqual([
      ['/rules/0/value', ['is too long']],
      ['', ['is too deep']],
    ]);
    expect(other).toEqual([{ pointer: '/source', detail: 'is gone' }]);
  });
});

describe('the catalogue', () => {
  it('offers what the API tells, families with the names that were seen', () => {
    const choices = choicesOf(CATALOGUE, 'rule', CATALOGUE.seen.attributes);
    const attributes = choices.find(({ kind }) => kind === 'attribute');
    expect(attributes).toEqual({ kind: 'attribute', fields: ['attribute.grade', 'attribute.age'], open: true });
    expect(choices.flatMap(({ fields }) => fields)).toEqual(
      expect.arrayContaining(['id', 'segment', 'consent.push:advertising', 'event.sinceLast']),
    );
    expect(choicesOf(CATALOGUE, 'where', []).map(({ kind }) => kind)).toEqual(['property']);
    expect([nameOf(CATALOGUE, 'attribute.x', 'rule'), nameOf(CATALOGUE, 'status', 'rule')]).toEqual(['x', null]);
  });

  it('begins every field with a rule that only has its blanks to be filled in', () => {
    const fields = choicesOf(CATALOGUE, 'rule', CATALOGUE.seen.attributes).flatMap(({ fields: names }) => names);
    const faults = fields.map((field): [string, string[]] => {
      const rule = toRule({ combinator: 'and', rules: [blankRule(CATALOGUE, field, 'rule')] });
      const wrong = faultsOfRule(rule, 'segment');
      return [field, wrong.map(({ pointer, detail }) => `${pointer} ${detail}`)];
    });
    const faulty = faults.filter(([, wrong]) => wrong.length > 0);
    // a number that nobody has said yet, and a property that nobody has named
    expect(Object.fromEntries(faulty)).toEqual({
      'event.sum': ['/rules/0 takes a number', '/rules/0/of/property is not the name of a property'],
      'event.min': ['/rules/0 takes a number', '/rules/0/of/property is not the name of a property'],
      'event.max': ['/rules/0 takes a number', '/rules/0/of/property is not the name of a property'],
      'event.first': ['/rules/0/of/property is not the name of a property'],
      'event.last': ['/rules/0/of/property is not the name of a property'],
      'event.top': ['/rules/0/of/property is not the name of a property'],
    });
  });

  it('knows the types of a field by what was seen', () => {
    const any = CATALOGUE.fields.find(({ type }) => type === 'any');
    expect(typesOf(any, { name: 'age', types: ['number'] })[0]).toBe('number');
    expect(typesOf(any, undefined)).toEqual(['text', 'number', 'date', 'boolean']);
  });
});

describe('the words of a rule', () => {
  const WORDS: Words = {
    and: 'and',
    or: 'or',
    not: (inside) => `not (${inside})`,
    none: 'is missing',
    some: 'is there',
    contains: 'contains',
    beginsWith: 'begins with',
    measure: (measure, event, property) => [event, property, measure].filter(Boolean).join(' '),
    window: () => '(lately)',
    more: (count) => `+${count}`,
    upload: 'a list',
    field: (field) => field.replace(/^attribute\.|^property\./, ''),
  };

  it('say groups, events and the first of many values', () => {
    const rule: RuleGroup = {
      combinator: 'and',
      rules: [
        { field: 'attribute.grade', operator: 'in', value: ['a', 'b', 'c', 'd', 'e'] },
        {
          combinator: 'or',
          not: true,
          rules: [
            { field: 'id', operator: 'null' },
            { field: 'segment', operator: '=', value: 'vip' },
          ],
        },
        {
          field: 'event.sum',
          operator: '>=',
          value: 300_000,
          of: { event: 'purchase', property: 'amount', where: ONE, window: { kind: 'rolling', span: 'P90D' } },
        },
      ],
    };
    expect(groupWords(rule, WORDS)).toBe(
      'grade ∈ a, b, c +2 and not (id is missing or segment = vip) and purchase amount sum [amount > 1] (lately) ≥ 300000',
    );
  });
});
