/**
 * Every key is derived from the slot (run, node, visit, customer), never random: the same decision has the same key for ever.
 * All fit the protocols' 128 characters of [A-Za-z0-9_.:/-].
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const customerIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,64}$/, 'is 1 to 64 characters of letters, digits, _ . : -')
  .meta({ id: 'CustomerId' });
export const nodeIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'is 1 to 31 of a-z 0-9 -');
export const keySchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is 1 to 40 of a-z 0-9 -');

export interface Slot {
  runId: string;
  node: string;
  visit: number;
  customerId: string;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** 13 characters (65 bits) from installation, campaign, version and trigger key: two installations never share a run id. */
export function runIdOf(installation: string, campaign: string, version: number, triggerKey: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([installation, campaign, version, triggerKey]))
    .digest();
  return Array.from(digest.subarray(0, 13), (byte) => BASE32[byte & 31]).join('');
}

const slotPath = (slot: Slot) => `${slot.runId}/${slot.node}/${slot.visit}/${slot.customerId}`;

export const messageIdOf = (slot: Slot): string => `m/${slotPath(slot)}`;
export const payoutSlotKeyOf = (slot: Slot): string => `p/${slotPath(slot)}`;
export const payoutKeyOf = (slot: Slot, generation: number): string => `${payoutSlotKeyOf(slot)}/${generation}`;

/** At most one reward per claim key. */
export function claimKeyOf(scope: 'run', slot: Slot): string {
  switch (scope) {
    case 'run':
      return `run/${slot.runId}/${slot.node}/${slot.customerId}`;
    default:
      return scope satisfies never;
  }
}

/** SHA-256 of a canonical JSON text (keys in the order given): what a key stands for. */
export function inputHash(parts: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
