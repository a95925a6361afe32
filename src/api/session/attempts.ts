/**
 * How often somebody may try to sign in: per account, so that its password is not guessed, and per address. Counted in Redis for all processes, and by
 * each process for itself while Redis is away: here the limit is what protects, so it never lets everything pass.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { tokenHash } from '../../storage/secrets.js';
import { Problem } from '../http/problem.js';
import { REDIS } from '../ports.js';

/** In a row, without one that succeeds. */
const OF_ACCOUNT = { points: 8, duration: 15 * 60 };
/** A whole branch may have one. */
const OF_ADDRESS = { points: 300, duration: 5 * 60 };

@Injectable()
export class SignInAttempts {
  private readonly accounts: RateLimiterAbstract;
  private readonly addresses: RateLimiterAbstract;

  constructor(@Inject(REDIS) redis: Redis) {
    const limiter = (keyPrefix: string, terms: { points: number; duration: number }) =>
      new RateLimiterRedis({
        ...terms,
        keyPrefix,
        storeClient: redis,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory({ ...terms, keyPrefix }),
      });
    this.accounts = limiter('pado:sign-in:account', OF_ACCOUNT);
    this.addresses = limiter('pado:sign-in:address', OF_ADDRESS);
  }

  /** Before anything is looked at. Problems: too_many_requests. */
  async count(address: string, account?: string): Promise<void> {
    await spend(this.addresses, address);
    if (account !== undefined) await spend(this.accounts, named(account));
  }

  async forget(account: string): Promise<void> {
    await this.accounts.delete(named(account));
  }
}

/** Redis is told nobody's name. */
const named = (account: string) => tokenHash(account.toLowerCase()).toString('hex');

async function spend(limiter: RateLimiterAbstract, who: string): Promise<void> {
  try {
    await limiter.consume(who);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
    throw new Problem('too_many_requests', 'Too many attempts to sign in.', {
      headers: { 'Retry-After': String(seconds) },
    });
  }
}
