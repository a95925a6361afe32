/**
 * Tests of messages: to people of the installation, never to customers, few at a time and few a day. They bear sample values, not those of a customer.
 */
import type { Channel } from '../base/channels.js';
import { addressKind } from '../eligibility/gate.js';

export const RECIPIENTS_MAX = 50;
export const RECIPIENTS_OF_A_TEST_MAX = 5;
/** That one sender may send within any 24 hours. */
export const TESTS_OF_A_DAY_MAX = 50;
export const TEST_DAY_MS = 24 * 3_600_000;
/** After which a gateway must not send it any more. */
export const TEST_VALID_MS = 10 * 60_000;

export const TEST_ADDRESSES = ['push', 'phone', 'email'] as const;
export type TestAddress = (typeof TEST_ADDRESSES)[number];
export type TestAddresses = Partial<Record<TestAddress, string>>;

/** Where a message of this channel goes; null: no test goes over it. */
export function testAddressKind(channel: Channel): TestAddress | null {
  const kind = channel === 'call' ? null : addressKind(channel);
  return kind === 'postal' ? null : kind;
}

const SHOWN = 4;
const HIDDEN = '…';

/** Enough to know one's own address by. */
export function masked(kind: TestAddress, address: string): string {
  if (kind !== 'email') return HIDDEN + address.slice(-Math.min(SHOWN, Math.floor(address.length / 2)));
  const at = address.lastIndexOf('@');
  return address.slice(0, 1) + HIDDEN + address.slice(at);
}
