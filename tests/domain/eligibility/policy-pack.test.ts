/**
 * The Korean pack: what it refuses when a campaign is validated, and what it stops at the hand-over.
 */
import { describe, expect, it } from '@jest/globals';
import { isQuiet } from '../../../src/domain/eligibility/gate.js';
import {
  covers,
  marksOf,
  packBreach,
  packFaults,
  type PackTerms,
} from '../../../src/domain/eligibility/policy-pack.js';

const TERMS: PackTerms = {
  pack: 'korea',
  sender: '파도은행',
  contact: '1588-0000',
  optOut: '무료수신거부 080-000-0000',
};
const advertised = (over: object = {}) => ({
  channel: 'lms' as const,
  purpose: 'advertising' as const,
  title: null,
  body: `(광고) 새 소식\n${marksOf(TERMS)}`,
  ...over,
});

describe('the Korean policy pack', () => {
  it.each<[string, object, string | null]>([
    ['all marks', {}, null],
    ['the mark in the title, where there is one', { title: '(광고) 제목', body: `새 소식\n${marksOf(TERMS)}` }, null],
    ['a title without the mark', { title: '제목' }, 'unmarked'],
    ['no mark', { body: `새 소식\n${marksOf(TERMS)}` }, 'unmarked'],
    ['a mark that does not lead', { body: `새 소식 (광고)\n${marksOf(TERMS)}` }, 'unmarked'],
    ['no free way to refuse', { body: '(광고) 새 소식\n파도은행 1588-0000' }, 'unmarked'],
    ['advertising by AlimTalk', { channel: 'alimtalk' }, 'information_only'],
    ['information', { purpose: 'information', body: '잔액이 바뀌었습니다' }, null],
  ])('judges a message with %s', (_, over, breach) => {
    expect(packBreach(TERMS, advertised(over))).toBe(breach);
  });

  it.each<[string, object, string[], string[]]>([
    ['no hours of its own', {}, ['push', 'sms'], []],
    ['hours that cover the night', { quietHours: { from: '20:00', to: '09:00' } }, ['push'], []],
    ['hours that end too early', { quietHours: { from: '21:00', to: '07:59' } }, ['push'], ['/quietHours']],
    ['no quiet hours at all', { quietHours: { from: '00:00', to: '00:00' } }, ['sms'], ['/quietHours']],
    ['no quiet hours, by e-mail', { quietHours: { from: '00:00', to: '00:00' } }, ['email'], []],
    [
      'hours from 21:00, by a Brand Message',
      { quietHours: { from: '21:00', to: '08:00' } },
      ['brandmessage'],
      ['/quietHours'],
    ],
    [
      'AlimTalk for information',
      { purpose: 'information', quietHours: { from: '00:00', to: '00:00' } },
      ['alimtalk'],
      [],
    ],
  ])('preflights an advertising campaign with %s', (_, over, channels, pointers) => {
    const sends = channels.map((channel, n) => ({ id: `n${n}`, channel: channel as 'push' }));
    expect(packFaults(TERMS, { purpose: 'advertising', ...over }, sends).map(({ pointer }) => pointer)).toEqual(
      pointers,
    );
  });

  it('covers hours exactly where every minute is quiet', () => {
    const clock = (minute: number) =>
      `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
    const ends = [0, 1, 479, 480, 700, 1259, 1260, 1439];
    for (const from of ends) {
      for (const to of ends) {
        const outer = { from: clock(from), to: clock(to) };
        const quiet = Array.from({ length: 1_440 }, (_, minute) =>
          isQuiet(outer, Date.parse('2026-03-03T00:00:00Z') + minute * 60_000, 'UTC'),
        );
        const night = quiet.filter((_, minute) => minute >= 1_260 || minute < 480);
        expect([outer, covers(outer, { from: '21:00', to: '08:00' })]).toEqual([outer, night.every(Boolean)]);
      }
    }
  });
});
