/**
 * One campaign of the kinds of nodes that the waves of other tests do not have, on the real stack: a split with a holdout, hours of the day, passes
 * of a repeat, and a reward by tiers of what the response says.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { murmur3 } from '../../src/auditor/budget-replay.js';
import { customers, defineBasics, importCustomers, launch, settled } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const INCIDENT = 'c00004';
const REFUSED = 'c00005';
const MINUTE_MS = 60_000;

/** As anyone may draw it: holdout [0, 0.2), lunch [0.2, 0.6), now [0.6, 1). */
function armOf(id: string): string {
  const share = murmur3(`spring:${id}`) / 2 ** 32;
  if (share < 0.2) return 'holdout';
  return share < 0.6 ? 'lunch' : 'now';
}
const ids = Array.from({ length: COUNT }, (_, n) => `c${String(n + 1).padStart(5, '0')}`);
const drawn = (arm: string) => ids.filter((id) => id !== INCIDENT && id !== REFUSED && armOf(id) === arm);
const [BIG, SMALL, SECOND] = drawn('now') as [string, string, string];

/** `opens`: HH:MM in Seoul. */
const campaign = (opens: string) => ({
  key: 'lunch',
  name: '점심 시간',
  purpose: 'advertising',
  segment: 'everyone',
  experiment: 'spring',
  quietHours: { from: '00:00', to: '00:00' },
  journey: {
    start: 'draw',
    nodes: {
      draw: {
        type: 'split',
        holdout: 1,
        arms: [
          { name: 'lunch', weight: 2, next: 'hours' },
          { name: 'now', weight: 2, next: 'push' },
        ],
      },
      hours: { type: 'wait', window: { from: opens, to: opens === '00:00' ? '23:59' : '00:00' }, next: 'push' },
      push: { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'listen' },
      listen: { type: 'wait', span: 'PT15S', response: { event: 'purchase' }, next: 'bought' },
      bought: { type: 'branch', on: { responded: 'listen' }, yes: 'prize', no: 'round' },
      round: { type: 'repeat', again: 'push', times: 2, next: 'done' },
      prize: {
        type: 'reward',
        kind: 'cashback',
        amount: {
          currency: 'KRW',
          by: 'response.amount',
          tiers: [
            { from: 1_000, value: '500' },
            { from: 50_000, value: '3000' },
          ],
        },
        budget: 'main',
        provider: 'sim-pay',
        claimScope: 'response',
        next: 'done',
      },
      done: { type: 'exit' },
    },
  },
});

describe('a campaign with a split, hours of the day, a repeat and tiers', () => {
  let stack: Stack;
  let run: string;
  let opensAt: number;
  const messages = async (visit: number, of: readonly string[]) =>
    Number(
      (
        await stack.one<{ n: string }>(
          `select count(*) as n from outbox where run_id = $1 and visit = $2 and customer_id = any($3) and state = 'accepted'`,
          [run, visit, of],
        )
      ).n,
    );
  const buy = (userId: string, amount: number) =>
    stack.ok(
      'POST',
      '/v1/batch',
      { batch: [{ type: 'track', messageId: `buy-${userId}`, userId, event: 'purchase', properties: { amount } }] },
      { as: 'source' },
    );

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    await importCustomers(
      stack,
      customers(COUNT, (n) => {
        if (n === 4) return { status: 'incident' };
        if (n === 5) return { consents: { 'push:advertising': false } };
        return {};
      }),
    );
    opensAt = Math.floor((await stack.businessNow()) / MINUTE_MS + 1.5) * MINUTE_MS; // 30 to 90 s from now
    const seoul = new Date(opensAt + 9 * 60 * MINUTE_MS).toISOString();
    run = await launch(stack, campaign(seoul.slice(11, 16)));
    await until('the first pass is out', async () => (await messages(1, drawn('now'))) === drawn('now').length);
    await buy(BIG, 52_000);
    await buy(SMALL, 999);
    await until('the second pass is out', async () => (await messages(2, [SECOND])) === 1);
    await buy(SECOND, 1_000);
    await settled(stack, run, 240_000);
  }, 400_000);
  afterAll(() => stack?.stop());

  it('draws the arms that anyone can draw, sets the excluded apart, and gives the holdout nothing', async () => {
    const { nodes } = await stack.ok('GET', `/v1/runs/${run}`);
    const draw = nodes.find(({ node }: { node: string }) => node === 'draw');
    const sizes = Object.fromEntries(['lunch', 'now', 'holdout'].map((arm) => [arm, drawn(arm).length]));
    expect(draw.arms).toEqual({ ...sizes, excluded: 2 });
    expect(draw.people.ended).toEqual({
      holdout: sizes['holdout'],
      excluded_incident: 1,
      excluded_consent_refused: 1,
    });
    const { rows } = await stack.pool.query(
      `select customer_id from participants where run_id = $1 and end_reason = 'holdout' order by 1`,
      [run],
    );
    expect(rows.map((row: { customer_id: string }) => row.customer_id)).toEqual(drawn('holdout'));
    const { n } = await stack.one<{ n: string }>(
      `select (select count(*) from outbox where customer_id = any($1)) + (select count(*) from payouts where customer_id = any($1)) as n`,
      [[...drawn('holdout'), INCIDENT, REFUSED]],
    );
    expect(Number(n)).toBe(0);
  });

  it('sends to the one arm not before its hours begin', async () => {
    const { rows } = await stack.pool.query<{ n: number; early: number }>(
      `select count(*)::int as n, count(*) filter (where decided_at < $2)::int as early from outbox
       where run_id = $1 and visit = 1 and customer_id = any($3)`,
      [run, new Date(opensAt), drawn('lunch')],
    );
    expect(rows).toEqual([{ n: drawn('lunch').length, early: 0 }]);
  });

  it('sends to those who do not answer once per pass, each in a slot of its own', async () => {
    const silent = [...drawn('lunch'), ...drawn('now').slice(3)];
    const { rows } = await stack.pool.query<{ id: string }>(
      `select id from outbox where run_id = $1 and customer_id = any($2) order by id`,
      [run, silent],
    );
    const slots = silent.flatMap((id) => [1, 2].map((visit) => `m/${run}/push/${visit}/${id}`));
    expect(rows.map(({ id }) => id).sort()).toEqual(slots.sort());
    expect(await stack.one(`select max(visit)::int as most from participants where run_id = $1`, [run])).toEqual({
      most: 1,
    });
  });

  it('pays by the tier that the response reached, and nothing below the first', async () => {
    const { rows } = await stack.pool.query(
      `select customer_id as customer, amount::int, state from payouts where run_id = $1 order by 1`,
      [run],
    );
    expect(rows).toEqual(
      [
        { customer: BIG, amount: 3_000, state: 'paid' },
        { customer: SECOND, amount: 500, state: 'paid' },
      ].sort((a, b) => (a.customer < b.customer ? -1 : 1)),
    );
    const { decisions } = await stack.ok('GET', `/v1/runs/${run}/customers/${SMALL}`);
    const codes = decisions.flatMap(({ steps }: { steps: { codes: string[] }[] }) =>
      steps.flatMap((step) => step.codes),
    );
    expect(codes).toEqual(expect.arrayContaining(['amount=none:999', 'reward=no_amount']));
  });

  it('is clean for the independent auditor, against both books', async () => {
    await stack.auditClean();
  });
});
