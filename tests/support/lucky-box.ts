/**
 * A campaign that draws from a lucky box, from its definition to the revealed seed, through the API like anybody else.
 */
import { launch, settled } from './campaigns.js';
import { until, type Stack } from './stack.js';

/** For API and worker. */
export const BOX_ENV = { PADO_BOX_KEYS: Buffer.alloc(32, 9).toString('base64') };
export const BOX = 'spring';

const krw = (value: string) => ({ value, currency: 'KRW' });
/** Of two coffees, most draws of one fall back to nothing; that of twenty draws none is grand comes about once in 27,000 times. */
export const BOX_CONTENT = {
  name: '봄 럭키박스',
  currency: 'KRW',
  prizes: [
    { name: 'grand', kind: 'cashback', amount: krw('3000'), weight: 4, stock: 1_000 },
    { name: 'coffee', kind: 'coupon', amount: krw('1000'), weight: 4, stock: 2 },
  ],
  fallback: { name: '다음 기회에', kind: 'nothing', weight: 2 },
};

/** Everybody asks twice: of a budget that does not cover the largest prize, which draws for nobody, and of one that does. */
export const drawing = (segment: string): Record<string, unknown> => {
  const reward = {
    type: 'reward',
    kind: 'lucky_box',
    amount: { currency: 'KRW', box: BOX },
    provider: 'sim-pay',
  };
  return {
    key: 'lucky',
    name: '럭키박스',
    purpose: 'advertising',
    segment,
    late: 'PT1S',
    journey: {
      start: 'unfunded',
      nodes: {
        unfunded: { ...reward, budget: 'poor', next: 'draw' },
        draw: { ...reward, budget: 'lucky', next: 'done' },
        done: { type: 'exit' },
      },
    },
  };
};

export async function fundBudget(stack: Stack, key: string, value: string): Promise<void> {
  await stack.ok('PUT', `/v1/budgets/${key}`, { name: key, currency: 'KRW' });
  const funding = { amount: krw(value), reference: key };
  await stack.ok('POST', `/v1/budgets/${key}/fundings`, funding, { headers: { 'idempotency-key': `fund-${key}` } });
}

/** Returns the run, whose draws are all made and paid, and what the open box said of itself. */
export async function drawAll(
  stack: Stack,
  segment: string,
): Promise<{ run: string; opened: Record<string, unknown> }> {
  await fundBudget(stack, 'poor', '2999');
  await fundBudget(stack, 'lucky', '1000000');
  await stack.ok('PUT', `/v1/lucky-boxes/${BOX}`, BOX_CONTENT, { as: 'marketer' });
  const run = await launch(stack, drawing(segment));
  const opened = await stack.ok('GET', `/v1/lucky-boxes/${BOX}`);
  await settled(stack, run);
  return { run, opened };
}

/** As before, and the box is closed at the end. */
export async function playBox(stack: Stack, segment: string): ReturnType<typeof drawAll> {
  const played = await drawAll(stack, segment);
  let tries = 0;
  const close = () =>
    stack.request(
      'POST',
      `/v1/lucky-boxes/${BOX}/close`,
      { reason: 'the spring is over' },
      {
        as: 'finance',
        headers: { 'idempotency-key': `close-${BOX}-${(tries += 1)}` },
      },
    );
  const early = await close();
  if (early.status !== 409) throw new Error(`closed although its campaign may start again: ${early.status}`);
  await stack.ok('POST', '/v1/campaigns/lucky/end', { reason: 'over' }, { as: 'marketer' });
  await until('nobody may draw late any more', async () => (await close()).status === 200);
  return played;
}
