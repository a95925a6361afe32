/**
 * The disk of Postgres is full in the middle of a run, while messages are on their way and people fall due: nothing is taken for done that is not
 * written, the API says "later", the doctor says that it is the disk, and once there is space everything goes on by itself, each message and payout once.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { freshState } from '../cli/launcher.js';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  respond,
  sealed,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { createDatabase } from '../support/database.js';
import { doctorSays } from '../support/doctor.js';
import { OwnServices } from '../support/own-services.js';
import { SmallDisk } from '../support/small-disk.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const COUNT = 3_000;
const BUYERS = customers(COUNT / 3).map(({ id }) => id);

needs('mount')('a Postgres whose disk is full', () => {
  let disk: SmallDisk;
  let services: OwnServices;
  let stack: Stack;
  const state = freshState();
  beforeAll(async () => {
    disk = SmallDisk.mount(512);
    services = await OwnServices.start();
    const database = await createDatabase(services.databaseUrl);
    await onSmallDisk(database.ownerUrl);
    // No call runs out of time while it is held until the disk is full: one that does is no longer on its way.
    const gatewayTerms = { timeoutMs: 60_000 };
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 4,
      services,
      database,
      gatewayTerms,
    });
    stack.simulator.gateway.setLatency([500, 1_500]);
  });
  afterAll(async () => {
    try {
      disk?.free();
      await stack?.stop();
    } finally {
      await services?.close();
      disk?.unmount();
      state.remove();
    }
  });

  /** Before anybody is connected to it. */
  async function onSmallDisk(ownerUrl: string): Promise<void> {
    const name = new URL(ownerUrl).pathname.slice(1);
    const client = new pg.Client({ connectionString: services.databaseUrl });
    await client.connect();
    try {
      await client.query(`create tablespace small location '${disk.folderOfPostgres()}'`);
      await client.query(`alter database ${name} set tablespace small`);
    } finally {
      await client.end();
    }
  }
  const number = async (sql: string) => Number((await stack.one<{ n: string }>(`select count(*) as n from ${sql}`)).n);
  const doctor = () => doctorSays('Turns', { stack, services, state: state.dir });

  it('loses nothing and repeats nothing', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    stack.simulator.gateway.hold(); // until the disk is full
    const run = await launch(stack, twoWaves({ span: 'PT45S' }));
    await until(
      'messages are on their way',
      async () => (await number('message_attempts where closed_at is null')) > 0,
    );
    disk.fill();
    const inFlight = await number(`outbox where state = 'submitting'`);
    console.log(`the disk is full with ${inFlight} messages on their way`);
    expect(inFlight).toBeGreaterThan(0);
    stack.simulator.gateway.release();

    const told = await until('a writing request is told "later"', async () => {
      const batch = BUYERS.map((userId) => ({ type: 'track', messageId: `full-${userId}`, userId, event: 'visit' }));
      const reply = await stack.request('POST', '/v1/batch', { batch: batch.slice(0, 500) }, { as: 'source' });
      return reply.status !== 200 && reply;
    });
    expect([told.status, told.headers.get('retry-after')]).toEqual([503, '1']);
    await until(
      'the doctor names the disk',
      async () => (await doctor()).includes('the disk of Postgres is full'),
      180_000,
      3_000,
    );
    expect(await doctor()).toMatch(
      /^fail: Of \d+ workflows nothing moves: .*DatabaseError\/53100.* Free space where Postgres/,
    );
    const item = await until('it needs a person', async () => {
      const { items } = await stack.ok('GET', '/v1/attention?desk=operator', undefined, { as: 'operator' });
      return (items as { code: string; do: { how: string } }[]).find(({ code }) => code.endsWith('_overdue'));
    });
    expect(item.do.how).toContain('./pado doctor');

    disk.free();
    await until(
      'somebody waits',
      async () => (await number(`participants where state = 'active' and node like 'wait-%'`)) > 0,
    );
    await respond(stack, BUYERS);
    await settled(stack, run, 300_000);
    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    const payments = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(new Set(payments.map(({ key }) => key)).size).toBe(payments.length);
    expect(await doctor()).toMatch(/^ok: /);
    await sealed(stack);
    await stack.auditClean();
  }, 600_000);
});
