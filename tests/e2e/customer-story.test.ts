/**
 * Law 7 as a person asks it: why did this customer get it, or not; also of those who never entered. And the timeline over all campaigns;
 * and what is left of the story when the run has expired.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

type Found = { code: string; value: string | null };

describe('a customer’s story', () => {
  let stack: Stack;
  let run: string;
  beforeAll(async () => {
    const env = { PADO_LEDGER_KEYS: Buffer.alloc(32, 5).toString('base64') };
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', env: { worker: env, api: env } });
    await defineBasics(stack);
    await importCustomers(
      stack,
      customers(4, (n) => (n === 2 ? { consents: {} } : n === 3 ? { status: 'incident' } : {})),
    );
    run = await launch(stack, twoWaves({ span: 'PT20S' }));
    await until('the first wave is out', async () => {
      const { n } = await stack.one<{ n: string }>(`select count(*) as n from outbox where state = 'accepted'`);
      return Number(n) > 0;
    });
    await respond(stack, ['c00001']);
    await settled(stack, run);
    await importCustomers(stack, [
      {
        id: 'newcomer',
        consents: { 'push:advertising': true },
        addresses: { push: 't' },
        attributes: { name: '새손님' },
      },
      { id: 'stranger', consents: { 'push:advertising': false }, attributes: { name: '낯선손님' } },
    ]);
  });
  afterAll(() => stack.stop());

  const why = (customer: string, campaign = 'two-waves') =>
    stack.ok('GET', `/v1/customers/${customer}/why?campaign=${campaign}`, undefined, { as: 'marketer' });
  const found = (answer: { stages: { stage: string; findings: Found[] }[] }, stage: string) =>
    answer.stages.find((one) => one.stage === stage)?.findings.map(({ code, value }) => `${code}=${value}`) ?? [];

  it('tells whoever got it what was decided, stage by stage, with versions and counters', async () => {
    const answer = await why('c00001');
    expect(answer).toMatchObject({
      run,
      version: 1,
      basis: 'decided',
      sends: [{ node: 'send-1', outcome: 'accepted', reason: null }],
    });
    expect(answer.stages.map(({ stage }: { stage: string }) => stage)).toEqual([
      'trigger',
      'audience',
      'eligibility',
      'offer',
      'ledger',
      'response',
      'branch',
    ]);
    expect(found(answer, 'audience')).toEqual(expect.arrayContaining(['frozen=everyone@1', `entered=${run}`]));
    expect(found(answer, 'eligibility')).toEqual(
      expect.arrayContaining(['status=active', 'consent=granted', 'quiet=open']),
    );
    expect(found(answer, 'offer')).toEqual(
      expect.arrayContaining(['offer=hello@1', 'message=handed_over', 'message_state=accepted']),
    );
    expect(found(answer, 'ledger')).toEqual(expect.arrayContaining(['reward=claimed', 'payout_state=paid']));
    expect(found(answer, 'response')).toEqual(expect.arrayContaining(['received=purchase']));
    expect(found(answer, 'branch')).toEqual(expect.arrayContaining(['branch=yes', 'exit=completed']));
    expect(answer.decisions.map(({ kind }: { kind: string }) => kind)).toEqual(
      expect.arrayContaining(['cohort', 'claim']),
    );
    expect(answer.answer).toBe('send-1: accepted.');
  });

  it('tells whoever did not get it the reason of each send', async () => {
    expect(await why('c00002')).toMatchObject({
      basis: 'decided',
      answer: 'send-1: suppressed (no_consent); send-2: suppressed (no_consent).',
    });
    expect((await why('c00003')).sends).toMatchObject([{ reason: 'incident' }, { reason: 'incident' }]);
  });

  it('judges those who never entered by today’s facts, and says so', async () => {
    const answer = await why('newcomer');
    expect(answer).toMatchObject({
      run: null,
      version: 1,
      basis: 'today',
      sends: [{ node: 'send-1', outcome: 'queued' }],
    });
    expect(answer.answer).toMatch(
      /^Never entered; by the facts of .* is in segment everyone@1 and would be queued at send-1\.$/,
    );
    expect(found(answer, 'audience')).toEqual(expect.arrayContaining(['segment=everyone@1', 'rule=0:holds']));
    const refused = await why('stranger');
    expect(refused.sends).toMatchObject([{ node: 'send-1', outcome: 'suppressed', reason: 'consent_refused' }]);
    expect(found(refused, 'eligibility')).toContain('consent=refused');
    const { n } = await stack.one<{ n: string }>(`select count(*) as n from outbox where customer_id = 'newcomer'`);
    expect(Number(n)).toBe(0);
  });

  it('answers for a campaign that has never been launched, and refuses what does not exist', async () => {
    await stack.ok('PUT', '/v1/campaigns/draft-only', twoWaves({ key: 'draft-only' }), {
      headers: { 'if-none-match': '*' },
    });
    expect(await why('c00001', 'draft-only')).toMatchObject({ run: null, version: null, basis: 'today' });
    for (const path of [
      'nobody/why?campaign=two-waves',
      'c00001/why?campaign=none',
      'c00001/why?campaign=two-waves&run=none',
      'nobody/timeline',
    ]) {
      expect((await stack.request('GET', `/v1/customers/${path}`)).status).toBe(404);
    }
    expect((await stack.request('GET', '/v1/customers/c00001/why')).status).toBe(400);
  });

  it('pages through everything about a customer, newest first, nothing twice and nothing lost', async () => {
    const all = await stack.ok('GET', '/v1/customers/c00001/timeline?limit=200');
    const paged: unknown[] = [];
    let cursor = '';
    for (let page = 0; page < 100; page += 1) {
      const { items, next } = await stack.ok(
        'GET',
        `/v1/customers/c00001/timeline?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...items);
      if (next === null) break;
      cursor = next;
    }
    expect(paged).toEqual(all.items);
    expect(all.next).toBeNull();
    const times = all.items.map(({ at }: { at: string }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const kinds = new Set(all.items.map(({ kind }: { kind: string }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['decision', 'event', 'gate', 'payout', 'response']));
    expect(JSON.stringify(all)).not.toContain('token-1');
  });

  it('ends with an erasure: texts and facts about the person are gone, decisions and money stay, and the audit passes', async () => {
    const refused = await stack.request('POST', '/v1/customers/c00001/erase', { reason: 'asked' }, { as: 'marketer' });
    expect(refused.status).toBe(403);
    const erased = await stack.ok('POST', '/v1/customers/c00001/erase', { reason: 'asked' }, { as: 'operator' });
    expect(erased).toMatchObject({ customer: 'c00001', messages: 1, events: 1 });
    expect(await stack.ok('GET', '/v1/customers/c00001')).toMatchObject({
      status: 'withdrawn',
      attributes: {},
      addresses: {},
      consents: {},
    });
    const { standing, history } = await stack.ok('GET', '/v1/customers/c00001/consents');
    expect(standing).toMatchObject([{ channel: 'push', granted: false, resultDueAt: null, renewalDueAt: null }]);
    expect(history.map(({ source }: { source: string }) => source.split(':')[0])).toEqual(['erase', 'import']);
    const exported = await stack.ok('GET', '/v1/customers/c00001/export');
    expect(JSON.stringify(exported)).not.toMatch(/손님1|token-1"/);
    expect(exported.payouts).toHaveLength(1);
    expect((await why('c00001')).answer).toBe('send-1: accepted.');
    await stack.auditClean();
  });

  it('is over when its run has expired: said so, what money rests on stays, and the audit passes', async () => {
    await until('the month has a statement', async () => {
      const { status } = await stack.request('GET', '/v1/ledger/statements/2026-03', undefined, { as: 'finance' });
      return status === 200;
    });
    await stack.pool.query(
      `update runs set closed_at = closed_at - interval '200 days';
       update listeners set late_until = late_until - interval '200 days';
       update outbox set not_after = coalesce(handover_at, decided_at) + interval '1 millisecond'`,
    );
    await stack.ok('PUT', '/v1/retention/runs', { days: 100, reason: 'a test' });
    await until('all has gone', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select (select count(*) from outbox) + (select count(*) from trace where not bears_money(steps)) as n`,
      );
      return Number(n) === 0;
    });
    const [paid, other] = [await why('c00001'), await why('c00002')];
    expect(paid.answer).toMatch(/^What was decided expired on 2026-03-0\d; the customer stood at done at the end\.$/);
    expect(other.answer).toBe(paid.answer);
    expect(other).toMatchObject({ run, basis: 'decided', expiredAt: expect.any(String), sends: [] });
    expect(found(other, 'trigger')).toContain(`expired=${run}`);
    expect(found(paid, 'ledger')).toEqual(expect.arrayContaining(['reward=claimed', 'payout_state=paid']));
    const report = await stack.ok('GET', `/v1/runs/${run}/report`);
    expect(report).toMatchObject({ expiredAt: paid.expiredAt, cells: [], payouts: { paid: 1 } });
    expect(report.waves[0]).toMatchObject({ sent: 2, delivered: null, goal: null });
    expect((await stack.request('GET', `/v1/runs/${run}/report.csv`)).status).toBe(409);
    expect((await stack.ok('GET', '/v1/retention')).policies[0]).toMatchObject({ kind: 'runs', days: 100, removed: 1 });
    await stack.auditClean();
  });
});
