/**
 * Postgres is set back while provider and gateway keep what was handed over meanwhile: `pado recover --after-restore` holds everything, what the lost
 * time may have handed over is asked about by its key, sources tell again what they told, two persons release it, and the run goes on to its end:
 * nothing is sent or paid twice, by both books.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  oneSend,
  respond,
  settled,
  twoWaves,
} from '../support/campaigns.js';
import { callCli } from '../support/cli.js';
import { recover, recoverAndDie } from '../support/recover.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 200;
const IDS = customers(COUNT).map(({ id }) => id);
const LATER = { tooMany429: 1, retryAfterSeconds: 600 };
/** Long enough for a busy machine to copy the database and start again within it. */
const SPAN = 'PT90S';
/** Neither gateway nor provider would notice a repeat. */
const CAN_BE_ASKED = {
  gateways: [{ idempotent: false, lookup: true, visibilityMs: 500 }],
  providers: [{ idempotent: false, lookup: true, visibilityMs: 500 }],
};
const RESTORE = ['--after-restore', '--reason', 'the disk was lost'];
const NOT_PROPOSED = { code: 1, stderr: expect.stringContaining('Nobody has proposed that.') };
const OWN_WORK = { code: 1, stderr: expect.stringContaining('Who proposed it cannot approve it.') };

interface Found {
  state: string;
  n: number;
}

describe('a Postgres that is set back', () => {
  let stack: Stack;
  let server: pg.Client;
  let tester = '';
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, simulator: CAN_BE_ASKED });
    server = new pg.Client({ connectionString: process.env['DATABASE_URL'] as string });
    await server.connect();
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const person = { account: 'tester', name: 'tester', roles: ['marketer'], reason: 'a test' };
    tester = (await stack.ok('POST', '/v1/people', person)).id;
    const addresses = { push: 'token-of-the-tester' };
    await stack.ok('PUT', `/v1/test-recipients/${tester}`, { addresses, reason: 'a test' });
  });
  afterAll(async () => {
    await server?.query(`drop database if exists ${nameOf(stack)}_copy with (force)`);
    await server?.end();
    await stack?.stop();
  });

  const nameOf = (of: Stack) => new URL(of.ownerUrl).pathname.slice(1);
  const count = async (sql: string) => (await stack.one<{ n: number }>(`select count(*)::int as n from ${sql}`)).n;
  const copy = async (from: string, to: string) => {
    await server.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname in ($1, $2)`, [from, to]);
    await server.query(`drop database if exists ${to} with (force)`);
    await server.query(`create database ${to} template ${from} strategy file_copy`);
  };
  const stopAll = () => Promise.all([stack.api.kill('SIGKILL'), stack.worker.kill('SIGKILL')]);
  /** What customers did, as a source tells it: when it occurred stays the same however often it is told. */
  const tell = async (ids: string[], timestamp: string) => {
    const sentAt = new Date(await stack.businessNow()).toISOString();
    const batch = ids.map((userId) => ({
      type: 'track',
      messageId: `bought-${userId}`,
      userId,
      event: 'purchase',
      timestamp,
      properties: { amount: 1_000 },
    }));
    await stack.ok('POST', '/v1/batch', { batch, sentAt }, { as: 'source' });
  };
  const books = async () => ({
    sent: (await stack.simulator.gateway.readBook())
      .filter(({ type, id }) => type === 'message' && !id.startsWith('test/'))
      .map(({ id }) => id),
    paid: (await stack.simulator.provider.readBook()).filter(({ type }) => type === 'payment').map(({ key }) => key),
  });

  const up = async () => {
    await stack.pool.query('update queues set blocked_until = null');
    await Promise.all([stack.api.start(), stack.worker.start()]);
    stack.simulator.setCallbackUrl(stack.api.url);
  };

  /** Payouts that are intended and one that is ambiguous, of a run that is over; and another run whose messages are queued. Returns the latter. */
  async function openWork(): Promise<string> {
    const over = await launch(stack, twoWaves({ key: 'over', span: 'PT2H' }));
    await until('its messages are out', async () => (await count(`outbox where state = 'accepted'`)) === COUNT);
    stack.simulator.provider.setFaults({ cutAfter: 1, lookupUnavailable: 1, retryAfterSeconds: 600 });
    await respond(stack, IDS.slice(0, 1));
    await until('one is of unknown outcome', async () => (await count(`payouts where state = 'ambiguous'`)) === 1);
    stack.simulator.provider.setFaults({ cutAfter: 0, ...LATER });
    await respond(stack, IDS.slice(1));
    // tried and put off, not just about to be: who dies with one in hand leaves it to a person, for this provider takes no repeats
    const putOff = () => count(`payouts where state = 'intended' and attempts > 0`);
    await until('the others are put off', async () => (await putOff()) === COUNT - 1);
    await until('it is over', async () => (await count(`runs where id = '${over}' and state = 'closed'`)) === 1);
    stack.simulator.gateway.setFaults(LATER);
    const run = await launch(stack, twoWaves({ key: 'queued', span: SPAN }));
    await until('its messages are queued', async () => (await count(`outbox where state = 'queued'`)) === COUNT);
    stack.simulator.heal();
    return run;
  }

  it('is asked for what it has lost, and nothing is sent or paid twice', async () => {
    const run = await openWork();
    await stopAll();
    await copy(nameOf(stack), `${nameOf(stack)}_copy`);

    // the time that will be lost
    await up();
    const buyers = IDS.slice(0, 120);
    await until('its first wave is out', async () => (await count(`outbox where state = 'accepted'`)) === 2 * COUNT);
    const bought = new Date(await stack.businessNow()).toISOString();
    await tell(buyers, bought);
    const text = { content: { channel: 'push', body: '시험' }, gateway: 'sim-gate', people: [tester] };
    const { messages: tests } = await stack.ok('POST', '/v1/test-messages', text, { as: 'marketer' });
    expect(tests).toMatchObject([{ state: 'accepted' }]);
    await until('all are paid', async () => (await count(`payouts where state = 'paid'`)) === COUNT + 120);
    await until('its second wave is out', async () => (await books()).sent.length === 2 * COUNT + 80);
    const before = await books();
    await stopAll();

    await copy(`${nameOf(stack)}_copy`, nameOf(stack));
    await recoverAndDie(stack, 'Held', ...RESTORE);
    const { answer, told } = await recover(stack, ...RESTORE);
    console.log(told);
    expect(answer).toMatchObject({ restoration: 1 });
    await up();
    await until('what was open then is found', async () => {
      const { report } = await stack.ok('GET', '/v1/restorations');
      const n = (of: Found[], state: string) => of.find((own) => own.state === state)?.n;
      return n(report.messages, 'accepted') === COUNT && n(report.payouts, 'paid') === COUNT - 1;
    });
    await tell(buyers, bought);
    expect(await books()).toEqual(before);

    const called = (as: 'operator' | 'admin', ...args: string[]) => callCli(stack, as, ['recover', ...args]);
    const { stdout: reported } = await called('operator', 'report');
    expect(reported).toMatch(new RegExp(`messages +\\S+ +accepted +${COUNT}\\b`));
    expect(reported).toMatch(new RegExp(`payouts +\\S+ +paid +${COUNT - 1}\\b`));
    expect(await called('admin', 'release', '1', '--approve')).toMatchObject(NOT_PROPOSED);
    expect(await called('operator', 'release', '1', '--reason', 'asked, and told again')).toMatchObject({ code: 0 });
    expect(await called('operator', 'release', '1', '--approve')).toMatchObject(OWN_WORK);
    expect(await count(`participants where run_id = '${run}' and node <> 'wait-1'`)).toBe(0);
    const { code, stdout: released } = await called('admin', 'release', '1', '--approve');
    expect([code, released]).toEqual([0, expect.stringContaining('released at')]);

    await until('the second wave has been found', async () => {
      return (await count(`participants where run_id = '${run}' and node = 'wait-2'`)) === 80;
    });
    await until('and the payments', async () => (await count(`payouts where state = 'paid'`)) === COUNT + 120);
    expect(await books()).toEqual(before);
    // what the lost time had not come to
    await respond(stack, IDS.slice(120), 'purchase', 'second');
    const fresh = await launch(stack, oneSend({ key: 'fresh' }));
    for (const own of [run, fresh]) await settled(stack, own, 300_000);
    const { sent, paid } = await books();
    expect([sent.length, new Set(sent).size]).toEqual([3 * COUNT + 80, 3 * COUNT + 80]);
    expect([paid.length, new Set(paid).size]).toEqual([2 * COUNT, 2 * COUNT]);
    expect(await count(`test_messages where id = '${tests[0].id}'`)).toBe(0); // lost, and the book has it
    await stack.auditClean();
    // of any other time it is named as ever
    const { messages: later } = await stack.ok('POST', '/v1/test-messages', text, { as: 'marketer' });
    await stack.pool.query('delete from test_messages where id = $1', [later[0].id]);
    const { laws } = await stack.audit();
    expect(laws.flatMap(({ law, violations }) => violations.map(({ keys }) => [law, keys['message']]))).toEqual([
      [2, later[0].id],
    ]);
  }, 900_000);
});
