/**
 * A live campaign gets a new version: whoever waits is counted, then moved by a node map, and goes on by the new version, once and with the wait that they
 * were in; whoever had answered stays on the old one. The worker dies on the way.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { approve, customers, defineBasics, importCustomers, launch, respond, settled } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const idsOf = (from: number, to: number) =>
  customers(to)
    .slice(from - 1)
    .map(({ id }) => id);
const [BEFORE, AFTER] = [idsOf(1, 5), idsOf(6, 20)];

describe('a new version of a live campaign', () => {
  let stack: Stack;
  let run: string;
  let moved: string;

  const send = (template: string, next: string) => ({
    type: 'send',
    template,
    channel: 'push',
    gateway: 'sim-gate',
    next,
  });
  const reward = (value: string) => ({
    type: 'reward',
    kind: 'cashback',
    amount: { value, currency: 'KRW' },
    budget: 'main',
    provider: 'sim-pay',
    next: 'done',
  });
  const definition = (gift: string, value: string, no: object, start: object, key = 'live') => ({
    key,
    name: key,
    purpose: 'advertising',
    segment: 'everyone',
    quietHours: { from: '00:00', to: '00:00' },
    ...start,
    journey: {
      start: 'hello',
      nodes: {
        hello: send('hello', 'answer'),
        answer: { type: 'wait', span: 'PT120S', response: { event: 'purchase' }, next: 'bought' },
        bought: { type: 'branch', on: { responded: 'answer' }, yes: gift, no: Object.keys(no)[0] },
        [gift]: reward(value),
        ...no,
        done: { type: 'exit' },
      },
    },
  });
  const first = (key?: string) => definition('gift', '5000', { done: { type: 'exit' } }, {}, key);
  const LATER = { start: { type: 'at', at: '2027-01-01T00:00:00+09:00' } };
  const second = (key?: string) => definition('voucher', '700', { remind: send('again', 'done') }, LATER, key);
  const MAP = { version: 2, nodes: { answer: 'answer' } };
  const count = (body: object, of = run) =>
    stack.request('POST', `/v1/runs/${of}/migration/count`, body, { as: 'marketer' });
  const migrate = (body: object, key = 'move', of = run) =>
    stack.request('POST', `/v1/runs/${of}/migrate`, body, { as: 'operator', headers: { 'idempotency-key': key } });
  const messages = async (runId: string) => {
    const { rows } = await stack.pool.query<{ node: string; n: number }>(
      `select node, count(*)::int as n from outbox where run_id = $1 and state = 'accepted' group by 1 order by 1`,
      [runId],
    );
    return Object.fromEntries(rows.map(({ node, n }) => [node, n]));
  };
  const payouts = async (runId: string) => {
    const { rows } = await stack.pool.query<{ id: string }>(
      `select customer_id as id from payouts where run_id = $1 and state = 'paid' order by 1`,
      [runId],
    );
    return rows.map(({ id }) => id);
  };

  async function launchNext(key: string, next: object): Promise<void> {
    const path = `/v1/campaigns/${key}`;
    await stack.ok('PUT', path, next, { as: 'marketer', headers: { 'if-match': '*' } });
    await stack.ok('POST', `${path}/validate`, undefined, { as: 'marketer' });
    await approve(stack, key);
    await stack.ok('POST', `${path}/launch`, {}, { as: 'marketer' });
  }

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
    await defineBasics(stack);
    await stack.ok('PUT', '/v1/templates/again', { channel: 'push', body: 'again' });
    await importCustomers(stack, customers(COUNT));
    run = await launch(stack, first());
    await until('all are out', async () => (await messages(run))['hello'] === COUNT);
    await respond(stack, BEFORE);
    await until('who answered has moved on', async () => (await payouts(run)).length === BEFORE.length);
    await launchNext('live', second());
  });
  afterAll(() => stack?.stop());

  it('is asked first: who would move, and who would stay', async () => {
    const { body } = await count(MAP);
    expect(body).toEqual({
      run,
      campaign: 'live',
      from: 1,
      to: 2,
      unmapped: [],
      nodes: [{ node: 'answer', to: 'answer', here: COUNT - BEFORE.length, moves: COUNT - BEFORE.length }],
    });
  });

  it.each([
    ['a version that is not launched', { version: 3, nodes: MAP.nodes }, 422, '/version'],
    ['its own version', { version: 1, nodes: MAP.nodes }, 422, '/version'],
    ['a node that is no wait', { version: 2, nodes: { answer: 'remind' } }, 422, '/nodes/answer'],
    ['a node that is not there', { version: 2, nodes: { gone: 'answer' } }, 422, '/nodes/gone'],
    ['no node at all', { version: 2, nodes: {} }, 400, '/nodes'],
  ])('is refused for %s', async (_what, body, status, pointer) => {
    for (const reply of [await count(body), await migrate({ ...body, confirmed: {}, reason: 'r' }, `no-${pointer}`)])
      expect([reply.status, reply.body.errors[0].pointer]).toEqual([status, pointer]);
  });

  it('moves nobody where more wait than was confirmed, or while the run is paused', async () => {
    const { status, body } = await migrate({ ...MAP, confirmed: { answer: 3 }, reason: 'r' }, 'too-few');
    expect([status, body.errors]).toEqual([
      412,
      [{ pointer: '/confirmed/answer', detail: `would be ${COUNT - BEFORE.length} people now` }],
    ]);
    await stack.ok('POST', `/v1/runs/${run}/pause`, { reason: 'test' }, { as: 'operator' });
    const paused = await migrate({ ...MAP, confirmed: { answer: COUNT }, reason: 'r' }, 'paused');
    expect(paused.status).toBe(409);
    await stack.ok('POST', `/v1/runs/${run}/resume`, { reason: 'test' }, { as: 'operator' });
    await until('the clock runs again', async () => {
      const { frozen } = await stack.one<{ frozen: boolean }>(
        'select frozen_at is not null as frozen from runs where id = $1',
        [run],
      );
      return !frozen;
    });
  });

  it('moves whoever waits, once, and the same request again answers the same', async () => {
    await stack.worker.kill();
    const body = { ...MAP, confirmed: { answer: COUNT }, reason: 'the voucher is cheaper' };
    const first = await migrate(body);
    expect([first.status, first.body]).toEqual([
      200,
      expect.objectContaining({
        from: run,
        version: 2,
        left: 0,
        moved: [{ node: 'answer', to: 'answer', people: COUNT - BEFORE.length }],
      }),
    ]);
    moved = first.body.run;
    expect((await migrate(body)).body).toEqual(first.body);
    expect((await migrate(body, 'other')).status).toBe(409); // nobody waits there any more
    await respond(stack, AFTER, 'purchase', 'after');
    await stack.worker.start();
    await settled(stack, moved);
    await settled(stack, run);
    await stack.auditClean();
  });

  it('gives each what their version gives, and nothing twice', async () => {
    expect(await messages(run)).toEqual({ hello: COUNT });
    expect(await messages(moved)).toEqual({ remind: COUNT - BEFORE.length - AFTER.length });
    expect(await payouts(run)).toEqual(BEFORE);
    expect(await payouts(moved)).toEqual(AFTER);
    const nodes = (await stack.ok('GET', `/v1/runs/${run}`)).nodes as { node: string; people: object }[];
    expect(nodes.find(({ node }) => node === 'answer')?.people).toEqual({
      entered: COUNT,
      here: 0,
      moved: { bought: BEFORE.length },
      ended: { migrated: COUNT - BEFORE.length },
    });
  });

  it('is in the story of a customer, in the audit log, and in the report over the chain', async () => {
    const [customer = ''] = AFTER;
    const codes = async (of: string) =>
      (
        (await stack.ok('GET', `/v1/runs/${of}/customers/${customer}`)).decisions as {
          kind: string;
          steps: { codes: string[] }[];
        }[]
      )
        .filter(({ kind }) => kind === 'migration')
        .flatMap(({ steps }) => steps.flatMap(({ codes: own }) => own));
    expect(await codes(run)).toEqual([`moved_to=${moved}/answer`, 'exit=migrated']);
    expect(await codes(moved)).toEqual([`moved_from=${run}/answer`]);
    const line = await stack.one<{ reason: string; after: object }>(
      `select reason, after from audit_log where action = 'run.migrate'`,
    );
    expect(line).toMatchObject({ reason: 'the voucher is cheaper', after: { version: 2, run: moved } });
    const chain = await stack.ok('GET', `/v1/runs/${run}/chain-report`);
    expect(
      chain.campaigns.map(({ version, people }: { version: number; people: number }) => [version, people]),
    ).toEqual([
      [1, COUNT],
      [2, COUNT - BEFORE.length],
    ]);
    expect(chain.treated).toMatchObject({
      people: COUNT,
      sent: COUNT,
      responded: BEFORE.length + AFTER.length,
      payouts: BEFORE.length + AFTER.length,
      amounts: [{ value: String(BEFORE.length * 5_000 + AFTER.length * 700), currency: 'KRW' }],
    });
  });

  it('is taken back in the middle: whoever still waits goes on by what was before, and nobody gets anything of both', async () => {
    const origin = await launch(stack, first('undone'));
    await until('all are out', async () => (await messages(origin))['hello'] === COUNT);
    await launchNext('undone', second('undone'));
    const waits = { nodes: MAP.nodes, confirmed: { answer: COUNT }, reason: 'the voucher' };
    const forth = (await migrate({ ...waits, version: 2 }, 'forth', origin)).body.run as string;
    await respond(stack, AFTER, 'purchase', 'forth');
    await until('who answered has a voucher', async () => (await payouts(forth)).length === AFTER.length);

    const still = COUNT - AFTER.length;
    // versions go on only: what the first one said is launched, and approved, once more
    expect((await count({ version: 1, nodes: MAP.nodes }, forth)).status).toBe(422);
    await launchNext('undone', { ...first('undone'), ...LATER });
    const asked = (await count({ version: 3, nodes: MAP.nodes }, forth)).body;
    expect(asked).toMatchObject({ from: 2, to: 3, nodes: [{ node: 'answer', here: still, moves: still }] });
    const taken = await migrate({ ...waits, version: 3, reason: 'the gift after all' }, 'back', forth);
    expect(taken).toMatchObject({ status: 200, body: { from: forth, version: 3, left: 0 } });
    const back = taken.body.run as string;
    const others = idsOf(1, COUNT).filter((id) => !AFTER.includes(id));
    await respond(stack, others.slice(0, 30), 'purchase', 'back');
    for (const one of [origin, forth, back]) await settled(stack, one);

    expect(await payouts(forth)).toEqual(AFTER);
    expect(await payouts(back)).toEqual(others.slice(0, 30));
    expect([await payouts(origin), await messages(forth), await messages(back)]).toEqual([[], {}, {}]);
    const { rows } = await stack.pool.query<{ amount: string; n: number }>(
      'select amount::text as amount, count(*)::int as n from payouts where run_id = any($1::text[]) group by 1 order by 1',
      [[forth, back]],
    );
    expect(rows).toEqual([
      { amount: '5000', n: 30 },
      { amount: '700', n: AFTER.length },
    ]);
    await stack.auditClean();
  });
});
