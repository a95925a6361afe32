/**
 * The console's texts: both languages have the same keys, with the same values in them, and every class of the attention list has its words.
 */
import { describe, expect, it } from '@jest/globals';
import { books as enBooks } from '../../console/src/texts/en/books.js';
import { calendar as enCalendar } from '../../console/src/texts/en/calendar.js';
import { canvas as enCanvas } from '../../console/src/texts/en/canvas.js';
import { finance as enFinance } from '../../console/src/texts/en/finance.js';
import { first as enFirst } from '../../console/src/texts/en/first.js';
import { gallery as enGallery } from '../../console/src/texts/en/gallery.js';
import { making as enMaking } from '../../console/src/texts/en/making.js';
import { messages as enMessages } from '../../console/src/texts/en/messages.js';
import { live as enLive } from '../../console/src/texts/en/live.js';
import { operations as enOperations } from '../../console/src/texts/en/operations.js';
import { segments as enSegments } from '../../console/src/texts/en/segments.js';
import en from '../../console/src/texts/en.js';
import { books as koBooks } from '../../console/src/texts/ko/books.js';
import { calendar as koCalendar } from '../../console/src/texts/ko/calendar.js';
import { canvas as koCanvas } from '../../console/src/texts/ko/canvas.js';
import { finance as koFinance } from '../../console/src/texts/ko/finance.js';
import { first as koFirst } from '../../console/src/texts/ko/first.js';
import { gallery as koGallery } from '../../console/src/texts/ko/gallery.js';
import { making as koMaking } from '../../console/src/texts/ko/making.js';
import { messages as koMessages } from '../../console/src/texts/ko/messages.js';
import { live as koLive } from '../../console/src/texts/ko/live.js';
import { operations as koOperations } from '../../console/src/texts/ko/operations.js';
import { segments as koSegments } from '../../console/src/texts/ko/segments.js';
import ko from '../../console/src/texts/ko.js';
import { CODES } from '../../src/domain/attention/classes.js';
import { TRACE_CODES } from '../../src/domain/wave/trace.js';

/** `a.b.c` of every text. English has a form for one; Korean needs none. */
function textsOf(bundle: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(bundle).flatMap(([key, value]: [string, unknown]) =>
      typeof value === 'string' ? [[`${path}${key}`, value] as const] : [...textsOf(value as object, `${path}${key}.`)],
    ),
  );
}

/** The first view's and those that come with some pages. */
const allOf = (bundles: readonly object[]) => new Map(bundles.flatMap((bundle) => [...textsOf(bundle)]));
const english = allOf([
  en,
  enFinance,
  enBooks,
  enGallery,
  enCanvas,
  enOperations,
  enFirst,
  enSegments,
  enMessages,
  enLive,
  enCalendar,
  enMaking,
]);
const korean = allOf([
  ko,
  koFinance,
  koBooks,
  koGallery,
  koCanvas,
  koOperations,
  koFirst,
  koSegments,
  koMessages,
  koLive,
  koCalendar,
  koMaking,
]);
const valuesIn = (text = '') => [...text.matchAll(/\{\{[^}]*\}\}/g)].map(([value]) => value).toSorted();

describe('the texts', () => {
  it('have the same keys in both languages', () => {
    const withoutOne = [...english.keys()].filter((key) => !key.endsWith('_one'));
    expect([...korean.keys()].toSorted()).toEqual(withoutOne.toSorted());
  });

  it('have the same values in both languages', () => {
    const differing = [...korean].filter(([key, text]) => valuesIn(text).join() !== valuesIn(english.get(key)).join());
    expect(differing).toEqual([]);
  });

  it('are Korean in Korean', () => {
    const foreign = [...korean].filter(([, text]) => !/[가-힣]/.test(text)).map(([key]) => key);
    expect(foreign).toEqual([]);
  });

  it('have a form for one wherever they have one for many', () => {
    const many = [...english.keys()].filter((key) => key.endsWith('_other'));
    expect(many.filter((key) => !english.has(key.replace(/_other$/, '_one')))).toEqual([]);
  });

  it('have words for every code of the trace', () => {
    expect(Object.keys(en.why.codes)).toEqual(expect.arrayContaining(Object.keys(TRACE_CODES)));
  });

  it('have words for every class of the attention list', () => {
    expect(Object.keys(en.attention.classes).toSorted()).toEqual([...CODES].toSorted());
  });
});
