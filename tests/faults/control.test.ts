/**
 * The table of what running, paused and stopped mean (design, section 4), on a whole installation: people, messages, entrants, responses and payouts; and
 * that a pause is acknowledged only when nothing that had not seen it is alive.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 24;
const ids = (from: number, to: number) =>
  customers(COUNT + 10)
    .slice(from - 1, to)
    .map(({ id }) => id);
const REASON = { reason: 'test' };
/** Over before anything of it is out, where its gateway is paused. */
const brief = (key: string) => twoWaves({ key, span: 'PT1S' });

describe('control', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(() => stack?.stop());

  const count = async (sql: string, run: string) => Number((await stack.one<{ n: string }>(sql, [run])).n);
  const waiting = (run: string, node: string) =>
    count(`select count(*) as n from participants where run_id = $1 and state = 'active' and node = '${node}'`, run);
  const messages = (run: string, state: string) =>
    count(`select count(*) as n from outbox where run_id = $1 and state = '${state}'`, run);
  const payouts = (run: string, state: string) =>
    count(`select count(*) as n from payouts where run_id = $1 and state = '${state}'`, run);
  const ended = (run: string, reason: string) =>
    count(`select count(*) as n from participants where run_id = $1 and end_reason = '${reason}'`, run);
  const switchTo = (scope: string, state: string, more: object = {}) =>
    stack.request('POST', `/v1/controls/${scope}`, { state, ...REASON, ...more }, { as: 'operator' });
  const enter = (run: string, customers: string[]) => stack.ok('POST', `/v1/runs/${run}/entrants`, { customers });

  it('paused: people and messages stay, entrants are refused, responses count, payouts go; shift gives the time back', async () => {
    const run = await launch(stack, twoWaves({ key: 'paused', span: 'PT45S' }));
    await until('everybody waits', async () => (await waiting(run, 'wait-1')) === COUNT);
    await until('all are out', async () => (await messages(run, 'accepted')) === COUNT);
    expect((await switchTo('provider/sim-pay', 'paused')).body).toMatchObject({ state: 'paused', acknowledged: true });
    await respond(stack, ids(1, 3), 'purchase', 'before');
    await until('three are owed', async () => (await payouts(run, 'intended')) === 3);

    const paused = await stack.request('POST', `/v1/runs/${run}/pause`, REASON);
    expect([paused.status, paused.body]).toEqual([
      200,
      { scope: `run/${run}`, state: 'paused', epoch: 1, acknowledged: true, ambiguous: { messages: 0, payouts: 0 } },
    ]);
    const { due, frozen } = await stack.one<{ due: Date; frozen: Date }>(
      `select max(p.due_at) as due, max(r.frozen_at) as frozen from participants p join runs r on r.id = p.run_id
       where p.run_id = $1 and p.state = 'active' and not p.responded`,
      [run],
    );
    // otherwise whoever buys in the pause comes too late
    expect(frozen.getTime()).toBeLessThan(due.getTime());
    await until('the wait would be over', async () => (await stack.businessNow()) > due.getTime() + 1_000);
    await respond(stack, ids(4, 6), 'purchase', 'during');
    expect(await enter(run, ['c00001'])).toMatchObject({ entered: 0, refused: [{ reason: 'paused' }] });
    expect((await switchTo('provider/sim-pay', 'running')).body).toMatchObject({
      state: 'running',
      acknowledged: true,
    });
    await until('what was earned is paid, paused or not', async () => (await payouts(run, 'paid')) === 3);
    expect(await waiting(run, 'wait-1')).toBe(COUNT - 3);
    expect(await count('select count(*) as n from outbox where run_id = $1', run)).toBe(COUNT);
    await stack.auditClean();

    const resumed = await stack.request('POST', `/v1/runs/${run}/resume`, REASON);
    expect(resumed.body).toMatchObject({ state: 'running', epoch: 2, acknowledged: true });
    await until('who bought in the pause is rewarded', async () => (await payouts(run, 'paid')) === 6);
    await settled(stack, run, 240_000);
    expect(await count(`select count(*) as n from payouts where run_id = $1 and wave = 1`, run)).toBe(6);
    await stack.auditClean();
  });

  it('stopped: who waits ends at once, what is queued is withheld, what was earned is paid, and the run closes', async () => {
    const run = await launch(stack, twoWaves({ key: 'stopped', span: 'PT2H' }));
    await until('everybody waits', async () => (await waiting(run, 'wait-1')) === COUNT);
    await until('all are out', async () => (await messages(run, 'accepted')) === COUNT);
    await switchTo('provider/sim-pay', 'paused');
    await respond(stack, ids(1, 3), 'purchase', 'stopped');
    await until('three are owed', async () => (await payouts(run, 'intended')) === 3);

    await switchTo('gateway/sim-gate', 'paused');
    const other = await launch(stack, twoWaves({ key: 'stopped-too', span: 'PT2H' }));
    await until('all are queued', async () => (await messages(other, 'queued')) === COUNT);
    const stopped = await stack.request('POST', `/v1/runs/${run}/stop`, REASON);
    expect(stopped.body).toMatchObject({ state: 'stopped', acknowledged: true });
    expect((await switchTo('campaign/stopped-too', 'stopped')).body).toMatchObject({ acknowledged: true });
    expect(await enter(other, ['c00001'])).toMatchObject({ refused: [{ reason: 'stopped' }] });
    await until('both have closed', async () => {
      const open = `select count(*) as n from runs where campaign like 'stopped%' and state <> 'closed' and $1 <> ''`;
      return (await count(open, run)) === 0;
    });
    expect([await ended(run, 'stopped'), await ended(other, 'stopped')]).toEqual([COUNT - 3, COUNT]);
    expect(await messages(other, 'queued')).toBe(COUNT); // the gateway is paused
    await switchTo('gateway/sim-gate', 'running');
    await until('all are withheld', async () => (await messages(other, 'withheld')) === COUNT);
    expect(await count(`select count(*) as n from contacts where run_id = $1 and state = 'returned'`, other)).toBe(
      COUNT,
    );
    expect(await payouts(run, 'intended')).toBe(3);
    await switchTo('provider/sim-pay', 'running');
    await until('what was earned is paid', async () => (await payouts(run, 'paid')) === 3);
    expect((await stack.request('POST', `/v1/runs/${run}/resume`, REASON)).status).toBe(409);
    await stack.auditClean();
  });

  it('is acknowledged only when what was handed over before has its result or its lease is over', async () => {
    stack.simulator.gateway.setFaults({ hangAfterActing: 1, hangMs: 60_000, lookupUnavailable: 1 }); // and so nothing moves
    const run = await launch(stack, twoWaves({ key: 'hanging', span: 'PT2H' }));
    await until('they are under way', async () => (await messages(run, 'submitting')) > 0);
    const reply = await stack.request('POST', `/v1/runs/${run}/pause`, REASON);
    if (reply.status === 202) expect(reply.headers.get('location')).toBe(`/v1/controls/run/${run}`);
    expect(reply.body.acknowledged).toBe(reply.status === 200);
    await until('acknowledged', async () => {
      const { acknowledged } = await stack.ok('GET', `/v1/controls/run/${run}`);
      const alive = await count(
        `select count(*) as n from message_attempts a where closed_at is null and lease_until > now() and exists (
           select 1 from outbox o where o.attempt_id = a.id and o.run_id = $1)`,
        run,
      );
      if (acknowledged) expect(alive).toBe(0);
      return acknowledged;
    });
    const { ambiguous } = await stack.ok('GET', `/v1/controls/run/${run}`);
    expect(ambiguous.messages + (await messages(run, 'accepted')) + (await messages(run, 'queued'))).toBe(COUNT);
    stack.simulator.heal();
    await stack.ok('POST', `/v1/runs/${run}/stop`, REASON);
    await settled(stack, run);
    await stack.auditClean();
  });

  it('skip: what fell due in the pause goes on without contact; nobody is sent a pile', async () => {
    const run = await launch(stack, twoWaves({ key: 'skipped', span: 'PT30S' }));
    await until('everybody waits', async () => (await waiting(run, 'wait-1')) === COUNT);
    await stack.ok('POST', `/v1/runs/${run}/pause`, REASON);
    const { due } = await stack.one<{ due: Date }>(`select max(due_at) as due from participants where run_id = $1`, [
      run,
    ]);
    await until('all of it has fallen due', async () => (await stack.businessNow()) > due.getTime() + 1_000);
    await stack.ok('POST', `/v1/runs/${run}/resume`, { ...REASON, overdue: 'skip' });
    await settled(stack, run);
    const detail = await stack.ok('GET', `/v1/runs/${run}`);
    const second = detail.nodes.find((node: { node: string }) => node.node === 'send-2');
    expect(second.messages).toMatchObject({ decided: COUNT, accepted: 0, suppressed: { skipped: COUNT } });
    await stack.auditClean();
  });

  it('a run that has closed is paused and resumed as long as something of it waits to go out, and not after', async () => {
    await switchTo('gateway/sim-gate', 'paused');
    const [run, other] = [await launch(stack, brief('closed')), await launch(stack, brief('closed-too'))];
    const closed = (id: string) =>
      until('closed', async () => (await stack.ok('GET', `/v1/runs/${id}`)).state === 'closed');
    await Promise.all([closed(run), closed(other)]);
    const queued = await messages(run, 'queued');
    expect(queued).toBeGreaterThanOrEqual(COUNT);
    const paused = await stack.request('POST', `/v1/runs/${run}/pause`, REASON);
    expect([paused.status, paused.body]).toMatchObject([200, { state: 'paused', acknowledged: true }]);
    await switchTo('gateway/sim-gate', 'running');
    await until('the other one is out', async () => (await messages(other, 'queued')) === 0);
    expect(await messages(run, 'queued')).toBe(queued);
    const resumed = await stack.request('POST', `/v1/runs/${run}/resume`, REASON);
    expect([resumed.status, resumed.body]).toMatchObject([200, { state: 'running', acknowledged: true }]);
    await settled(stack, run);
    expect(await messages(run, 'accepted')).toBe(queued);
    for (const move of ['pause', 'stop', 'resume']) {
      const reply = await stack.request('POST', `/v1/runs/${run}/${move}`, REASON);
      expect([reply.status, reply.body.detail]).toEqual([409, 'The run has ended.']);
    }
    await stack.auditClean();
  });
});
