/**
 * Retries: what can be asked by the configuration, who plans them and who carries them out, for the API and for the worker's sweep.
 */
import { CAPTURE } from './channels/capture.channel.js';
import { INBOX } from './channels/inbox.channel.js';
import type { Config } from './config.js';
import { STAFF } from './domain/base/channels.js';
import { POOL_PROVIDER } from './domain/ledger/coupon-pool.js';
import type { LaunchedStore } from './storage/launched.store.js';
import type { Pool } from './storage/pool.js';
import { RetryPlanner } from './storage/retry-plan.store.js';
import type { Askable } from './storage/retry-terms.js';
import { RetryWork } from './storage/retry-work.store.js';

export const askableOf = ({ gateways, providers }: Pick<Config, 'gateways' | 'providers'>): Askable => ({
  gateways: new Set([
    CAPTURE, // it and the next two are our own books
    INBOX,
    STAFF,
    ...gateways.flatMap((own) => (own.type === 'http' && own.lookup ? [own.name] : [])),
  ]),
  providers: new Set([
    POOL_PROVIDER,
    ...providers.flatMap((own) => (own.kind === 'http' && own.lookup ? [own.name] : [])),
  ]),
});

export const retryWork = (pool: Pool, config: Config): RetryWork =>
  new RetryWork(pool, config.build, askableOf(config));

export const retryPlanner = (pool: Pool, config: Config, launched: LaunchedStore): RetryPlanner =>
  new RetryPlanner(pool, launched, askableOf(config));
