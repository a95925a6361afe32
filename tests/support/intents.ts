/**
 * A reward's intent as a cohort writes it: of one slot of a customer, claimed once per slot.
 */
import type { IntentRow } from '../../src/domain/wave/cohort.js';

export function intent(
  customer: string,
  { run = 'run', node = 'reward', ...over }: Partial<IntentRow> & { run?: string; node?: string } = {},
): IntentRow {
  const slotKey = `p/${run}/${node}/1/${customer}`;
  return {
    payoutKey: `${slotKey}/1`,
    slotKey,
    claimKey: `run/${run}/${node}/${customer}`,
    runId: run,
    campaign: 'c',
    node,
    visit: 1,
    wave: 1,
    customerId: customer,
    kind: 'cashback',
    amountMinor: 400,
    currency: 'KRW',
    budget: 'main',
    provider: 'pay',
    shard: 0,
    evidence: {},
    ...over,
  };
}
