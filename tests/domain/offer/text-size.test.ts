/**
 * Bytes of a text message: against the decoder, which turns every encodable character back into itself.
 */
import { describe, expect, it } from '@jest/globals';
import { eucKrSize, sizeFault, textSize } from '../../../src/domain/offer/text-size.js';

describe('the size of a text', () => {
  it('counts one byte for ASCII and two for Korean, in EUC-KR and its extension', () => {
    expect(eucKrSize('abc 1')).toEqual({ bytes: 5, unknown: [] });
    expect(eucKrSize('(광고) 가힣')).toEqual({ bytes: 11, unknown: [] });
    expect(eucKrSize('똠방각하 펲시콜라 ①㈜')).toMatchObject({ unknown: [] }); // 똠, 펲: code page 949 only
  });

  it('knows what EUC-KR does not have', () => {
    expect(eucKrSize('a😀b漢字ñ😀').unknown).toEqual(['😀', 'ñ']);
  });

  it.each([
    ['sms', 'a'.repeat(90), null],
    ['sms', 'a'.repeat(91), 'has 91 bytes'],
    ['sms', '가'.repeat(45), null],
    ['sms', '가'.repeat(46), 'has 92 bytes'],
    ['lms', '가'.repeat(1_000), null],
    ['lms', '가'.repeat(1_001), 'has 2002 bytes'],
    ['lms', '😀', 'EUC-KR does not have'],
    ['push', '😀'.repeat(2_000), null],
  ] as const)('for %s: %.8s…', (channel, body, fault) => {
    const found = sizeFault(textSize(channel, { title: null, body }));
    if (fault === null) expect(found).toBeNull();
    else expect(found).toContain(fault);
  });
});
