/**
 * The table of fields in docs/segments.md is the catalogue that compiler and validation read.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { format } from 'prettier';
import { describeCatalogue } from '../../src/domain/segment/describe.js';
import { expectGenerated } from '../support/generated.js';
import { ROOT } from '../support/sources.js';

const DOC = 'docs/segments.md';
const BEGIN = '--update` -->\n';
const END = '<!-- /fields -->';

function rows(): string[] {
  const families = new Map<string, string[]>();
  for (const { field, inside, type, operators, needs, says } of describeCatalogue()) {
    const words = [...operators, ...needs].join(' ');
    const key = [inside, type, words, says].join('\u0000');
    families.set(key, [...(families.get(key) ?? []), `\`${field}\``]);
  }
  return [...families].map(([key, fields]) => {
    const [inside = '', , words = '', says = ''] = key.split('\u0000');
    const operators = words.split(' ').filter((word) => !word.startsWith('of'));
    const needs = words.split(' ').filter((word) => word.startsWith('of'));
    const stands = inside === 'where' ? ' (in `where`)' : '';
    return `| ${fields.join(', ')}${stands} | ${says}${needs.length > 0 ? `; needs \`${needs.join('`, `')}\`` : ''} | ${operators.map((o) => `\`${o}\``).join(' ')} |`;
  });
}

describe(DOC, () => {
  it('tells the fields that the catalogue has', async () => {
    const text = readFileSync(join(ROOT, DOC), 'utf8');
    const [before = '', rest = ''] = text.split(BEGIN);
    const after = rest.slice(rest.indexOf(END));
    expect([before.length > 0, after.length > 0]).toEqual([true, true]);
    const table = ['| field | is | operators |', '| --- | --- | --- |', ...rows()].join('\n');
    const whole = `${before}${BEGIN}\n${table}\n\n${after}`;
    expectGenerated(DOC, await format(whole, { parser: 'markdown', printWidth: 120 }));
  });
});
