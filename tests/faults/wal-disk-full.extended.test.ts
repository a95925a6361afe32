/**
 * The disk of pg_wal is full in the middle of a run: Postgres stops by itself, with messages and payouts in hand. Nothing is taken for done that is not
 * written, the API says "later", the alert fires, the doctor says what to do; once there is space and the server is started, everything goes on by itself.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { freshState } from '../cli/launcher.js';
import { firing } from '../support/alert-rules.js';
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

const COUNT = 2_000;
const IDS = customers(COUNT).map(({ id }) => id);
const EARLY = IDS.slice(0, 600);
/** Per second, so that there is something in hand all the time. */
const SLOWLY = { 'provider/sim-pay': 15, 'gateway/sim-gate': 60 };

needs('mount')('a Postgres whose disk of WAL is full', () => {
  let disk: SmallDisk;
  let services: OwnServices;
  let stack: Stack;
  const state = freshState();
  beforeAll(async () => {
    disk = SmallDisk.mount(512);
    services = await OwnServices.start();
    await services.end('postgres', 'stop');
    services.putWalOn(disk.folderOfPostgres('wal'));
    await services.begin('postgres');
    const database = await createDatabase(services.databaseUrl);
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, services, database });
    stack.simulator.gateway.setLatency([500, 1_500]);
    stack.simulator.provider.setLatency([500, 1_500]);
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

  const number = async (sql: string) => Number((await stack.one<{ n: string }>(`select count(*) as n from ${sql}`)).n);
  const doctor = (check: string) => doctorSays(check, { stack, services, state: state.dir });
  const rate = async (system: string, perSecond: number | null) =>
    (await stack.request('POST', `/v1/rates/${system}`, { perSecond, reason: 'a test' }, { as: 'operator' })).status <
    300;
  /** Each needs the next segment of WAL, until there is none. */
  async function untilItStops(): Promise<void> {
    await until('Postgres has stopped', async () => {
      try {
        await stack.pool.query('select pg_switch_wal()');
        await stack.pool.query('create table if not exists filler as select 1 as n; insert into filler values (1)');
        return false;
      } catch (error) {
        return /ECONNREFUSED/.test(String((error as { code?: string }).code));
      }
    });
  }

  it('loses nothing and repeats nothing', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    for (const [system, perSecond] of Object.entries(SLOWLY)) await rate(system, perSecond);
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // in force
    const run = await launch(stack, twoWaves({ span: 'PT2H' }));
    await until('the first wave goes out', async () => (await number(`outbox where state = 'accepted'`)) > 0);
    await respond(stack, EARLY);
    const inHand = await until(
      'messages and payouts are in hand',
      async () => {
        const messages = await number('message_attempts where closed_at is null');
        const payouts = await number('payout_attempts where closed_at is null');
        return messages > 0 && payouts > 0 && { messages, payouts };
      },
      90_000,
      20,
    );
    disk.fill();
    await untilItStops();
    console.log(
      `Postgres has stopped with ${inHand.messages} calls to the gateway and ${inHand.payouts} to the provider`,
    );

    const told = await until('a writing request is told "later"', async () => {
      const batch = [{ type: 'track', messageId: 'full', userId: IDS[0], event: 'visit' }];
      const reply = await stack.request('POST', '/v1/batch', { batch }, { as: 'source' });
      return reply.status !== 200 && reply;
    });
    expect([told.status, told.headers.get('retry-after')]).toEqual([503, '1']);
    await until(
      'the alert fires',
      async () => firing(String((await stack.request('GET', '/metrics')).body)).includes('PadoUnread'),
      60_000,
      1_000,
    );
    expect((await stack.request('GET', '/v1/attention', undefined, { as: 'operator' })).status).toBe(503);
    expect(await doctor('Postgres')).toMatch(
      /^fail: DATABASE_URL does not answer: .* where a disk is full, that of pg_wal as well, make space first/,
    );
    // nor does it start while there is no space: nothing is cured by a restart alone
    await expect(services.begin('postgres')).rejects.toThrow(/No space left on device/);

    disk.free();
    await services.begin('postgres');
    await stack.pool.query('drop table if exists filler');
    for (const system of Object.keys(SLOWLY)) await until(`${system} goes on`, () => rate(system, null), 60_000);
    await respond(stack, IDS.slice(600), 'purchase', 'after');
    await settled(stack, run, 300_000);
    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    const payments = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(new Set(payments.map(({ key }) => key)).size).toBe(payments.length);
    expect(await number(`payouts where state = 'paid'`)).toBe(COUNT);
    expect(await doctor('Postgres')).toMatch(/^ok: /);
    expect(await doctor('WAL')).toMatch(/^ok: /);
    await sealed(stack);
    await stack.auditClean();
  }, 600_000);
});
