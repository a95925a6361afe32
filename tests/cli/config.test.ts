/**
 * What the environment may not say, because a law rests on it.
 */
import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';

const ENV = {
  PADO_DATABASE_URL: 'postgresql://127.0.0.1/pado',
  REDIS_URL: 'redis://127.0.0.1',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
};
const sweepSeconds = (given: string) => parseConfig({ ...ENV, PADO_SWEEP_SECONDS: given }).sweepSeconds;

describe('the configuration', () => {
  it('sweeps often enough for the 60 s of law 8, whatever it is told', () => {
    expect([parseConfig(ENV).sweepSeconds, sweepSeconds('1'), sweepSeconds('40')]).toEqual([20, 1, 40]);
    for (const given of ['0', '41', '60', '1.5', 'often']) {
      expect(() => sweepSeconds(given)).toThrow('PADO_SWEEP_SECONDS');
    }
  });

  it('has no provider by the name of the pools of coupons, whose book is ours', () => {
    const named = (name: string) =>
      JSON.stringify([{ name, url: 'http://127.0.0.1', secret: Buffer.alloc(24).toString('base64') }]);
    expect(parseConfig({ ...ENV, PADO_PAYOUT_PROVIDERS: named('pools') }).providers).toHaveLength(1);
    expect(() => parseConfig({ ...ENV, PADO_PAYOUT_PROVIDERS: named('pool') })).toThrow('the name of the pools');
  });
});
