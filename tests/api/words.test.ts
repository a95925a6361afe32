/**
 * Every sentence that the API says to people has its Korean: found in the sources, so that a new one is missed at once; and none is kept that nobody says.
 */
import { describe, expect, it } from '@jest/globals';
import { KOREAN_FAULTS } from '../../src/api/words/ko-faults.js';
import { KOREAN_LIQUID } from '../../src/api/words/ko-liquid.js';
import { KOREAN_PROBLEMS } from '../../src/api/words/ko-problems.js';
import { inWords, say } from '../../src/api/words/words.js';
import { PROBLEMS } from '../../src/api/http/problem.js';
import { sources, type Source } from '../support/sources.js';

const STRING = String.raw`(?:'((?:[^'\\\n]|\\.)*)'|${'`'}((?:[^${'`'}\\]|\\.)*)${'`'}|"((?:[^"\\\n]|\\.)*)")`;
/** Where a sentence stands that leaves as a detail. */
const PLACES = [
  String.raw`\bdetail:\s*`,
  String.raw`new Problem\(\s*'[a-z_]+',\s*`,
  String.raw`\b(?:message|error):\s*`,
  String.raw`\bfault\(\s*`,
  String.raw`\.regex\((?:/.*/|\w+), `,
].map((place) => new RegExp(place + STRING, 'g'));
/** Of a table of decisions: `not_paid: 'The payout is not paid.'`; what documents an endpoint begins with these. */
const DECISIONS = /^\s+(?!summary|description|title)[a-z_]+:\s+'([A-Z][^'\n]* [^'\n]*\.)'/gm;
const HANGUL = /[가-힣]/;

const plain = (text: string) => text.replaceAll(/\$\{[^}]*\}/g, '{}').replaceAll(/\\(['`])/g, '$1');
const isSentence = (text: string) => text.includes(' ') && text.replaceAll('{}', '').trim().includes(' ');

function saidIn({ path, text }: Source): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const places = path.startsWith('src/api/') ? [...PLACES, DECISIONS] : PLACES;
  const found = places.flatMap((place) =>
    [...code.matchAll(place)].map((match) => match.slice(1).find((part) => part !== undefined) ?? ''),
  );
  return found.map(plain).filter(isSentence);
}

const SOURCES = sources('src/api/**/*.ts', 'src/domain/**/*.ts').filter(({ path }) => !path.includes('/words/'));
/** What only stands in a description, or is told to the machine's log. */
const NOT_FOR_PEOPLE = /^(invariant|what became of the message)/;

describe('what the API says', () => {
  const said = [...new Set(SOURCES.flatMap(saidIn))].filter((one) => !NOT_FOR_PEOPLE.test(one));

  it('is found in the sources', () => {
    expect(said.length).toBeGreaterThan(150);
    expect(said).toEqual(
      expect.arrayContaining(['does not exist', 'leads to {}, which is not a node', 'The month is not over.']),
    );
  });

  it.each(said)('has its Korean: %s', (sentence) => {
    let n = 0;
    const filled = sentence.replaceAll('{}', () => `part${(n += 1)}`);
    const korean = say(filled, 'ko');
    expect(korean).toMatch(HANGUL);
    expect(say(filled, 'en')).toBe(filled);
  });

  it('has a Korean title for each kind of problem', () => {
    for (const [, title] of Object.values(PROBLEMS)) expect(say(title, 'ko')).toMatch(HANGUL);
  });

  it.each(Object.entries({ ...KOREAN_FAULTS, ...KOREAN_LIQUID, ...KOREAN_PROBLEMS }))(
    'fills what varies: %s',
    (from, to) => {
      const parts = from.split('{}').length - 1;
      const used = [...to.matchAll(/\{(\d)\}/g)].map(([, n]) => Number(n));
      expect(used.every((n) => n >= 1 && n <= parts)).toBe(true);
    },
  );

  it('keeps no sentence that nobody says', () => {
    const everything = SOURCES.map(({ text }) => plain(text)).join('\n');
    const ours = Object.keys({ ...KOREAN_FAULTS, ...KOREAN_PROBLEMS }).filter(
      (one) => !/^(Invalid|Too (small|big):|undefined filter|tag |output )/.test(one),
    );
    const parts = (sentence: string) => sentence.split('{}').filter((part) => part.trim().length > 3);
    expect(ours.filter((one) => !parts(one).every((part) => everything.includes(part)))).toEqual([]);
  });

  it('says a problem and the faults of an answer, and leaves all else', () => {
    const problem = { type: 'urn:pado:problem:conflict', title: 'The present state does not allow that', status: 409 };
    expect(
      inWords(
        {
          ...problem,
          detail: 'The run has ended.',
          errors: [{ pointer: '/a', detail: 'is mapped to w, does not exist' }],
        },
        'ko',
      ),
    ).toEqual({
      ...problem,
      title: '지금 상태에서는 할 수 없는 작업입니다',
      detail: '종료된 실행입니다.',
      errors: [{ pointer: '/a', detail: 'w(으)로 매핑되었습니다: 존재하지 않습니다' }],
    });
    const answer = { title: 'The run has ended.', detail: 'The run has ended.', faults: [] };
    expect(inWords(answer, 'ko')).toBe(answer);
    expect(inWords({ faults: [{ pointer: '', detail: 'nobody has said this' }] }, 'ko')).toEqual({
      faults: [{ pointer: '', detail: 'nobody has said this' }],
    });
  });
});
