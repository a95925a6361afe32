/** The simulator's own control: a provider misbehaves for as long as it is told to, and is then as it was; nobody without its secret has a say. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { PayoutProvider } from '../../src/simulator/index.js';
import { call, lookUp, pay, Stage, until } from './harness.js';

const stage = new Stage();
afterEach(() => stage.clear());

const control = (provider: PayoutProvider, body: object) => call(provider, 'POST', '/faults', body);
const silent = { cutAfter: 1, lookupUnavailable: 1 };

describe('a provider that is told to misbehave', () => {
  it('does so for a while, and is well again by itself', async () => {
    const { provider } = await stage.simulator();
    expect((await control(provider, { faults: silent, forMs: 3_000 })).status).toBe(200);
    expect([(await pay(provider, 'k1')).status, (await lookUp(provider, 'k1')).status]).toEqual(['cut', 503]);
    await until(async () => (await lookUp(provider, 'k1')).status === 200);
    expect((await pay(provider, 'k1')).status).toBe(200);
    expect(await provider.readBook()).toHaveLength(1);
  });

  it('is ended before its time, and goes back to the faults that it had before', async () => {
    const { provider } = await stage.simulator({ providers: [{ faults: { reject422: 1 } }] });
    await control(provider, { faults: { reject422: 0, ...silent }, forMs: 60_000 });
    await control(provider, { faults: { reject422: 0, cutBefore: 1 }, forMs: 60_000 });
    expect((await pay(provider, 'k1')).status).toBe('cut');
    expect(await provider.readBook()).toEqual([]);
    await control(provider, { forMs: 0 });
    expect((await pay(provider, 'k2')).status).toBe(422);
  });

  it.each([
    [{ faults: silent }, 'forMs'],
    [{ faults: silent, forMs: 300_001 }, 'forMs'],
    [{ faults: silent, forMs: -1 }, 'forMs'],
    [{ faults: { nonsense: 1 }, forMs: 1_000 }, 'faults'],
    [{ faults: { cutAfter: 2 }, forMs: 1_000 }, 'faults'],
    [{ faults: ['cutAfter'], forMs: 1_000 }, 'faults'],
  ])('refuses %j by what is wrong, and stays well', async (body, reason) => {
    const { provider } = await stage.simulator();
    const { status, json } = await control(provider, body);
    expect([status, json]).toEqual([400, expect.objectContaining({ reason })]);
    expect((await pay(provider, 'k1')).status).toBe(201);
  });

  it('hears nobody who has not its secret', async () => {
    const { provider } = await stage.simulator();
    const secret = Buffer.alloc(32, 7).toString('base64');
    const { status } = await call(provider, 'POST', '/faults', { faults: silent, forMs: 60_000 }, { secret });
    expect(status).toBe(401);
    expect((await pay(provider, 'k1')).status).toBe(201);
  });
});
