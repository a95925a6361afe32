/**
 * What the editor of a message offers at a place of its text.
 */
import { describe, expect, it } from '@jest/globals';
import { offersAt } from '../../console/src/messages/completion.js';

const WORDS = {
  variables: [{ name: 'customer.name', types: ['string'] }],
  filters: ['append', 'josa'],
  particles: ['이/가', '을/를'],
  tags: ['if'],
};
const at = (before: string, asked = false) => {
  const found = offersAt(before, WORDS, asked);
  return found && [before.slice(found.from), ...found.offers.map(({ text }) => text)];
};

describe('completion', () => {
  it.each([
    ['a field after {{', 'hi {{ cust', ['cust', 'customer.name']],
    ['a field in a tag', '{% if customer.', ['customer.', 'customer.name']],
    ['a filter after |', '{{ customer.name | jo', ['jo', 'append', 'josa: ']],
    ['particles after josa', "{{ customer.name | josa: '이", ["'이", "'이/가'", "'을/를'"]],
    ['particles before a quote', '{{ customer.name | josa: ', ['', "'이/가'", "'을/를'"]],
    ['a tag after {%', '{%- i', ['i', 'if']],
    ['a field in the last of several', '{{ customer.name }} {{ ', ['', 'customer.name']],
  ])('offers %s', (_, before, offers) => {
    expect(at(before)).toEqual(offers);
  });

  it('offers nothing in plain text unless it is asked for, and then a whole output', () => {
    expect([at('hi '), at('{{ customer.name }} c'), at('hi ', true)]).toEqual([
      null,
      null,
      ['', '{{ customer.name }}'],
    ]);
  });
});
