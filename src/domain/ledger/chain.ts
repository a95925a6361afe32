/**
 * The chains over the ledger and over the audit log: each link is SHA-256 over the link before it and the canonical bytes of one transfer with its
 * entries, or of one line, so that whoever changes, removes or adds one has to change every later link. docs/architecture.md gives the bytes, for
 * auditors to repeat.
 */
import { hash } from 'node:crypto';

/** A transfer as it is chained; times in microseconds and amounts in minor units as decimal text, so that no number loses a digit. */
export interface SealedTransfer {
  id: string;
  kind: string;
  payoutKey: string | null;
  atMicros: string;
  recordedAtMicros: string;
  /** [side, account, amount, currency], credit before debit. */
  entries: readonly (readonly [side: string, account: string, amount: string, currency: string])[];
}

/** What the first link follows. */
export const GENESIS: Buffer = Buffer.alloc(32);

/** UTF-8 of one JSON array without white space. */
export function canonicalTransfer(transfer: SealedTransfer): Buffer {
  const { id, kind, payoutKey, atMicros, recordedAtMicros, entries } = transfer;
  return Buffer.from(JSON.stringify([id, kind, payoutKey, atMicros, recordedAtMicros, entries]), 'utf8');
}

export function linkHash(previous: Buffer, transfer: SealedTransfer): Buffer {
  return chained(previous, canonicalTransfer(transfer));
}

/** A line of the audit log as it is chained: its number and times in microseconds as decimal text, what was before and after as the database writes jsonb. */
export type SealedLine = readonly [
  no: string,
  atMicros: string,
  actor: string,
  action: string,
  subject: string,
  reason: string | null,
  before: string | null,
  after: string | null,
  recordedAtMicros: string,
];

/** Over the UTF-8 of the line's JSON without white space. */
export function lineHash(previous: Buffer, line: SealedLine): Buffer {
  return chained(previous, Buffer.from(JSON.stringify(line), 'utf8'));
}

function chained(previous: Buffer, bytes: Buffer): Buffer {
  return hash('sha256', Buffer.concat([previous, bytes]), 'buffer');
}
