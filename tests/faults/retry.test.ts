/**
 * Customers whose data fails a cohort's transaction, at a send, at a reward and at a second send: mended and put back in a run that has closed, by two
 * persons, with the API killed while it carries that out and the worker after it. Everybody ends well, and nothing is sent or paid twice.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { makePoisonous, poison } from '../support/poison.js';
import { holdLocks, untilBlocked } from '../support/seed.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const ids = (from: number, to: number) =>
  customers(COUNT)
    .slice(from, to)
    .map(({ id }) => id);
/** Who fails at the first send, at the reward, at the second send. */
const [SEND, REWARD, SECOND] = [ids(0, 10), ids(10, 20), ids(20, 30)];
const BUYERS = [...REWARD, ...ids(30, 40)];

describe('what failed, tried again', () => {
  let stack: Stack;
  beforeAll(async () => {
    const api = { PADO_RETRY_ALONE_ITEMS: '20' };
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, apis: 1, env: { api } });
    await makePoisonous(stack.pool);
  });
  afterAll(() => stack?.stop());

  const number = async (sql: string, values: unknown[] = []) =>
    Number((await stack.one<{ n: string }>(`select count(*) as n from ${sql}`, values)).n);
  const failed = (run: string) => number(`participants where run_id = $1 and state = 'failed'`, [run]);

  /** Run to its end, with thirty who failed. */
  async function failedRun(): Promise<string> {
    await defineBasics(stack);
    await importCustomers(
      stack,
      customers(COUNT, (n) => (n <= 10 ? { attributes: { name: 'a', poison: 'outbox' } } : {})),
    );
    const run = await launch(stack, twoWaves({ span: 'PT40S' }));
    const waits = (n: number) =>
      until('they wait', async () => {
        return (await number(`participants where run_id = $1 and node = 'wait-1' and state = 'active'`, [run])) === n;
      });
    await waits(COUNT - SEND.length);
    await poison(stack.pool, REWARD, 'payouts');
    await poison(stack.pool, SECOND, 'outbox');
    await respond(stack, BUYERS);
    await settled(stack, run, 240_000);
    expect(await failed(run)).toBe(SEND.length + REWARD.length + SECOND.length);
    await stack.auditClean();
    return run;
  }

  it('ends well after whatever is killed meanwhile, and nothing happens twice', async () => {
    const run = await failedRun();
    // mended through the API, as a person would
    const mended = [...SEND, ...REWARD, ...SECOND].map((id) => ({ id, attributes: { name: id, poison: 'none' } }));
    await importCustomers(stack, mended);

    const selector = { what: 'attention', code: 'participant_failed', subject: `run/${run}` };
    const asked = { selector, reason: 'their data was mended' };
    const headers = { 'idempotency-key': 'mended' };
    const planned = await stack.ok('POST', '/v1/retries', asked, { as: 'marketer', headers });
    expect(planned).toMatchObject({
      state: 'planned',
      needsApproval: true,
      effect: {
        acts: 30,
        sends: SEND.length + SECOND.length,
        pays: [{ count: REWARD.length, total: { value: '50000', currency: 'KRW' } }],
        would: { put_back: 30 },
        nothing: {},
        left: 0,
      },
    });
    expect((await stack.ok('POST', '/v1/retries', asked, { as: 'marketer', headers })).no).toBe(planned.no);
    const at = `/v1/retries/${planned.no}`;
    expect((await stack.request('POST', `${at}/start`, undefined, { as: 'marketer' })).status).toBe(409);
    expect((await stack.request('POST', `${at}/approve`, undefined, { as: 'marketer' })).status).toBe(403);

    // the API dies while it carries it out
    const locks = await holdLocks(
      stack.pool,
      `select 1 from participants where run_id = '${run}' and customer_id = '${SECOND[5]}' for update`,
    );
    const approved = stack.request('POST', `${at}/approve`, undefined, { as: 'operator' }).catch(() => 'killed');
    await untilBlocked(stack.pool, 1);
    await stack.api.kill('SIGKILL');
    expect(await approved).toBe('killed');
    await locks.release();
    await stack.api.start();
    await until('the sweep has carried it out', async () => (await stack.ok('GET', at)).state === 'done');
    await stack.worker.kill('SIGKILL');
    await stack.worker.start();
    await settled(stack, run);

    expect(await failed(run)).toBe(0);
    const end = await stack.ok('GET', `${at}?limit=200`);
    expect(end.outcomes).toEqual({ done: 30 });
    expect(end.items.map(({ subject, outcome }: { subject: string; outcome: string }) => [subject, outcome])).toEqual(
      [...SEND, ...REWARD, ...SECOND].map((id) => [id, 'done']),
    );
    expect((await stack.ok('POST', `${at}/approve`, undefined, { as: 'operator' })).outcomes).toEqual({ done: 30 });
    const again = await stack.ok('POST', '/v1/retries', {
      ...asked,
      selector: { what: 'participants', run, customers: SEND },
    });
    expect(again.effect).toMatchObject({ acts: 0, nothing: { retried_before: SEND.length } });

    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(new Set(messages.map((line) => line.id)).size).toBe(messages.length);
    expect(messages).toHaveLength(COUNT + (COUNT - BUYERS.length));
    expect(await number(`payouts where state = 'paid' and run_id = $1`, [run])).toBe(BUYERS.length);
    await stack.auditClean();
  }, 300_000);
});
