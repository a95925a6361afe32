/**
 * A campaign whose payouts somebody has to let go: none leaves before, never by who launched it or opened the run, one by one or all of a run by what the approver saw; what
 * is held back by hand waits, too, and is cancelled by two.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  respond,
  twoWaves,
  validated,
} from '../support/campaigns.js';
import { ifSeen } from '../support/proposals.js';
import { Stack, until } from '../support/stack.js';

const BECAUSE = { reason: 'checked against the list' };
const BUYERS = ['c00001', 'c00002', 'c00003', 'c00004'];
const once = (key: string) => ({ headers: { 'idempotency-key': key } });

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ sweepSeconds: 4 });
});
afterAll(() => stack?.stop());

it('pays what was approved by somebody else, and nothing else', async () => {
  await defineBasics(stack);
  await importCustomers(stack, customers(6));
  const approval = { above: { value: '4999', currency: 'KRW' } };
  const run = await launch(stack, { ...twoWaves({ span: 'PT10M' }), payoutApproval: approval });
  const payments = async () =>
    (await stack.simulator.provider.readBook()).filter(({ type }) => type === 'payment').map(({ key }) => key);
  const pathOf = (customer: string) => `/v1/payouts/p/${run}/reward-1/1/${customer}/1`;
  const state = async (customer: string) => (await stack.request('GET', pathOf(customer))).body.state as string;
  const awaiting = async () => (await stack.ok('GET', `/v1/runs/${run}/payouts/awaiting-approval`)).items;

  await until('the wave is out', async () => (await stack.simulator.gateway.readBook()).length === 6);
  expect(await awaiting()).toEqual([]);
  await respond(stack, BUYERS);
  const total = { value: '20000', currency: 'KRW' };
  const waiting = { node: 'reward-1', wave: 1, kind: 'cashback', count: 4, total, since: expect.any(String) };
  await until('all are held', async () => (await awaiting())[0]?.count === 4);
  expect(await awaiting()).toEqual([waiting]);
  expect(await payments()).toEqual([]);

  const one = await stack.request('POST', `${pathOf('c00001')}/approve`, BECAUSE, { as: 'finance', ...once('one') });
  expect(one).toMatchObject({ status: 200, body: { state: 'approved' } });
  await until('one is paid', async () => (await payments()).length === 1);

  // another holds what was let go before it has left: the provider's switch gives them the time
  const all = (body: object, as: 'finance' | 'operator' | 'marketer', key: string) =>
    stack.request('POST', `/v1/runs/${run}/payouts/approve`, { ...BECAUSE, ...body }, { as, ...once(key) });
  const seen = { count: 3, total: { value: '15000', currency: 'KRW' } };
  expect(await all({ ...seen, count: 4 }, 'finance', 'more')).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('There are 3 by now, of 15000 KRW') },
  });
  expect((await all(seen, 'marketer', 'not-finance')).status).toBe(403);
  await stack.ok('POST', '/v1/controls/provider/sim-pay', { state: 'paused', ...BECAUSE }, { as: 'operator' });
  expect(await all(seen, 'finance', 'all')).toMatchObject({ status: 200, body: { approved: 3, total: seen.total } });
  expect(await all(seen, 'finance', 'all')).toMatchObject({ status: 200, body: { approved: 3 } });
  expect(await all(seen, 'finance', 'again')).toMatchObject({ status: 409 });

  const post = (of: string, body: object | undefined, as: 'finance' | 'operator') =>
    stack.request('POST', `${pathOf('c00004')}/${of}`, body, { as, ...once(of) });
  expect(await post('hold', BECAUSE, 'operator')).toMatchObject({ status: 200, body: { state: 'held' } });
  expect((await post('cancel', BECAUSE, 'finance')).status).toBe(202);
  const headers = { ...once('cancelled').headers, ...(await ifSeen(stack, pathOf('c00004'))) };
  expect(
    await stack.request('POST', `${pathOf('c00004')}/cancel/approve`, undefined, { as: 'operator', headers }),
  ).toMatchObject({ body: { state: 'cancelled' } });
  await stack.ok('POST', '/v1/controls/provider/sim-pay', { state: 'running', ...BECAUSE }, { as: 'operator' });
  await until('the others are paid', async () => (await payments()).length === 3);
  await until(
    'and their book says so',
    async () => (await state('c00003')) === 'paid' && (await state('c00002')) === 'paid',
  );
  const late = await stack.request('POST', `${pathOf('c00003')}/hold`, BECAUSE, {
    as: 'operator',
    ...once('too-late'),
  });
  expect(late).toMatchObject({ status: 409, body: { detail: 'The payout does not wait to be submitted.' } });

  const { rows } = await stack.pool.query(
    `select a.action, k.name as actor, a.subject, a.reason, a.after from audit_log a join api_keys k on k.id = a.actor
     where a.action in ('payouts.approve', 'payout.held') order by a.no`,
  );
  const { reason } = BECAUSE;
  expect(rows).toEqual([
    {
      action: 'payouts.approve',
      actor: 'finance',
      subject: `run/${run}`,
      reason,
      after: { state: 'approved', count: 3, total: 15_000, currency: 'KRW' },
    },
    {
      action: 'payout.held',
      actor: 'operator',
      subject: expect.stringMatching(/c00004/),
      reason,
      after: { state: 'held' },
    },
  ]);
  await stack.auditClean();
});

it.each([
  ['who launched the campaign, in a run that another opened', 'admin', 'marketer'],
  ['who opened the run, of a campaign that another launched', 'marketer', 'admin'],
] as const)('is not approved by %s', async (_, launcher, opener) => {
  const key = `launched-by-${launcher}`;
  await validated(stack, { ...twoWaves({ key, span: 'PT10M' }), payoutApproval: 'always' });
  const open = (as: 'admin' | 'marketer', trigger: string) =>
    stack.ok('POST', `/v1/campaigns/${key}/launch`, { trigger }, { as, ...once(trigger) });
  await open(launcher, 'first');
  const { run } = await open(opener, 'second');
  await until('the wave is out', async () => {
    const { n } = await stack.one<{ n: string }>(
      `select count(*) as n from outbox where run_id = $1 and state = 'accepted'`,
      [run],
    );
    return Number(n) === 6;
  });
  await respond(stack, ['c00005'], 'purchase', key);
  const payout = `/v1/payouts/p/${run}/reward-1/1/c00005/1`;
  await until('it is held', async () => (await stack.request('GET', payout)).body.state === 'held');
  const own = { as: 'admin', ...once(`own-work-${key}`) } as const;
  expect(await stack.request('POST', `${payout}/approve`, BECAUSE, own)).toMatchObject({ status: 403 });
  const seen = { count: 1, total: { value: '5000', currency: 'KRW' }, ...BECAUSE };
  expect(await stack.request('POST', `/v1/runs/${run}/payouts/approve`, seen, own)).toMatchObject({ status: 403 });
  const other = { as: 'finance', ...once(`their-work-${key}`) } as const;
  expect(await stack.request('POST', `${payout}/approve`, BECAUSE, other)).toMatchObject({ status: 200 });
  await stack.auditClean();
});
