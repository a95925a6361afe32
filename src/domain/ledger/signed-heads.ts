/**
 * Statements about the ends of the chains over the ledger and the audit log, signed by Ed25519 (RFC 8032), each bound to the one before it by its SHA-256. What is signed is the
 * UTF-8 of one JSON object without white space, members in the order below; docs/ledger.md gives them for outsiders.
 */
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

/** What the first statement follows, and the hash of an empty chain. */
export const ZEROS = '0'.repeat(64);
/** The first format had no end of the audit log; what was signed in it stays as it is. */
const FORMAT = 'pado-ledger-head/2';

/** DER of a PKCS #8 Ed25519 private key, before its 32 bytes (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

export interface SigningKey {
  /** The first 16 hex digits of the SHA-256 of the public key's DER. */
  id: string;
  /** Base64 of its SubjectPublicKeyInfo in DER. */
  publicKey: string;
  privateKey: KeyObject;
}

/** From base64 or base64url of the 32 bytes that RFC 8032 calls the private key. Errors: another length. */
export function signingKey(seed: string): SigningKey {
  const bytes = Buffer.from(seed, 'base64');
  if (bytes.length !== SEED_BYTES) throw new Error('an Ed25519 private key has 32 bytes');
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, bytes]), format: 'der', type: 'pkcs8' });
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { id: sha256(der).slice(0, 16), publicKey: der.toString('base64'), privateKey };
}

interface Follows {
  no: number;
  /** SHA-256 of the statement before this one, hex; `ZEROS` for the first. */
  previous: string;
  /** Business now, epoch ms. */
  at: number;
}

/** That this key signs from here on; signed by it, and by the one before it where there is one. */
export function keyStatement({ no, previous, at }: Follows, key: SigningKey): string {
  const { id, publicKey } = key;
  return JSON.stringify({ format: FORMAT, kind: 'key', no, previous, at: iso(at), key: id, publicKey });
}

export interface ChainEnd {
  /** The last business day that has ended, ISO. */
  day: string;
  /** The last seal and its hash, hex. */
  through: number;
  hash: string;
  /** The last closing of a month, and the hash over all of them, hex. */
  closings: number;
  closingsHash: string;
  /** The last seal of the audit log and its hash, hex. */
  logThrough: number;
  logHash: string;
}

export function headStatement({ no, previous, at }: Follows, key: SigningKey, end: ChainEnd): string {
  const { day, through, hash, closings, closingsHash, logThrough, logHash } = end;
  return JSON.stringify({
    format: FORMAT,
    kind: 'head',
    no,
    previous,
    at: iso(at),
    key: key.id,
    day,
    through,
    hash,
    closings,
    closingsHash,
    logThrough,
    logHash,
  });
}

/** Base64 by key id. */
export function signaturesOf(statement: string, keys: readonly SigningKey[]): Record<string, string> {
  const bytes = Buffer.from(statement, 'utf8');
  return Object.fromEntries(keys.map(({ id, privateKey }) => [id, sign(null, bytes, privateKey).toString('base64')]));
}

export const hashOfStatement = (statement: string): string => sha256(Buffer.from(statement, 'utf8'));

/** A closing as it is hashed, times in microseconds as decimal text. */
export type HashedClosing = readonly [
  no: number,
  month: string,
  move: string,
  closedThrough: string | null,
  reason: string,
  proposedBy: string,
  approvedBy: string,
  atMicros: string,
  recordedAtMicros: string,
];

/** Each is bound to the one before it: SHA-256 over its 32 bytes and the JSON of the closing. */
export function hashOfClosings(closings: readonly HashedClosing[]): string {
  return closings.reduce(
    (before, closing) => sha256(Buffer.concat([Buffer.from(before, 'hex'), Buffer.from(JSON.stringify(closing))])),
    ZEROS,
  );
}

export interface LastHead {
  day: string;
  through: number;
  closings: number;
  logThrough: number;
}

/**
 * Daily, once there is something new in a chain, and whenever a month was closed or reopened. The first comes with money: an installation that has only
 * been set up may still be given a business epoch, and its days would go back.
 */
export function isHeadDue(last: LastHead | null, end: LastHead): boolean {
  if (last === null) return end.through > 0 || end.closings > 0;
  const isNew = end.through > last.through || end.logThrough > last.logThrough;
  return end.closings > last.closings || (last.through === 0 && end.through > 0) || (isNew && end.day > last.day);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const iso = (at: number): string => new Date(at).toISOString();
