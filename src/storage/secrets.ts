/**
 * What lets people in, and how it is kept: tokens of 256 random bits as their SHA-256 (no slow hash is needed), passwords by scrypt with a salt of
 * their own. Nothing of it can be read back.
 */
import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/** OWASP's cost for scrypt of 32 MiB; about 0.3 s of one core. */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const HASH_BYTES = 32;
/** scrypt needs 128·N·r bytes, and some. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;

export const newToken = (): string => randomBytes(32).toString('base64url');
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Another secret that only the holder of the token and we can tell; from it, nothing is learnt of the token. */
export const derived = (token: string, use: 'csrf' | 'state' | 'nonce' | 'verifier'): string =>
  createHmac('sha256', token).update(use).digest('base64url');

export function sameSecret(given: string, kept: string): boolean {
  return timingSafeEqual(tokenHash(given), tokenHash(kept));
}

/** `scrypt$<N>$<r>$<p>$<salt>$<hash>`, both base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** As long for no hash as for one, so that nobody learns who there is. */
export async function passwordMatches(password: string, kept: string | null): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = (kept ?? `scrypt$${COST.N}$${COST.r}$${COST.p}$$`).split('$');
  const expected = kept === null ? randomBytes(HASH_BYTES) : Buffer.from(hash, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return timingSafeEqual(given, expected) && kept !== null;
}

/** The same letters however they were typed (NFKC, as RFC 8265 has it for passwords). */
function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { ...cost, maxmem: MEMORY_BYTES_MAX }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
