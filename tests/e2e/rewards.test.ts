/**
 * Rewards that meet: overlapping runs and several campaigns for one purchase, each as its claim scope says; and what persons decide about
 * payouts that were rejected or held.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { ifSeen } from '../support/proposals.js';
import { Stack, until } from '../support/stack.js';

const BUYERS = ['c00001', 'c00002', 'c00003'];

/** The two-wave campaign, both of its rewards with this claim scope. */
function scoped(key: string, claimScope: unknown, span = 'PT10M'): Record<string, unknown> {
  const campaign = twoWaves({ key, span }) as { journey: { start: string; nodes: Record<string, object> } };
  const { nodes } = campaign.journey;
  const reward = (id: string) => ({ [id]: { ...nodes[id], claimScope } });
  return {
    ...campaign,
    journey: { ...campaign.journey, nodes: { ...nodes, ...reward('reward-1'), ...reward('reward-2') } },
  };
}

async function sent(stack: Stack, runs: string[]): Promise<void> {
  await until('every first wave is out', async () => {
    const { n } = await stack.one<{ n: string }>(
      `select count(*) as n from outbox where run_id = any($1::text[]) and wave = 1 and state = 'accepted'`,
      [runs],
    );
    return Number(n) === runs.length * BUYERS.length;
  });
}

describe('one purchase in the windows of nine runs', () => {
  let stack: Stack;
  const runs: Record<string, string> = {};

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    await importCustomers(stack, customers(BUYERS.length));
    const again = async (key: string, trigger: string) =>
      (
        await stack.ok(
          'POST',
          `/v1/campaigns/${key}/launch`,
          { trigger },
          { as: 'marketer', headers: { 'idempotency-key': trigger } },
        )
      ).run as string;
    const month = { kind: 'customer', period: 'month', zone: 'campaign' };
    for (const [name, scope] of Object.entries({
      purchase: 'response',
      other: { kind: 'response' },
      own: 'run',
      once: 'campaign',
    })) {
      runs[`${name}-1`] = await launch(stack, scoped(name, scope), `${name}-1`);
    }
    for (const name of ['purchase', 'own', 'once']) runs[`${name}-2`] = await again(name, `${name}-2`);
    for (const name of ['monthly', 'monthly-too']) runs[name] = await launch(stack, scoped(name, month), name);
    await sent(stack, Object.values(runs));
    await respond(stack, BUYERS);
    for (const run of Object.values(runs)) await settled(stack, run);
  });
  afterAll(() => stack.stop());

  it('pays once per event, run, campaign, and customer and month, as each scope says', async () => {
    const paid = async (...names: string[]) =>
      Number(
        (
          await stack.one<{ n: string }>(
            `select count(*) as n from payouts where state = 'paid' and run_id = any($1::text[])`,
            [names.map((name) => runs[name])],
          )
        ).n,
      );
    expect({
      response: await paid('purchase-1', 'purchase-2', 'other-1'),
      run: await paid('own-1', 'own-2'),
      campaign: await paid('once-1', 'once-2'),
      month: await paid('monthly', 'monthly-too'),
    }).toEqual({ response: 3, run: 6, campaign: 3, month: 3 });
    const payments = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(payments).toHaveLength(15);
  });

  it('tells whoever lost a claim that they are already rewarded', async () => {
    const { rows } = await stack.pool.query<{ steps: string }>(
      `select steps from trace where steps like '%reward=already_rewarded%'`,
    );
    expect(rows).toHaveLength(9 * BUYERS.length - 15);
  });

  it('is clean for the auditor, which derives every claim once more', async () => {
    const report = await stack.auditClean();
    const derived = report.laws
      .flatMap(({ checks }) => checks)
      .find(({ what }) => what.includes('lost the claim to another slot'));
    expect(derived).toMatchObject({ rows: 12, found: 0 });
  });
});

describe('persons who decide about payouts', () => {
  let stack: Stack;
  let run: string;
  const key = (n: number, generation = 1) => `p/${run}/reward-1/1/c0000${n}/${generation}`;
  const post = (path: string, body: unknown, as: 'finance' | 'operator' | 'marketer', idempotencyKey?: string) =>
    stack.request('POST', path, body, { as, headers: idempotencyKey ? { 'idempotency-key': idempotencyKey } : {} });
  /** Of what is proposed about the payout by now. */
  const approve = async (path: string, payout: string, as: 'finance' | 'operator', more: Record<string, string> = {}) =>
    stack.request('POST', `${path}/approve`, undefined, {
      as,
      headers: { ...(await ifSeen(stack, `/v1/payouts/${payout}`)), ...more },
    });
  const reaches = (payout: string, state: string) =>
    until(
      `${payout} is ${state}`,
      async () => (await stack.request('GET', `/v1/payouts/${payout}`)).body.state === state,
    );
  const BECAUSE = { reason: 'looked into it' };

  /** Two are rejected, two were reported before they bought. */
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    await importCustomers(stack, customers(5));
    run = await launch(stack, twoWaves({ span: 'PT60S' }));
    await until('the wave is out', async () => (await stack.simulator.gateway.readBook()).length === 5);
    for (const n of [3, 4])
      await stack.ok('PUT', `/v1/customers/c0000${n}/status`, { status: 'incident', reason: 'reported' });
    stack.simulator.provider.setFaults({ reject422: 1 });
    await respond(
      stack,
      [1, 2, 3, 4].map((n) => `c0000${n}`),
    );
    for (const n of [1, 2]) await reaches(key(n), 'rejected');
    for (const n of [3, 4]) await reaches(key(n), 'held');
    stack.simulator.heal();
    stack.simulator.provider.heal();
  });
  afterAll(() => stack.stop());

  it('list what is owed', async () => {
    const { items } = await stack.ok('GET', '/v1/owed-items?state=open', undefined, { as: 'finance' });
    expect(items).toMatchObject(
      [1, 2].map((n) => ({ payout: key(n), state: 'open', customer: `c0000${n}`, amount: { value: '5000' } })),
    );
  });

  it('waive only as two, with a reason', async () => {
    const path = `/v1/owed-items/${key(1)}/waive`;
    expect((await post(path, BECAUSE, 'marketer')).status).toBe(403);
    expect(await post(path, {}, 'finance')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/reason' }] } });
    expect((await post(`${path}/approve`, undefined, 'finance')).status).toBe(428);
    expect((await approve(path, key(1), 'finance')).status).toBe(409);
    expect(await post(path, BECAUSE, 'finance')).toMatchObject({ status: 202, body: { state: 'open' } });
    expect(await approve(path, key(1), 'finance')).toMatchObject({
      status: 403,
      body: { type: 'urn:pado:problem:own_work' },
    });
    expect(await approve(path, key(1), 'operator')).toMatchObject({
      status: 200,
      body: { state: 'waived', decisionReason: BECAUSE.reason },
    });
    expect((await post(path, BECAUSE, 'finance')).status).toBe(409);
    expect((await post(`/v1/owed-items/${key(1)}/reissue`, BECAUSE, 'finance')).status).toBe(409);
  });

  it('reissue once, as the next generation, however often they ask', async () => {
    const path = `/v1/owed-items/${encodeURIComponent(key(2))}/reissue`;
    const first = await post(path, BECAUSE, 'finance', 'again');
    expect(first).toMatchObject({ status: 201, body: { payout: key(2, 2), reissueOf: key(2) } });
    expect(await post(path, BECAUSE, 'finance', 'again')).toMatchObject({ status: 201, body: first.body });
    expect((await post(path, BECAUSE, 'finance', 'other')).status).toBe(409);
    await reaches(key(2, 2), 'paid');
    expect((await post(`/v1/owed-items/${key(2, 2)}/waive`, BECAUSE, 'finance')).status).toBe(409);
    const { rows } = await stack.pool.query('select payout_key from claims where key = $1', [
      `run/${run}/reward-1/c00002`,
    ]);
    expect(rows).toEqual([{ payout_key: key(2, 2) }]);
  });

  it('approve a held payout once what held it is over, and it is paid', async () => {
    const path = `/v1/payouts/${key(3)}/approve`;
    expect(await post(path, BECAUSE, 'operator')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('incident') },
    });
    await stack.ok('PUT', '/v1/customers/c00003/status', { status: 'active', reason: 'found' });
    expect((await post(path, BECAUSE, 'operator', 'go')).status).toBe(200);
    await reaches(key(3), 'paid');
    expect(await post(path, BECAUSE, 'operator', 'go')).toMatchObject({ status: 200, body: { state: 'approved' } });
    expect((await post(path, BECAUSE, 'operator')).status).toBe(409);
  });

  it('cancel one that was never submitted, as two; it cannot be asked about', async () => {
    const path = `/v1/payouts/${key(4)}`;
    expect((await post(`${path}/look-up`, BECAUSE, 'finance')).status).toBe(409);
    expect((await post(`${path}/settle`, { ...BECAUSE, word: 'paid' }, 'finance')).status).toBe(409);
    expect((await post(`${path}/cancel`, BECAUSE, 'finance')).status).toBe(202);
    expect((await approve(`${path}/cancel`, key(4), 'finance')).status).toBe(403);
    expect(await approve(`${path}/cancel`, key(4), 'operator')).toMatchObject({
      status: 200,
      body: { state: 'cancelled' },
    });
    expect((await post(`/v1/payouts/p/none/cancel`, BECAUSE, 'finance')).status).toBe(404);
  });

  it('take back what was paid, as two, under a key of its own', async () => {
    const path = `/v1/payouts/${key(3)}/reverse`;
    expect((await post(path, BECAUSE, 'marketer')).status).toBe(403);
    expect(await post(path, {}, 'finance')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/reason' }] } });
    expect((await post(`/v1/payouts/${key(4)}/reverse`, BECAUSE, 'finance')).status).toBe(409);
    expect((await post('/v1/payouts/p/none/reverse', BECAUSE, 'finance')).status).toBe(404);
    expect((await post(path, BECAUSE, 'finance')).status).toBe(202);
    expect((await approve(path, key(3), 'finance')).status).toBe(403);
    const back = { 'idempotency-key': 'back' };
    expect((await approve(path, key(3), 'operator', back)).status).toBe(202);
    await reaches(key(3), 'reversed');
    expect((await approve(path, key(3), 'operator', back)).status).toBe(202);
    expect((await post(path, BECAUSE, 'finance')).status).toBe(409);
    expect((await post(`${path}/settle`, { ...BECAUSE, word: 'reversed' }, 'finance')).status).toBe(409);
    const { body } = await stack.request('GET', `/v1/payouts/${key(3)}`);
    expect(body.reversals).toMatchObject([{ n: 1, state: 'reversed', reason: BECAUSE.reason, attempts: 1 }]);
    const book = await stack.simulator.provider.readBook();
    expect(book.filter((line) => line.type === 'reversal')).toMatchObject([
      { key: key(3), reversalKey: `${key(3)}/r1`, reference: body.reversals[0].reference, amount: '5000' },
    ]);
  });

  it('leave their names and reasons in the audit log, and books that the auditor finds in order', async () => {
    const { rows } = await stack.pool.query(
      `select a.action, k.name as actor, a.reason, a.before, a.after from audit_log a join api_keys k on k.id = a.actor
       where a.subject like 'payout/%' order by a.no`,
    );
    const { reason } = BECAUSE;
    const line = (action: string, actor: string, before: unknown, after: unknown) => ({
      action,
      actor,
      reason,
      before,
      after,
    });
    const held = { state: 'held', reason: 'incident' };
    const finance = (await stack.one<{ id: string }>(`select id from api_keys where name = 'finance'`)).id;
    expect(rows).toEqual([
      line(
        'payout.waive.propose',
        'finance',
        { state: 'rejected' },
        { proposed: 'waive', word: null, reference: null },
      ),
      line('payout.waive', 'operator', { owed: 'open', proposedBy: finance }, { owed: 'waived' }),
      line('payout.reissue', 'finance', { owed: 'open' }, { owed: 'reissued', key: key(2, 2) }),
      line('payout.approved', 'operator', held, { state: 'approved' }),
      line('payout.cancel.propose', 'finance', { state: 'held' }, { proposed: 'cancel', word: null, reference: null }),
      line('payout.cancelled', 'operator', { ...held, proposedBy: finance }, { state: 'cancelled' }),
      line(
        'payout.reverse.propose',
        'finance',
        { state: 'paid' },
        { proposed: 'reverse', word: null, reference: null },
      ),
      line('payout.reverse', 'operator', { state: 'paid', proposedBy: finance }, { reversal: 'requested' }),
    ]);
    const epoch = await stack.one(
      `select k.name as actor, a.after->>'epoch' as epoch from audit_log a join api_keys k on k.id = a.actor
       where action = 'installation.business-epoch'`,
    );
    expect(epoch).toEqual({ actor: 'admin', epoch: '2026-03-03T01:00:00.000Z' });
    const report = await stack.auditClean();
    const generations = report.laws
      .flatMap(({ checks }) => checks)
      .find(({ what }) => what.includes('generations are numbered'));
    expect(generations).toMatchObject({ rows: 1, found: 0 });
  });
});
