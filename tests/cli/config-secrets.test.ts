/**
 * What the environment says of secrets and of where calls may go: a secret may be in a file, several may be in force at once, none is ever told, and no
 * system of others is where nothing may be called.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { readSecretFiles, SECRETS } from '../../src/config-files.js';

const ENV = {
  PADO_DATABASE_URL: 'postgresql://127.0.0.1/pado',
  REDIS_URL: 'redis://127.0.0.1',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
};
const OLD = Buffer.alloc(32, 1).toString('base64');
const NEW = Buffer.alloc(32, 2).toString('base64');
const provider = (given: object) =>
  JSON.stringify([{ name: 'pay', url: 'https://pay.example', secret: OLD, ...given }]);
const problemsOf = (env: object): string => {
  try {
    parseConfig({ ...ENV, ...env });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

describe('a secret in a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pado-secrets-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };

  it('is read in place of the variable, without the line’s end', () => {
    const { PADO_DATABASE_URL: _url, ...rest } = ENV;
    const config = parseConfig({
      ...rest,
      PADO_DATABASE_URL_FILE: file('url', 'postgresql://pado:word@db.example/pado\n'),
      PADO_PAYOUT_PROVIDERS_FILE: file('providers', `${provider({})}\r\n`),
      PADO_BOX_KEYS_FILE: file('boxes', `${OLD}\n`),
    });
    expect(config.databaseUrl).toBe('postgresql://pado:word@db.example/pado');
    expect(config.providers).toMatchObject([{ name: 'pay', secret: OLD }]);
    expect(config.boxKeys).toEqual([Buffer.alloc(32, 1)]);
  });

  it('may be any of those that the configuration has', () => {
    for (const name of SECRETS.filter((one) => one !== 'DATABASE_URL' && one !== 'PADO_API_KEY')) {
      const given = problemsOf({ [name]: '', [`${name}_FILE`]: file(name, 'hunter2') });
      expect({ name, given }).toEqual({ name, given: expect.stringContaining(name) });
      expect(given).not.toContain('hunter2');
    }
  });

  it.each<[string, () => object, string]>([
    ['is not there', () => ({ REDIS_URL: '', REDIS_URL_FILE: join(folder, 'none') }), 'names no file that can be read'],
    ['is a folder', () => ({ REDIS_URL: '', REDIS_URL_FILE: folder }), 'names no file that can be read'],
    ['is empty', () => ({ REDIS_URL: '', REDIS_URL_FILE: file('empty', '\n') }), 'names no file that can be read'],
    ['stands beside its variable', () => ({ REDIS_URL_FILE: file('both', 'redis://x') }), 'is given beside REDIS_URL'],
  ])('that %s is a fault of its variable, told without its path', (_, env, why) => {
    const text = problemsOf(env());
    expect(text).toContain(`REDIS_URL_FILE: ${why}`);
    expect(text).not.toContain(folder);
  });

  it('is laid over the environment of the commands, too', () => {
    const env: NodeJS.ProcessEnv = { DATABASE_URL_FILE: file('owner', 'postgresql://owner@x/y\n'), HOME: 'h' };
    readSecretFiles(env);
    expect(env).toEqual({ DATABASE_URL: 'postgresql://owner@x/y', HOME: 'h' });
    expect(() => readSecretFiles({ PADO_API_KEY_FILE: join(folder, 'none') })).toThrow(
      /^PADO_API_KEY_FILE names no file/,
    );
  });
});

describe('the secrets of a system', () => {
  const secrets = (secret: unknown) =>
    parseConfig({ ...ENV, PADO_PAYOUT_PROVIDERS: provider({ secret }) }).providers.map(
      (own) => 'secret' in own && own.secret,
    );
  it('are one, or several by name', () => {
    const both = [
      { name: '2026-11', secret: NEW },
      { name: '2025-11', secret: `whsec_${OLD}` },
    ];
    expect([secrets(OLD), secrets(both)]).toEqual([[OLD], [both]]);
  });

  it.each([
    ['none', []],
    [
      'a name twice',
      [
        { name: 'a', secret: OLD },
        { name: 'a', secret: NEW },
      ],
    ],
    [
      'a secret twice',
      [
        { name: 'a', secret: OLD },
        { name: 'b', secret: OLD },
      ],
    ],
    ['one that is too short', [{ name: 'a', secret: 'hunter2' }]],
    ['five', Array.from({ length: 5 }, (_, n) => ({ name: `n${n}`, secret: Buffer.alloc(32, n).toString('base64') }))],
  ])('are not %s; and are not told', (_, secret) => {
    const text = problemsOf({ PADO_PAYOUT_PROVIDERS: provider({ secret }) });
    expect(text).toContain('PADO_PAYOUT_PROVIDERS.0.secret');
    for (const told of ['hunter2', OLD, NEW]) expect(text).not.toContain(told);
  });
});

describe('where calls may go', () => {
  it.each<[string, object, string]>([
    [
      'a provider with a password',
      { PADO_PAYOUT_PROVIDERS: provider({ url: 'https://a:hunter2@pay.example' }) },
      'PADO_PAYOUT_PROVIDERS.0.url: has a user',
    ],
    [
      'a provider of a machine’s credentials',
      { PADO_PAYOUT_PROVIDERS: provider({ url: 'http://169.254.169.254' }) },
      'PADO_PAYOUT_PROVIDERS.0.url: leads to',
    ],
    [
      'a provider of no web',
      { PADO_PAYOUT_PROVIDERS: provider({ url: 'file:///etc/passwd' }) },
      'PADO_PAYOUT_PROVIDERS.0.url',
    ],
    [
      'heads to a loopback, where only what is public may be called',
      { PADO_DESTINATIONS: 'public', PADO_HEADS_WEBHOOK: JSON.stringify({ url: 'http://0x7f.1/', secret: OLD }) },
      'PADO_HEADS_WEBHOOK.url: leads to',
    ],
    [
      'a mail server that is private, the same',
      {
        PADO_DESTINATIONS: 'public',
        PADO_GATEWAYS: JSON.stringify([
          { type: 'smtp', name: 'mail', url: 'smtp://u:hunter2@10.0.0.1', from: { address: 'a@b.example' } },
        ]),
      },
      'PADO_GATEWAYS.0.url: leads to',
    ],
    ['what is no destination', { PADO_DESTINATIONS: 'public, everywhere' }, 'PADO_DESTINATIONS'],
  ])('is not %s', (_, env, fault) => {
    const text = problemsOf(env);
    expect(text).toContain(fault);
    expect(text).not.toContain('hunter2');
  });

  it('is any system of the operator’s by itself, and those of its networks where it says which', () => {
    const at = (url: string, PADO_DESTINATIONS?: string) =>
      problemsOf({ PADO_PAYOUT_PROVIDERS: provider({ url }), ...(PADO_DESTINATIONS ? { PADO_DESTINATIONS } : {}) });
    expect(['http://127.0.0.1:1', 'http://10.1.2.3', 'https://pay.example'].map((url) => at(url))).toEqual([
      '',
      '',
      '',
    ]);
    expect(at('http://10.1.2.3', 'public, 10.1.0.0/16')).toBe('');
    expect(at('http://10.2.2.3', 'public, 10.1.0.0/16')).toContain('PADO_PAYOUT_PROVIDERS.0.url');
  });
});
