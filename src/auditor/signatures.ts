/**
 * What a signed statement says, and whether a key has signed it (Ed25519, RFC 8032).
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { BookUnreadable } from './books.js';

export const ZEROS = '0'.repeat(64);

export interface Key {
  /** The first 16 hex digits of the SHA-256 of its DER. */
  id: string;
  key: KeyObject;
}

/** Of a head, a key or an export: whatever its members are. */
export interface Said {
  name?: unknown;
  at?: unknown;
  bytes?: unknown;
  sha256?: unknown;
  format?: unknown;
  kind?: unknown;
  no?: unknown;
  previous?: unknown;
  key?: unknown;
  publicKey?: unknown;
  day?: unknown;
  through?: unknown;
  hash?: unknown;
  closings?: unknown;
  closingsHash?: unknown;
  logThrough?: unknown;
  logHash?: unknown;
}
/** Null where it is no JSON object. */
export function said(statement: string): Said | null {
  try {
    const value: unknown = JSON.parse(statement);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** Null where it is no Ed25519 key, or not the one of that id. */
export function keyOf(one: Said): Key | null {
  try {
    const der = Buffer.from(String(one.publicKey), 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const id = sha256(der).slice(0, 16);
    return key.asymmetricKeyType === 'ed25519' && one.key === id ? { id, key } : null;
  } catch {
    return null;
  }
}

export function isSigned(statement: string, signature: string | undefined, key: KeyObject): boolean {
  return signature !== undefined && verify(null, Buffer.from(statement, 'utf8'), key, Buffer.from(signature, 'base64'));
}

/** Base64 of SubjectPublicKeyInfo. Errors: BookUnreadable. */
export function publicKey(given: string): string {
  const text = (existsSync(given) ? readFileSync(given, 'utf8') : given).trim();
  try {
    const key = text.startsWith('-----')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.export({ format: 'der', type: 'spki' }).toString('base64');
  } catch (error) {
    throw new BookUnreadable(given, 'is no public key (PEM, or base64 of its DER)', !existsSync(given), {
      cause: error,
    });
  }
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
