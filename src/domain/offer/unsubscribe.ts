/**
 * The token of an unsubscribe link (RFC 8058): a message's id, sealed (AES-256-GCM) under a secret of the installation. Nobody can make one or
 * read one; the same message always has the same one, because the nonce is derived from the id.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

const NONCE = 12;
const TAG = 16;

const derived = (secret: string, use: string) =>
  createHmac('sha256', Buffer.from(secret, 'base64')).update(`pado unsubscribe ${use}`).digest();

/** `secret`: base64 of at least 32 bytes. Returns base64url. */
export function sealToken(secret: string, messageId: string): string {
  const nonce = createHmac('sha256', derived(secret, 'nonce')).update(messageId).digest().subarray(0, NONCE);
  const cipher = createCipheriv('aes-256-gcm', derived(secret, 'key'), nonce);
  const sealed = Buffer.concat([cipher.update(messageId, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** The message's id; null where no secret opens the token. */
export function openToken(secrets: readonly string[], token: string): string | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length <= NONCE + TAG || bytes.toString('base64url') !== token) return null;
  for (const secret of secrets) {
    const cipher = createDecipheriv('aes-256-gcm', derived(secret, 'key'), bytes.subarray(0, NONCE));
    cipher.setAuthTag(bytes.subarray(-TAG));
    try {
      return Buffer.concat([cipher.update(bytes.subarray(NONCE, -TAG)), cipher.final()]).toString('utf8');
    } catch {
      // not sealed by this one
    }
  }
  return null;
}

export const unsubscribePath = (token: string): string => `/v1/unsubscribe/${token}`;
