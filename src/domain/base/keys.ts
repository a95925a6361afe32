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

/** What a reward is claimed once per, with all that its key needs besides the slot. */
export type Claim =
  | { kind: 'run' }
  | { kind: 'campaign'; campaign: string }
  /** Number of the event that answered. */
  | { kind: 'response'; eventNo: number }
  /** `label` as `periodLabel` gives it: the local day, ISO week or month. */
  | { kind: 'customer'; period: 'day' | 'week' | 'month'; label: string };

/**
 * At most one reward per claim key: per run each reward node once; per campaign one, whatever run, version and node; per event one, and per
 * customer and period one, over all campaigns that state this scope.
 */
export function claimKeyOf(claim: Claim, slot: Slot): string {
  switch (claim.kind) {
    case 'run':
      return `run/${slot.runId}/${slot.node}/${slot.customerId}`;
    case 'campaign':
      return `campaign/${claim.campaign}/${slot.customerId}`;
    case 'response':
      return `response/${slot.customerId}/${claim.eventNo}`;
    case 'customer':
      return `customer/${claim.period}/${claim.label}/${slot.customerId}`;
    default:
      return claim satisfies never;
  }
}

/** SHA-256 of a canonical JSON text (keys in the order given): what a key stands for. */
export function inputHash(parts: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
