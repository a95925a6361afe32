/**
 * Signed statements about the ledger's chain: their bytes, which outsiders repeat, their signatures, and when one is due.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  hashOfClosings,
  hashOfStatement,
  headStatement,
  isHeadDue,
  keyStatement,
  signaturesOf,
  signingKey,
  ZEROS,
} from '../../../src/domain/ledger/signed-heads.js';

/** RFC 8032, section 7.1, TEST 1. */
const SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const KEY = signingKey(SEED.toString('base64'));
const AT = Date.parse('2026-04-01T00:00:12.345Z');

describe('the key of signed heads', () => {
  it('is the private key of RFC 8032, in base64 or base64url', () => {
    const der = Buffer.from(KEY.publicKey, 'base64');
    expect(der.subarray(-32).toString('hex')).toBe(PUBLIC);
    expect(KEY.id).toBe(createHash('sha256').update(der).digest('hex').slice(0, 16));
    expect(signingKey(SEED.toString('base64url')).id).toBe(KEY.id);
  });

  it('signs as RFC 8032 does', () => {
    expect(Buffer.from(signaturesOf('', [KEY])[KEY.id] as string, 'base64').toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('has 32 bytes', () => {
    expect(() => signingKey(SEED.subarray(1).toString('base64'))).toThrow('32 bytes');
    expect(() => signingKey('')).toThrow('32 bytes');
  });
});

describe('a statement', () => {
  const ledger = { day: '2026-03-31', through: 7, hash: 'ab'.repeat(32), closings: 2, closingsHash: 'cd'.repeat(32) };
  const end = { ...ledger, logThrough: 9, logHash: '01'.repeat(32) };

  it('is one JSON object whose members have their order', () => {
    expect(keyStatement({ no: 1, previous: ZEROS, at: AT }, KEY)).toBe(
      `{"format":"pado-ledger-head/2","kind":"key","no":1,"previous":"${ZEROS}","at":"2026-04-01T00:00:12.345Z","key":"${KEY.id}","publicKey":"${KEY.publicKey}"}`,
    );
    expect(headStatement({ no: 2, previous: 'ef'.repeat(32), at: AT }, KEY, end)).toBe(
      `{"format":"pado-ledger-head/2","kind":"head","no":2,"previous":"${'ef'.repeat(32)}","at":"2026-04-01T00:00:12.345Z","key":"${KEY.id}",` +
        `"day":"2026-03-31","through":7,"hash":"${'ab'.repeat(32)}","closings":2,"closingsHash":"${'cd'.repeat(32)}",` +
        `"logThrough":9,"logHash":"${'01'.repeat(32)}"}`,
    );
  });

  it('is signed by each key that has to, over its UTF-8', () => {
    const other = signingKey(Buffer.alloc(32, 7).toString('base64'));
    const statement = '{"reason":"마감"}';
    const signatures = signaturesOf(statement, [KEY, other]);
    for (const { id, publicKey } of [KEY, other]) {
      const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
      expect(verify(null, Buffer.from(statement), key, Buffer.from(signatures[id] as string, 'base64'))).toBe(true);
    }
    expect(hashOfStatement(statement)).toBe(createHash('sha256').update(statement, 'utf8').digest('hex'));
  });

  it('binds each closing to the one before it', () => {
    const first = [1, '2026-03', 'close', '2026-03-31', 'r', 'a', 'b', '1', '2'] as const;
    const second = [2, '2026-03', 'reopen', null, 'r', 'a', 'b', '3', '4'] as const;
    const one = createHash('sha256').update(Buffer.alloc(32)).update(JSON.stringify(first)).digest();
    expect(hashOfClosings([])).toBe(ZEROS);
    expect(hashOfClosings([first])).toBe(one.toString('hex'));
    expect(hashOfClosings([first, second])).toBe(
      createHash('sha256').update(one).update(JSON.stringify(second)).digest('hex'),
    );
  });
});

describe('a head is due', () => {
  const last = { day: '2026-03-30', through: 7, closings: 1, logThrough: 3 };
  const none = { day: '2026-03-31', through: 0, closings: 0, logThrough: 0 };
  it.each([
    ['nothing there', null, none, false],
    ['the first seal', null, { ...none, through: 1 }, true],
    ['the first seal of the audit log, before any money', null, { ...none, logThrough: 1 }, false],
    ['the first seal of the audit log beside one of the ledger', null, { ...none, through: 1, logThrough: 1 }, true],
    ['nothing new', last, { ...last, day: '2026-03-31' }, false],
    ['new seals, the same day', last, { ...last, through: 9, logThrough: 4 }, false],
    ['new seals, a day later', last, { ...last, day: '2026-03-31', through: 9 }, true],
    ['new seals of the audit log, a day later', last, { ...last, day: '2026-03-31', logThrough: 4 }, true],
    ['the first seal, the same day', { ...last, through: 0 }, { ...last, through: 1 }, true],
    ['a month was closed', last, { ...last, closings: 2 }, true],
    ['a clock that went back', last, { ...last, day: '2026-03-29', through: 9, logThrough: 4 }, false],
  ])('%s: %#', (_, before, end, due) => {
    expect(isHeadDue(before, end)).toBe(due);
  });
});
