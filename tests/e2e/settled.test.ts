/**
 * A payout that a provider without idempotency may have paid, and says later that it does not know: held. Persons have it asked about again, and settle it
 * by the word of its owner, as two, each approving just what was seen; every step is in the audit log with who, why, before and after.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, twoWaves } from '../support/campaigns.js';
import { ifSeen } from '../support/proposals.js';
import { Stack, until } from '../support/stack.js';

const BECAUSE = { reason: 'the owner looked' };

let stack: Stack;
beforeAll(async () => {
  const provider = { name: 'sim-pay', idempotent: false, lookup: true, visibilityMs: 500 };
  stack = await Stack.start({
    sweepSeconds: 4,
    simulator: { providers: [provider], gateways: [{ name: 'sim-gate' }] },
  });
});
afterAll(() => stack?.stop());

it('is asked about and settled by two persons, and the audit log and the auditor know it', async () => {
  await defineBasics(stack);
  await importCustomers(stack, customers(1));
  const run = await launch(stack, twoWaves({ span: 'PT10M' }));
  await until('the wave is out', async () => (await stack.simulator.gateway.readBook()).length === 1);
  stack.simulator.provider.setFaults({ cutBefore: 1 });
  await respond(stack, ['c00001']);
  const key = `p/${run}/reward-1/1/c00001/1`;
  const path = `/v1/payouts/${key}`;
  const finance = (await stack.one<{ id: string }>(`select id from api_keys where name = 'finance'`)).id;
  const state = async () => (await stack.request('GET', path)).body.state as string;
  await until('it is held', async () => (await state()) === 'held');
  stack.simulator.provider.heal();

  const post = (
    of: string,
    body: object | undefined,
    as: 'finance' | 'operator',
    headers: Record<string, string> = {},
  ) => stack.request('POST', `${path}/${of}`, body, { as, headers });
  const listed = async () => (await stack.ok('GET', '/v1/payout-proposals')).items as Record<string, unknown>[];
  expect(await post('look-up', BECAUSE, 'finance')).toMatchObject({ status: 202, body: { state: 'held' } });
  await until('it was asked', async () => {
    const { asked } = await stack.one<{ asked: boolean }>('select lookup_at is null as asked from payouts');
    return asked;
  });
  expect((await post('settle/approve', undefined, 'operator', await ifSeen(stack, path))).status).toBe(409);
  expect(await listed()).toEqual([]);
  expect((await post('settle', { ...BECAUSE, word: 'paid', reference: 'paper' }, 'finance')).status).toBe(202);
  const paid = await ifSeen(stack, path);
  expect(await listed()).toEqual([
    {
      kind: 'settle',
      word: 'paid',
      reference: 'paper',
      reason: BECAUSE.reason,
      by: finance,
      at: expect.any(String),
      tag: paid['if-match'],
      payout: key,
      state: 'held',
      amount: { value: '5000', currency: 'KRW' },
      customer: 'c00001',
      campaign: 'two-waves',
      provider: 'sim-pay',
    },
  ]);
  expect((await post('settle', { ...BECAUSE, word: 'rejected' }, 'finance')).status).toBe(202);
  const rejected = await ifSeen(stack, path);
  expect((await post('settle/approve', undefined, 'finance', rejected)).status).toBe(403);
  for (const [headers, status] of [[{}, 428] as const, [{ 'if-match': '*' }, 428] as const, [paid, 412] as const])
    expect((await post('settle/approve', undefined, 'operator', headers)).status).toBe(status);
  expect(await state()).toBe('held');

  const refusal = { ...BECAUSE, kind: 'settle' };
  const refuse = (body: object, headers: Record<string, string>) =>
    stack.request('POST', `/v1/payout-proposals/${key}/refuse`, body, { as: 'operator', headers });
  expect((await refuse(refusal, paid)).status).toBe(412);
  expect((await refuse({ ...refusal, kind: 'cancel' }, rejected)).status).toBe(409);
  expect(await refuse(refusal, rejected)).toMatchObject({ status: 200, body: { state: 'held' } });
  expect(await listed()).toEqual([]);
  expect((await post('settle/approve', undefined, 'operator', rejected)).status).toBe(409);

  expect((await post('settle', { ...BECAUSE, word: 'rejected' }, 'finance')).status).toBe(202);
  expect(await post('settle/approve', undefined, 'operator', await ifSeen(stack, path))).toMatchObject({
    status: 200,
    body: { state: 'rejected' },
  });
  expect(await listed()).toEqual([]);

  const { rows } = await stack.pool.query(
    `select a.action, k.name as actor, a.reason, a.before, a.after from audit_log a join api_keys k on k.id = a.actor
     where a.subject like 'payout/%' order by a.no`,
  );
  const { reason } = BECAUSE;
  const proposed = (word: string, reference: string | null = null) => ({
    action: 'payout.settle.propose',
    actor: 'finance',
    reason,
    before: { state: 'held' },
    after: { proposed: 'settle', word, reference },
  });
  expect(rows).toEqual([
    { action: 'payout.look-up', actor: 'finance', reason, before: { state: 'held' }, after: { asked: true } },
    proposed('paid', 'paper'),
    proposed('rejected'),
    {
      action: 'payout.settle.refuse',
      actor: 'operator',
      reason,
      before: { proposed: 'settle', word: 'rejected', reference: null, proposedBy: finance },
      after: { proposed: null },
    },
    proposed('rejected'),
    {
      action: 'payout.rejected',
      actor: 'operator',
      reason,
      before: { state: 'held', reason: expect.any(String), proposedBy: finance },
      after: { state: 'rejected' },
    },
  ]);
  expect(await stack.simulator.provider.readBook()).toEqual([]);
  await stack.auditClean();
});
