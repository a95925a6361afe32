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
const SECRET = Buffer.alloc(32, 1).toString('base64');
const sweepSeconds = (given: string) => parseConfig({ ...ENV, PADO_SWEEP_SECONDS: given }).sweepSeconds;

describe('the configuration', () => {
  it('sweeps often enough for the 60 s of law 8, whatever it is told', () => {
    expect([parseConfig(ENV).sweepSeconds, sweepSeconds('1'), sweepSeconds('40')]).toEqual([20, 1, 40]);
    expect(sweepSeconds('0')).toBe(0);
    for (const given of ['-1', '41', '60', '1.5', 'often']) {
      expect(() => sweepSeconds(given)).toThrow('PADO_SWEEP_SECONDS');
    }
  });

  it('wants a name for each program of a deployment', () => {
    const deployment = (given: object) => parseConfig({ ...ENV, PADO_DEPLOYMENT: 'bank', ...given });
    expect(parseConfig(ENV)).toMatchObject({ build: 'dev', deployment: null });
    expect(deployment({ PADO_BUILD: 'v1.2.3+4' })).toMatchObject({ build: 'v1.2.3+4', deployment: 'bank' });
    for (const given of [{}, { PADO_BUILD: 'dev' }, { PADO_BUILD: "two words'" }])
      expect(() => deployment(given)).toThrow('PADO_BUILD');
  });

  it('measures the time as often as it is told, and at least every five minutes', () => {
    const clockSeconds = (given?: string) => parseConfig({ ...ENV, PADO_CLOCK_SECONDS: given }).clockSeconds;
    expect([clockSeconds(), clockSeconds('1'), clockSeconds('300')]).toEqual([60, 1, 300]);
    for (const given of ['0', '301', '1.5', 'often']) expect(() => clockSeconds(given)).toThrow('PADO_CLOCK_SECONDS');
  });

  it('is a demonstration only where every system is simulated', () => {
    const provider = { name: 'pay', url: 'http://127.0.0.1', secret: Buffer.alloc(24).toString('base64') };
    const shown = (simulated: boolean) =>
      parseConfig({
        ...ENV,
        PADO_DEMONSTRATION: 'spring',
        PADO_PAYOUT_PROVIDERS: JSON.stringify([{ ...provider, simulated }]),
      }).demonstration;
    expect([parseConfig(ENV).demonstration, shown(true)]).toEqual([null, 'spring']);
    expect(() => shown(false)).toThrow('PADO_DEMONSTRATION: is for simulated systems alone');
  });

  it('has no provider by the name of the pools of coupons, whose book is ours', () => {
    const named = (name: string) =>
      JSON.stringify([{ name, url: 'http://127.0.0.1', secret: Buffer.alloc(24).toString('base64') }]);
    expect(parseConfig({ ...ENV, PADO_PAYOUT_PROVIDERS: named('pools') }).providers).toHaveLength(1);
    expect(() => parseConfig({ ...ENV, PADO_PAYOUT_PROVIDERS: named('pool') })).toThrow('the name of the pools');
  });

  it('leaves a provider alone after ten failures for 15 s, and asks it at all hours, unless it is told otherwise', () => {
    const terms = (given: object) => {
      const provider = { name: 'pay', url: 'http://127.0.0.1', secret: Buffer.alloc(24).toString('base64'), ...given };
      return parseConfig({ ...ENV, PADO_PAYOUT_PROVIDERS: JSON.stringify([provider]) }).providers[0];
    };
    expect(terms({})).toMatchObject({ breaker: { failures: 10, openMs: 15_000 }, zone: 'Asia/Seoul' });
    expect(terms({})?.hours).toBeUndefined();
    const hours = { from: '09:00', to: '18:00', days: ['mon', 'fri'] };
    const given = { hours, zone: 'America/New_York', breaker: { failures: 3 } };
    expect(terms(given)).toMatchObject({ ...given, breaker: { failures: 3, openMs: 15_000 } });
    for (const [wrong, where] of [
      [{ breaker: { failures: 0 } }, 'PADO_PAYOUT_PROVIDERS.0.breaker.failures'],
      [{ breaker: { openMs: 3_600_001 } }, 'PADO_PAYOUT_PROVIDERS.0.breaker.openMs'],
      [{ hours: { from: '09:00', to: '09:00' } }, 'PADO_PAYOUT_PROVIDERS.0.hours.to'],
      [{ hours: { ...hours, days: ['someday'] } }, 'PADO_PAYOUT_PROVIDERS.0.hours.days.0'],
      [{ zone: 'Seoul' }, 'PADO_PAYOUT_PROVIDERS.0.zone'],
    ] as const)
      expect(() => terms(wrong)).toThrow(where);
  });

  it('takes a partner without an API by its folder', () => {
    const file = (given: object) =>
      parseConfig({ ...ENV, PADO_PAYOUT_PROVIDERS: JSON.stringify([{ kind: 'file', name: 'post', ...given }]) })
        .providers;
    expect(file({ folder: '/data/post' })).toEqual([
      {
        kind: 'file',
        name: 'post',
        folder: '/data/post',
        rowsMax: 10_000,
        zone: 'Asia/Seoul',
        settlement: false,
        simulated: false,
      },
    ]);
    for (const given of [{}, { folder: 'post' }, { folder: '/p', rowsMax: 50_001 }, { folder: '/p', lookup: true }])
      expect(() => file(given)).toThrow('PADO_PAYOUT_PROVIDERS.0');
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

  it('has links for customers only with both an address and a secret, the address in HTTPS but for a loopback', () => {
    const links = (PADO_PUBLIC_URL?: string, PADO_LINK_SECRETS?: string) =>
      parseConfig({ ...ENV, PADO_PUBLIC_URL, PADO_LINK_SECRETS }).links;
    expect(links()).toBeNull();
    expect(links('https://bank.example/pado/', `${SECRET}, ${SECRET}`)).toEqual({
      publicUrl: 'https://bank.example/pado',
      secrets: [SECRET, SECRET],
    });
    expect(links('http://127.0.0.1:3000', SECRET)).not.toBeNull();
    expect(() => links('http://bank.example', SECRET)).toThrow('PADO_PUBLIC_URL');
    expect(() => links(undefined, SECRET)).toThrow('PADO_PUBLIC_URL');
    expect(() => links('https://bank.example')).toThrow('PADO_LINK_SECRETS');
    expect(() => links('https://bank.example', 'short')).toThrow('PADO_LINK_SECRETS');
  });

  it('takes a mail server as a gateway, and never repeats its password', () => {
    const gateways = (over: object) =>
      parseConfig({
        ...ENV,
        PADO_GATEWAYS: JSON.stringify([
          {
            type: 'smtp',
            name: 'mail',
            url: 'smtp://pado:hunter2@mail.example',
            from: { address: 'a@bank.example' },
            ...over,
          },
        ]),
      }).gateways;
    expect(gateways({})).toMatchObject([{ type: 'smtp', channels: ['email'], tls: 'required' }]);
    for (const over of [
      { channels: ['sms'] },
      { url: 'http://pado:hunter2@x' },
      { idempotent: true },
      { name: 'inbox' },
      { from: { address: 'a@b.example', name: 'x\r\ny' } },
    ])
      expect(() => gateways(over)).toThrow(/^(?!.*hunter2)[^]*PADO_GATEWAYS/);
  });

  it('knows an identity provider by all that it takes, and says what is missing', () => {
    const given = {
      ...ENV,
      PADO_CONSOLE_URL: 'https://crm.bank.example/',
      PADO_OIDC_ISSUER: 'https://id.bank.example',
      PADO_OIDC_CLIENT_ID: 'pado',
      PADO_OIDC_CLIENT_SECRET: 'a secret',
      PADO_OIDC_ROLES: '{"crm": ["marketer"]}',
    };
    expect([parseConfig(ENV).oidc, parseConfig(ENV).consoleUrl]).toEqual([null, null]);
    expect(parseConfig(given).oidc).toMatchObject({
      redirectUrl: 'https://crm.bank.example/v1/session/oidc/callback',
      rolesClaim: 'groups',
      roles: { crm: ['marketer'] },
    });
    for (const name of ['PADO_CONSOLE_URL', 'PADO_OIDC_CLIENT_ID', 'PADO_OIDC_CLIENT_SECRET', 'PADO_OIDC_ROLES'])
      expect(() => parseConfig({ ...given, [name]: undefined })).toThrow(name);
    for (const wrong of [
      { PADO_OIDC_ISSUER: 'http://id.bank.example' },
      { PADO_OIDC_ROLES: '{"crm": ["source"]}' },
      { PADO_OIDC_ROLES: '{"crm": ["app"]}' },
      { PADO_OIDC_ROLES: 'crm' },
      { PADO_OIDC_SCOPE: 'profile' },
      { PADO_OIDC_CLIENT_SECRET_FILE: '/nowhere' },
    ])
      expect(() => parseConfig({ ...given, ...wrong })).toThrow(Object.keys(wrong)[0] ?? '');
  });
});
