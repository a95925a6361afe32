/**
 * How the console writes money, time and sums: exact, in both languages, and by no clock of its own.
 */
import { describe, expect, it } from '@jest/globals';
import { shareText, sumOf } from '../../console/src/format/count.js';
import { edgesOf, inOrder } from '../../console/src/format/journey.js';
import { decimalOf, minorOf, moneyText } from '../../console/src/format/money.js';
import { allMessages, inPassing, messagesAddUp, peopleAddUp } from '../../console/src/format/run.js';
import { partsOf, spanOf } from '../../console/src/format/span.js';
import { seoulTime, spanText, utcTime } from '../../console/src/format/time.js';

describe('money', () => {
  it.each([
    ['5000', 'KRW', 'ko', '₩5,000'],
    ['1234', 'USD', 'en', '$12.34'],
    ['-7', 'USD', 'en', '-$0.07'],
    ['900719925474099312', 'KRW', 'ko', '₩900,719,925,474,099,312'],
    ['90071992547409931234', 'USD', 'en', '$900,719,925,474,099,312.34'],
  ])('%s of %s is, in %s, %s', (value, currency, language, text) => {
    expect(moneyText({ value, currency }, language)).toBe(text);
  });

  it.each([
    ['5000', 'KRW', '5000'],
    ['1,000', 'KRW', '1000'],
    ['12.3', 'USD', '1230'],
    [' 0.05 ', 'USD', '5'],
    ['5000.5', 'KRW', null],
    ['1.234', 'USD', null],
    ['-5', 'KRW', null],
    ['', 'KRW', null],
    ['1e3', 'KRW', null],
  ])('typed %j of %s is %s in minor units', (text, currency, minor) => {
    expect(minorOf(text, currency)).toBe(minor);
    if (minor !== null) expect(minorOf(decimalOf(minor, currency), currency)).toBe(minor);
  });
});

describe('time', () => {
  it('is Seoul’s, and UTC beside it', () => {
    expect(seoulTime('2026-12-31T15:00:00.000Z')).toBe('2027-01-01 00:00:00');
    expect(utcTime('2027-01-01T00:00:00+09:00')).toBe('2026-12-31 15:00:00 UTC');
  });

  it.each([
    [0, '0초'],
    [61_000, '1분 1초'],
    [3_600_000, '1시간'],
    [90_061_000, '1일 1시간'],
    [-5_000, '0초'],
  ])('%d ms are %s', (ms, text) => {
    expect(spanText(0, ms, 'ko')).toBe(text);
  });
});

describe('spans of one unit', () => {
  it.each([
    ['P14D', '14', 'days'],
    ['PT6H', '6', 'hours'],
    ['PT30M', '30', 'minutes'],
    ['P0D', '0', 'days'],
  ] as const)('%s are %s %s, and back', (span, n, unit) => {
    expect(partsOf(span)).toEqual({ n, unit });
    expect(spanOf(n, unit)).toBe(span);
  });

  it.each(['P3M', 'P1W', 'P1DT6H', 'PT10S', 'P14H', '14', ''])('%j are not', (span) => {
    expect(partsOf(span)).toBeNull();
  });
});

describe('sums', () => {
  const people = { entered: 10, here: 3, moved: { next: 4, no: 1 }, ended: { stopped: 2 } };
  const messages = {
    decided: 12,
    queued: 1,
    submitting: 2,
    accepted: 3,
    rejected: { invalid: 1 },
    ambiguous: 1,
    withheld: { expired: 2 },
    suppressed: { cap: 1, quiet: 1 },
  };

  it('are told right where they add up, and wrong where one is off by one', () => {
    expect([peopleAddUp({ people, messages }), messagesAddUp({ people, messages })]).toEqual([true, true]);
    expect(peopleAddUp({ people: { ...people, here: 4 }, messages })).toBe(false);
    expect(messagesAddUp({ people, messages: { ...messages, ambiguous: 0 } })).toBe(false);
  });

  it('over all nodes are the sums of their parts', () => {
    const total = allMessages([
      { people, messages },
      { people, messages: null },
      { people, messages },
    ]);
    expect(total).toEqual({ decided: 24, open: 8, accepted: 6, rejected: 2, withheld: 4, suppressed: 4 });
    expect(sumOf(null)).toBe(0);
  });

  it('stand in the order in which customers pass their nodes', () => {
    const node = (type: string, wave: number, visit: number) => ({ type, wave, visit });
    const [end, second, first, again] = [
      node('exit', 0, 1),
      node('send', 2, 1),
      node('wait', 1, 1),
      node('send', 1, 2),
    ];
    expect(inPassing([end, second, first, again])).toEqual([first, second, again, end]);
  });

  it('have no share of nothing', () => {
    expect([shareText(1, 8, 'en'), shareText(0, 0, 'en')]).toEqual(['12.5%', '–']);
  });
});

describe('a journey', () => {
  const nodes = {
    done: { type: 'exit' },
    lost: { type: 'exit' },
    send: { type: 'send', next: 'which' },
    which: { type: 'split', arms: [{ name: 'a', next: 'again' }, { name: 'b', next: 'done' }] }, // prettier-ignore
    again: { type: 'repeat', again: 'send', next: 'done' },
  };

  it('is told in the order of a walk, each node once, what nobody reaches last', () => {
    expect(inOrder({ start: 'send', nodes })).toEqual(['send', 'which', 'again', 'done', 'lost']);
    expect(edgesOf(nodes.which)).toEqual([
      ['a', 'again'],
      ['b', 'done'],
    ]);
  });
});
