/**
 * What the queues of payouts work with: each provider behind the one port, with its terms, and the hours that the audit is told.
 */
import type { PayoutPorts } from '../activities/payout.activities.js';
import type { Config, ProviderConfig } from './config.js';
import type { Destinations } from './domain/base/destination.js';
import { opensInMs, prepareHours } from './domain/ledger/business-hours.js';
import { termsAt } from './domain/base/rates.js';
import { POOL_PROVIDER, POOL_TERMS } from './domain/ledger/coupon-pool.js';
import { FILE_TERMS } from './domain/ledger/payout-files.js';
import { FileExchange } from './exchange/file-exchange.js';
import { PartnerFolder } from './exchange/partner-folder.js';
import { FileProvider } from './providers/file.provider.js';
import { HttpProvider } from './providers/http.provider.js';
import { PoolProvider } from './providers/pool.provider.js';
import { CouponDraws } from './storage/coupon-draws.store.js';
import type { CurrentRates } from './storage/current-rates.js';
import { PayoutClaims } from './storage/payout-claims.store.js';
import type { PayoutEventsStore } from './storage/payout-events.store.js';
import { PayoutFiles } from './storage/payout-files.store.js';
import { PayoutsStore } from './storage/payouts.store.js';
import type { Pool } from './storage/pool.js';
import { ProviderHours } from './storage/provider-hours.store.js';
import { ReversalsStore } from './storage/reversals.store.js';
import { ResultFiles } from './storage/result-files.store.js';

type Terms = ReturnType<PayoutPorts['provider']>['terms'];
type Provider = Pick<ReturnType<PayoutPorts['provider']>, 'submit' | 'lookup' | 'reverse'>;

const hoursOf = ({ providers }: Config) =>
  new Map(providers.map(({ name, hours, zone }) => [name, hours && prepareHours(hours, zone)]));

/** Before anything of theirs is submitted. Errors: those of the database. */
export async function keepHours(pool: Pool, config: Config): Promise<void> {
  const hours = hoursOf(config);
  await new ProviderHours(pool).keep(
    config.providers.map(({ name, zone }) => ({ provider: name, zone, hours: hours.get(name) })),
  );
}

/** Whether a provider takes payouts at a business time. */
export function openProviders(config: Config): (provider: string, now: number) => boolean {
  const hours = hoursOf(config);
  return (provider, now) => opensInMs(hours.get(provider), now) === 0;
}

const providerOf = (
  own: ProviderConfig,
  pool: Pool,
  destinations: Destinations,
): { provider: Provider; terms: Omit<Terms, 'hours'> } =>
  own.kind === 'http'
    ? { provider: new HttpProvider(own, destinations), terms: own }
    : { provider: new FileProvider(own.name, new PayoutFiles(pool)), terms: FILE_TERMS };

/** With the partners that take files. */
export function fileExchange(pool: Pool, { providers }: Config): FileExchange {
  const partners = providers.filter((own) => own.kind === 'file');
  return new FileExchange(
    { payouts: new PayoutFiles(pool), results: new ResultFiles(pool) },
    partners.map(({ name, rowsMax, folder }) => ({ name, rowsMax, folder: new PartnerFolder(folder) })),
  );
}

export function payoutPorts(
  pool: Pool,
  config: Config,
  {
    told,
    rates,
    ...ports
  }: Pick<PayoutPorts, 'throttle' | 'nudger'> & { told: PayoutEventsStore; rates: CurrentRates },
): PayoutPorts {
  const claims = new PayoutClaims(pool, config.build);
  const payouts = new PayoutsStore(pool);
  const hours = hoursOf(config);
  const known = new Map<string, { provider: Provider; terms: Terms }>([
    [POOL_PROVIDER, { provider: new PoolProvider(new CouponDraws(pool)), terms: POOL_TERMS }],
    ...config.providers.map((own) => {
      const { provider, terms } = providerOf(own, pool, config.destinations);
      return [own.name, { provider, terms: { ...terms, hours: hours.get(own.name) } }] as const;
    }),
  ]);
  return {
    provider(name) {
      const entry = known.get(name);
      if (!entry) throw new Error(`invariant: a queue of an unconfigured provider ${name}`);
      const { provider } = entry;
      const terms = termsAt(entry.terms, rates.of(`provider/${name}`));
      const reverse = provider.reverse?.bind(provider);
      return {
        terms,
        submit: provider.submit.bind(provider),
        lookup: provider.lookup.bind(provider),
        ...(reverse ? { reverse } : {}),
      };
    },
    payouts: {
      claim: claims.claim.bind(claims),
      reclaim: claims.reclaim.bind(claims),
      presume: claims.presume.bind(claims),
      record: payouts.record.bind(payouts),
      expireLeases: payouts.expireLeases.bind(payouts),
      dueLookups: payouts.dueLookups.bind(payouts),
      recordLookups: payouts.recordLookups.bind(payouts),
      nextInMs: payouts.nextInMs.bind(payouts),
      isStopped: payouts.isStopped.bind(payouts),
      tell: told.tell.bind(told),
    },
    reversals: new ReversalsStore(pool),
    ...ports,
  };
}
