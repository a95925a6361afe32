/**
 * Responses that come after their wait has closed, after the run has closed even: the path stays as it was, they are counted apart, earn the
 * wave's reward once within the campaign's `late`, and are on finance's list after it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 12;
const HOUR_MS = 3_600_000;

describe('late responses', () => {
  let stack: Stack;
  let run: string;
  let strict: string;
  let before: string;

  /** A purchase in the middle of a wait's window; `skewMs`: by how much the client's clock is wrong, told by sentAt. */
  async function purchase(of: string, wave: 1 | 2, customer: string, tag = '', skewMs: number | null = null) {
    const { at } = await stack.one<{ at: Date }>(
      `select window_from + (window_to - window_from) / 2 as at from closed_waits where run_id = $1 and node = $2 limit 1`,
      [of, `wait-${wave}`],
    );
    await purchaseAt(at.getTime(), `late-${tag}-${of}-${wave}-${customer}`, customer, skewMs);
  }
  async function purchaseAt(at: number, messageId: string, userId: string, skewMs: number | null = null) {
    const iso = (ms: number) => new Date(ms + (skewMs ?? 0)).toISOString();
    const sentAt = skewMs === null ? {} : { sentAt: iso(await stack.businessNow()) };
    const event = { type: 'track', messageId, userId, event: 'purchase', timestamp: iso(at), ...sentAt };
    await stack.ok('POST', '/v1/batch', { batch: [event] }, { as: 'source' });
  }
  const paths = async (of: string) => {
    const { text } = await stack.one<{ text: string }>(
      `select string_agg(concat_ws(' ', customer_id, node, wave, end_reason), ',' order by customer_id) as text from participants where run_id = $1`,
      [of],
    );
    return text;
  };

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    [run, strict] = await Promise.all([
      launch(stack, twoWaves({ key: 'lenient', span: 'PT20S' })),
      launch(stack, { ...twoWaves({ key: 'strict', span: 'PT20S' }), late: 'PT0.001S' }),
    ]);
    await until('the first waves are out', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from outbox where wave = 1 and state = 'accepted'`,
      );
      return Number(n) === 2 * COUNT;
    });
    await respond(stack, ['c00003']);
    await Promise.all([settled(stack, run), settled(stack, strict)]);
    before = await paths(run);

    await purchase(run, 1, 'c00001', '', 5 * HOUR_MS);
    await purchase(run, 1, 'c00002', 'first', -9 * HOUR_MS);
    await purchase(run, 1, 'c00002', 'again');
    await purchase(run, 1, 'c00003', 'another');
    const { t0, end } = await stack.one<{ t0: Date; end: Date }>(
      `select min(window_from) as t0, max(window_to) as end from closed_waits`,
    );
    await purchaseAt(t0.getTime() - 1, 'before', 'c00004');
    await purchaseAt(end.getTime(), 'at-the-end', 'c00004');
    await purchase(run, 2, 'c00005');
    await purchase(run, 1, 'c00006');
    await purchase(run, 2, 'c00006');
    await Promise.all([settled(stack, run), settled(stack, strict)]);
  });
  afterAll(() => stack.stop());

  it('change no path', async () => {
    expect(await paths(run)).toBe(before);
  });

  it('are counted apart, per wave', async () => {
    const report = await stack.ok('GET', `/v1/runs/${run}/report`);
    expect(report.waves).toMatchObject([
      { wave: 1, responded: 1, late: 3 },
      { wave: 2, responded: 0, late: 2 },
    ]);
  });

  it('earn the wave’s reward, once', async () => {
    const { items } = await stack.ok('GET', `/v1/payouts?run=${run}&limit=50`, undefined, { as: 'finance' });
    const paid = items
      .map(({ customer, node, state }: Record<string, string>) => `${customer} ${node} ${state}`)
      .sort();
    expect(paid).toEqual([
      'c00001 reward-1 paid',
      'c00002 reward-1 paid',
      'c00003 reward-1 paid',
      'c00005 reward-2 paid',
      'c00006 reward-1 paid',
      'c00006 reward-2 paid',
    ]);
  });

  it('are explained in the customer’s trace', async () => {
    const why = await stack.ok('GET', `/v1/runs/${run}/customers/c00001`);
    const last = why.decisions.at(-1);
    expect(last).toMatchObject({
      kind: 'late',
      steps: [
        { node: 'wait-1', codes: [expect.stringMatching(/^late=earns:\d+$/)] },
        { node: 'reward-1', codes: ['reward=claimed'] },
      ],
    });
    expect(why.responses).toMatchObject([{ node: 'wait-1', late: true }]);
  });

  it('later than the campaign’s `late` are on finance’s list and earn nothing', async () => {
    const list = async (as: 'finance' | 'marketer') =>
      await stack.request('GET', `/v1/late-responses?run=${strict}`, undefined, { as });
    expect((await list('marketer')).status).toBe(403);
    const { items } = (await list('finance')).body;
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) {
      expect(item).toMatchObject({
        run: strict,
        campaign: 'strict',
        event: 'purchase',
        rewards: [`reward-${item.wave}`],
      });
    }
    expect(items.map((item: { customer: string }) => item.customer)).toContain('c00001');
    const { n } = await stack.one<{ n: string }>(
      `select count(*) as n from payouts where run_id = $1 and evidence ? 'lateEvent'`,
      [strict],
    );
    expect(Number(n)).toBe(0);
    expect((await stack.ok('GET', `/v1/late-responses?run=${run}`, undefined, { as: 'finance' })).items).toEqual([]);
  });

  it('leave the books as the auditor wants them', async () => {
    const report = await stack.auditClean();
    const late = report.laws[0]?.checks.find(({ what }) => what.startsWith('each payout of a late response'));
    expect(late?.rows).toBe(5);
  });
});
