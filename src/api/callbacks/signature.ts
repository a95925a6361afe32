/**
 * Standard Webhooks signatures of inbound requests. The library makes the expected one; comparing and the tolerance are ours, because
 * the time it is compared with is Postgres', not this process's.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { secretsOf, type NamedSecret, type Secrets } from '../../domain/base/secrets.js';

export interface InboundSignature {
  id: string;
  /** Epoch seconds. */
  timestamp: number;
  signatures: string[];
}

/** Null when a header is missing or is not what it has to be. */
export function readSignature(headers: IncomingHttpHeaders): InboundSignature | null {
  const [id, timestamp, signatures] = [
    headers['webhook-id'],
    headers['webhook-timestamp'],
    headers['webhook-signature'],
  ];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return null;
  if (!/^[\x21-\x7e]{1,256}$/.test(id) || !/^[0-9]{1,11}$/.test(timestamp)) return null;
  return { id, timestamp: Number(timestamp), signatures: signatures.split(' ') };
}

/** The name of a secret in force by which any of the signatures fits these bytes; null: of none. Either side may be rotating. */
export function fittingSecret(secrets: Secrets, signature: InboundSignature, body: Buffer): string | null {
  const fits = ({ secret }: NamedSecret) => signatureFits(secret, signature, body);
  return secretsOf(secrets).find(fits)?.name ?? null;
}

function signatureFits(secret: string, signature: InboundSignature, body: Buffer): boolean {
  const at = new Date(signature.timestamp * 1_000);
  const expected = Buffer.from(new Webhook(secret).sign(signature.id, at, body.toString('utf8')));
  return signature.signatures.some((text) => {
    const given = Buffer.from(text);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
