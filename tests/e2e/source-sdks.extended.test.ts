/**
 * The real `@segment/analytics-node` and `@rudderstack/rudder-sdk-node`, each in a process of its own with nothing but the host changed: every call
 * arrives, is acknowledged after it is stored, is stored once although the SDK repeats what was not answered, and counts in a campaign.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, settled, twoWaves } from '../support/campaigns.js';
import { LossyRelay } from '../support/lossy-relay.js';
import { Stack, until } from '../support/stack.js';

const CLIENT = join(import.meta.dirname, '../support/sdk-client.ts');
const SDKS = ['segment', 'rudder'] as const;
type Sdk = (typeof SDKS)[number];

/** Runs the client to its end; returns what it says was acknowledged. */
async function tellBy(sdk: Sdk, host: string, writeKey: string, calls: object[]): Promise<string[]> {
  const order = JSON.stringify({ sdk, host, writeKey, calls });
  const child = spawn(process.execPath, [CLIENT, order], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${sdk} ended with ${code}: ${err}`);
  return out.split('\n').filter((line) => line !== '');
}

describe.each(SDKS)('the SDK of %s', (sdk) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ sweepSeconds: 4, env: { api: { PADO_IDENTIFY_TRAITS: '["grade"]' } } });
    await defineBasics(stack);
    await importCustomers(stack, customers(40));
  });
  afterAll(() => stack?.stop());

  const stored = async (ids: string[]) => {
    const { rows } = await stack.pool.query<{ id: string; who: string; name: string; properties: object }>(
      `select message_id as id, customer_id as who, name, properties from events where message_id = any($1::text[])`,
      [ids],
    );
    return rows;
  };

  it('tells every kind of call', async () => {
    const userId = 'c00001';
    const ids = await tellBy(sdk, stack.api.url, stack.keys.source, [
      { type: 'page', anonymousId: 'phone', name: 'Loans' },
      { type: 'identify', userId, anonymousId: 'phone', traits: { grade: 'platinum', email: 'x@y.example' } },
      { type: 'track', userId, event: 'purchase', properties: { amount: 1_000 }, timestamp: new Date() },
      { type: 'screen', userId, name: 'Home', properties: { dark: true } },
      { type: 'group', userId, groupId: 'firm', traits: { size: 3 } },
      { type: 'alias', userId, previousId: 'tablet' },
    ]);
    expect(ids).toHaveLength(6);
    const rows = await until('the page joins', async () => {
      const all = await stored(ids);
      return all.length === ids.length && all;
    });
    const told = rows.map(({ who, name, properties }) => ({ who, name, properties }));
    expect(told.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { who: userId, name: 'alias', properties: {} },
      { who: userId, name: 'group', properties: { groupId: 'firm', size: 3 } },
      { who: userId, name: 'identify', properties: { grade: 'platinum' } },
      { who: userId, name: 'page', properties: { name: 'Loans' } },
      { who: userId, name: 'purchase', properties: { amount: 1_000 } },
      { who: userId, name: 'screen', properties: { dark: true, name: 'Home' } },
    ]);
    const { attributes } = await stack.ok('GET', `/v1/customers/${userId}`);
    expect(attributes).toMatchObject({ grade: 'platinum' });
    expect(attributes).not.toHaveProperty('email');
    const tablet = await stack.one('select customer_id as who from anonymous_ids where anonymous_id = $1', ['tablet']);
    expect(tablet).toEqual({ who: userId });
  });

  it('repeats what was not answered, and it is stored and rewarded once', async () => {
    const run = await launch(stack, twoWaves({ key: `by-${sdk}`, span: 'PT25S' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length >= 40);
    const relay = await LossyRelay.start(stack.api.url, 2);
    const buyers = customers(30).map(({ id }) => id);
    const calls = buyers.map((userId) => ({ type: 'track', userId, event: 'purchase', properties: { amount: 1 } }));
    const ids = await tellBy(sdk, relay.url, stack.keys.source, calls);
    await relay.close();
    expect([relay.lost, [...relay.paths]]).toEqual([2, ['/v1/batch']]);
    expect(ids).toHaveLength(buyers.length);
    const rows = await stored(ids);
    expect(rows.map(({ who }) => who).sort()).toEqual(buyers);
    await settled(stack, run, 180_000);
    const { n } = await stack.one<{ n: string }>(
      `select count(*) as n from events where name = 'purchase' and customer_id <> 'c00001'`,
    );
    expect(Number(n)).toBe(buyers.length - 1);
    const paid = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(paid).toHaveLength(buyers.length);
    await stack.auditClean();
  });
});
