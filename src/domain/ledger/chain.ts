/**
 * The chain over the ledger: each link is SHA-256 over the link before it and the canonical bytes of one transfer with its entries, so that
 * whoever changes, removes or adds one has to change every later link. docs/architecture.md gives the bytes, for auditors to repeat.
 */
import { createHash } from 'node:crypto';

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
  return createHash('sha256').update(previous).update(canonicalTransfer(transfer)).digest();
}
