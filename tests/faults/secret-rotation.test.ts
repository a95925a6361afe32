/**
 * The secret that we share with a provider is changed while it calls back: each side changes when it can, in three steps, and no callback is lost. The
 * old secret opens nothing any more in the end.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Signer } from '../../src/simulator/signature.js';
import { Stack } from '../support/stack.js';

const OLD = Buffer.alloc(32, 1).toString('base64');
const NEW = Buffer.alloc(32, 2).toString('base64');
const named = (...which: ('new' | 'old')[]) => which.map((name) => ({ name, secret: name === 'new' ? NEW : OLD }));
const PATH = '/v1/provider-callbacks/partner';

describe('a partner’s secret that is rotated', () => {
  let stack: Stack;
  let told = 0;
  const providers = (secret: unknown) => ({
    PADO_PAYOUT_PROVIDERS: JSON.stringify([{ name: 'partner', url: 'http://127.0.0.1:1', secret }]),
  });
  beforeAll(async () => {
    stack = await Stack.start({ apis: 1, workers: 0, env: { api: providers(OLD) } });
  });
  afterAll(() => stack.stop());

  /** A delivery about a payout that is not known: recorded as a break, once. */
  async function tell(secret: string, id = `told-${(told += 1)}`) {
    const body = JSON.stringify({ key: `p/${id}`, status: 'paid', reference: 'r' });
    const headers = {
      ...new Signer(secret).headers(id, Date.now(), body),
      'content-type': 'application/json',
      authorization: '',
    };
    return await stack.request('POST', PATH, body, { headers });
  }
  const known = async () => (await stack.one<{ n: number }>('select count(*)::int as n from breaks')).n;
  async function restart(secret: unknown) {
    await stack.api.kill('SIGTERM');
    await stack.api.start(providers(secret));
  }
  const used = async () => {
    const text = String((await stack.request('GET', '/metrics')).body);
    return [...text.matchAll(/^pado_signed_deliveries_total\{system="provider\/partner",secret="(\w+)"\} (\d+)$/gm)]
      .map(([, name, n]) => `${name} ${n}`)
      .sort();
  };

  it('is in force beside the new one until nobody uses it, and nothing that was told is lost', async () => {
    expect((await tell(OLD)).status).toBe(200);
    expect((await tell(NEW)).status).toBe(401);
    // 1: both are in force here; the partner has the old one still
    await restart(named('new', 'old'));
    expect((await tell(OLD)).status).toBe(200);
    // 2: the partner changes when it likes, and repeats under the new one what it told under the old
    expect((await tell(OLD, 'repeated')).body).toEqual({ ok: true, repeated: false });
    expect((await tell(NEW, 'repeated')).body).toEqual({ ok: true, repeated: true });
    expect((await tell(NEW)).status).toBe(200);
    expect(await used()).toEqual(['new 2', 'old 2']);
    // 3: the old one is taken out
    await restart(named('new'));
    expect((await tell(NEW)).status).toBe(200);
    expect((await tell(OLD)).status).toBe(401);
    expect(await used()).toEqual(['new 1']);
    expect(await known()).toBe(5);
  });
});
