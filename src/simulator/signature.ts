/**
 * Standard Webhooks signatures (v1, HMAC-SHA256) of requests to the simulator and of its callbacks. Written on
 * node:crypto because the library fixes the tolerance at 5 minutes, and tests with skewed clocks need to set it.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedHeaders {
  'webhook-id': string;
  /** Epoch seconds. */
  'webhook-timestamp': string;
  'webhook-signature': string;
}

export class Signer {
  private readonly key: KeyObject;

  /** `secret`: base64, with or without `whsec_`, as Standard Webhooks has it. Throws on an empty one. */
  constructor(secret: string) {
    const key = Buffer.from(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret, 'base64');
    if (key.length === 0) throw new Error('A secret of Standard Webhooks is base64 and not empty');
    this.key = createSecretKey(key);
  }

  headers(id: string, nowMs: number, body: string): SignedHeaders {
    const timestamp = String(Math.floor(nowMs / 1_000));
    return {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${this.mac(id, timestamp, Buffer.from(body)).toString('base64')}`,
    };
  }

  /** True when one of the v1 signatures fits and the timestamp is within `toleranceMs` of `nowMs`. */
  verifies(headers: IncomingHttpHeaders, body: Buffer, nowMs: number, toleranceMs: number): boolean {
    const id = headers['webhook-id'];
    const timestamp = headers['webhook-timestamp'];
    const signatures = headers['webhook-signature'];
    if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs - Number(timestamp) * 1_000) > toleranceMs) return false;
    const expected = this.mac(id, timestamp, body);
    return signatures.split(' ').some((signature) => {
      const given = Buffer.from(signature.startsWith('v1,') ? signature.slice(3) : '', 'base64');
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }

  private mac(id: string, timestamp: string, body: Buffer): Buffer {
    return createHmac('sha256', this.key).update(`${id}.${timestamp}.`).update(body).digest();
  }
}
