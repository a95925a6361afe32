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

  it('takes traits by the names of attributes, and none that the gate decides by', () => {
    const traits = (given: unknown) => parseConfig({ ...ENV, PADO_IDENTIFY_TRAITS: JSON.stringify(given) });
    expect([...traits(['grade', 'favouriteBranch']).identifyTraits]).toEqual(['grade', 'favouriteBranch']);
    expect(parseConfig(ENV).identifyTraits.size).toBe(0);
    for (const given of ['status', 'Consents', 'email', 'zone', 'a b', ''])
      expect(() => traits([given])).toThrow('PADO_IDENTIFY_TRAITS');
  });

  it('takes origins of browsers as browsers write them', () => {
    const origins = (...given: string[]) => parseConfig({ ...ENV, PADO_BROWSER_ORIGINS: JSON.stringify(given) });
    expect(origins('https://www.bank.example', 'http://127.0.0.1:3000').browserOrigins).toHaveLength(2);
    expect(parseConfig(ENV).browserOrigins).toEqual([]);
    for (const given of ['https://www.bank.example/', 'https://www.bank.example/path', '*', 'www.bank.example'])
      expect(() => origins(given)).toThrow('PADO_BROWSER_ORIGINS');
  });
});
