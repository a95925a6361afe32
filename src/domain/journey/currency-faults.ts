/**
 * A provider's accounts are kept in one currency for good, that of whoever pays through it first: one balance says what it has had. So a reward
 * pays through a provider in the currency of its accounts, or, where it has none yet, in that of the other rewards that do.
 */
import { POOL_PROVIDER } from '../ledger/coupon-pool.js';
import type { Journey } from './definition.js';
import type { CampaignFault } from './validate.js';

export interface Paying {
  provider: string;
  currency: string;
}

/** By node, in the order of their names. */
function paying(journey: Journey): (Paying & { id: string })[] {
  return Object.entries(journey.nodes)
    .flatMap(([id, node]) =>
      node.type === 'reward' ? [{ id, provider: node.provider ?? POOL_PROVIDER, currency: node.amount.currency }] : [],
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** In which currency its first reward pays through each provider. */
export const payingFirst = (journey: Journey): Paying[] => [
  ...new Map(
    paying(journey)
      .reverse()
      .map(({ provider, currency }) => [provider, { provider, currency }]),
  ).values(),
];

/** `kept`: the currencies of the accounts of those providers that have some. */
export function currencyFaults(journey: Journey, kept: ReadonlyMap<string, string>): CampaignFault[] {
  const first = new Map(payingFirst(journey).map(({ provider, currency }) => [provider, currency]));
  return paying(journey).flatMap(({ id, provider, currency }) => {
    const own = kept.get(provider) ?? first.get(provider);
    if (own === currency) return [];
    return [{ pointer: `/journey/nodes/${id}/amount/currency`, detail: `is not the provider's ${own}` }];
  });
}
