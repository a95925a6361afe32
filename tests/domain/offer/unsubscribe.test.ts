/**
 * Tokens of unsubscribe links: one per message and secret, opened by any secret that is known, and by nothing that was changed.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openToken, sealToken } from '../../../src/domain/offer/unsubscribe.js';
import { seeded } from '../../support/seeded.js';

const secret = (n: number) => Buffer.alloc(32, n).toString('base64');
const [OLD, NEW] = [secret(1), secret(2)];
const ID = 'm/abcdefghijklm/send/1/c00001';

describe('the token of an unsubscribe link', () => {
  it('is the same for the same message and opens to it, in an address as it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 128 }), (id) => {
        const token = sealToken(NEW, id);
        expect(token).toBe(sealToken(NEW, id));
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(openToken([NEW], token)).toBe(Buffer.from(id, 'utf8').toString('utf8'));
      }),
      { seed: seeded('unsubscribe tokens') },
    );
  });

  it('outlives the secret that sealed it as long as that one is known', () => {
    const token = sealToken(OLD, ID);
    expect([openToken([NEW, OLD], token), openToken([NEW], token), openToken([], token)]).toEqual([ID, null, null]);
  });

  it('opens to nothing once any character of it is another, is missing or is added', () => {
    const token = sealToken(NEW, ID);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(openToken([NEW], token.slice(0, at) + other + token.slice(at + 1))).toBeNull();
      expect(openToken([NEW], token.slice(0, at))).toBeNull();
    }
    for (const wrong of ['', 'none-such', `${token}A`, `${token}=`, `${token}/`, ` ${token}`])
      expect(openToken([NEW], wrong)).toBeNull();
  });
});
