/**
 * Whatever the Liquid engine finds wrong with a template is said in Korean: templates that are wrong in each way that the engine knows, within the tags and
 * filters that there are. An engine that says it in other words is noticed here.
 */
import { describe, expect, it } from '@jest/globals';
import { KOREAN_LIQUID } from '../../src/api/words/ko-liquid.js';
import { say } from '../../src/api/words/words.js';
import { parseTemplate, prepareTemplate } from '../../src/domain/offer/template.js';

const HANGUL = /[가-힣]/;
const WRONG = [
  '{{ customer.name | nope }}',
  '{% for a in customer.b %}{% endfor %}',
  '{% if customer.a %}x',
  '{% unless customer.a %}x',
  '{% case customer.a %}{% when "x" %}',
  '{% capture x %}',
  '{% comment %}x',
  '{{ customer.name',
  '{% if customer.a',
  '{% raw %}x',
  '{{ | upcase }}',
  '{{ }}',
  '{{ customer.name | ! }}',
  '{{ customer.name | append "x" }}',
  '{{ customer.name | append: "a" "b" }}',
  '{{ customer[a }}',
  '{{ (1..2 }}',
  '{{ (customer.a..) }}',
  '{% assign %}',
  '{% assign x 1 %}',
  '{% if customer.a %}{% else %}{% elsif customer.b %}{% endif %}',
  '{% if customer.a %}{% else %}{% else %}{% endif %}',
  '{% if customer.a = 1 %}{% endif %}',
  '{% # a\nb %}',
  '{% capture %}x{% endcapture %}',
  '{% %}',
  '{% else %}',
  'x'.repeat(20_001),
];
/** Of what a customer's values come to. */
const WRONG_OF_VALUES = [
  '{{ customer.nobody }}',
  '{{ customer.long | append: customer.long | append: customer.long }}',
];

const phrase = (words: string) =>
  new RegExp(
    `^${words
      .split('{}')
      .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
      .join('.*')}$`,
    's',
  );

describe('what the Liquid engine says', () => {
  const faultsOf = (body: string) => {
    const parsed = parseTemplate({ title: null, body });
    return parsed.ok ? [] : parsed.faults.map(({ detail }) => detail);
  };

  const faultsOfValues = (body: string) => {
    const details: string[] = [];
    const template = { key: 't', version: 1, channel: 'push' as const, title: null, body };
    const render = prepareTemplate(template, 'information', null, ({ detail }) => details.push(detail));
    render({ id: 'c', zone: 'Asia/Seoul', attributes: { long: 'x'.repeat(600_000) } });
    return details;
  };
  const all = () => [...WRONG.flatMap(faultsOf), ...WRONG_OF_VALUES.flatMap(faultsOfValues)];

  it.each(WRONG_OF_VALUES)('has its Korean where values are wrong: %s', (template) => {
    const details = faultsOfValues(template);
    expect(details).toHaveLength(1);
    expect(say(details[0] ?? '', 'ko')).toMatch(HANGUL);
  });

  it.each(WRONG)('has its Korean: %.40s', (template) => {
    const details = faultsOf(template);
    expect(details.length).toBeGreaterThan(0);
    for (const detail of details) {
      expect(say(detail, 'ko')).toMatch(HANGUL);
      expect(say(detail, 'en')).toBe(detail);
    }
  });

  it('is all that is translated', () => {
    const said = all();
    const unsaid = Object.keys(KOREAN_LIQUID).filter((words) => !said.some((detail) => phrase(words).test(detail)));
    expect(unsaid).toEqual([]);
  });

  it('quotes the template as it is written', () => {
    expect(say('tag {% if customer.a %} not closed', 'ko')).toBe('닫히지 않은 태그입니다: {% if customer.a %}');
  });
});
