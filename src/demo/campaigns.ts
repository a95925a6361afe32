/**
 * What the demo's marketer, finance and operator define: a segment, templates, a budget, one contact policy over everything, an earlier
 * campaign that uses up contacts, and the campaign of two waves.
 */
import type { PadoClient } from './client.js';

/** A Tuesday at ten in Seoul, whenever the demo runs: advertising rests at night. */
export const EPOCH = '2026-03-03T10:00:00+09:00';
export const HISTORY_DAYS = 90;
export const REWARD_KRW = 5_000;
export const CAP = 2;
export const EARLIER = 'gold-preview';
export const MAIN = 'spring-cashback';

const SEGMENT = 'spring-cashback';
const rule = (field: string, operator: string, value: unknown) => ({ field, operator, value });

const SEGMENTS = {
  'gold-and-vip': {
    name: 'VIP와 골드 고객',
    rule: { combinator: 'and', rules: [rule('attribute.grade', 'in', ['vip', 'gold'])] },
  },
  [SEGMENT]: {
    name: '20세 이상, 신용대출 고객 제외',
    rule: {
      combinator: 'and',
      rules: [rule('attribute.age', '>=', 20), rule('attribute.mainProduct', '!=', '신용대출')],
    },
  },
};

const TEMPLATES = {
  preview: {
    channel: 'push',
    title: '먼저 알려 드려요',
    body: '{{ customer.name }}님, 봄맞이 캐시백이 곧 시작됩니다.',
  },
  'spring-first': {
    channel: 'push',
    title: '봄맞이 캐시백',
    body: '{{ customer.name }}님, 오늘 결제하면 5,000원을 돌려드립니다.',
  },
  'spring-again': {
    channel: 'push',
    title: '봄맞이 캐시백, 마지막 기회',
    body: '{{ customer.name }}님, 아직 늦지 않았어요. 결제하고 5,000원을 받아 가세요.',
  },
};

const send = (template: string, gateway: string, next: string) => ({
  type: 'send',
  template,
  channel: 'push',
  gateway,
  next,
});

/** One contact for gold customers, two for VIPs; into the capture channel, so that nothing leaves. */
export const earlierCampaign = {
  name: '골드 고객 사전 안내',
  purpose: 'advertising',
  segment: 'gold-and-vip',
  journey: {
    start: 'send-1',
    nodes: {
      'send-1': send('preview', 'capture', 'vip'),
      vip: {
        type: 'branch',
        on: { rule: { combinator: 'and', rules: [rule('attribute.grade', '=', 'vip')] } },
        yes: 'send-2',
        no: 'done',
      },
      'send-2': send('preview', 'capture', 'done'),
      done: { type: 'exit' },
    },
  },
};

/** A wave's window. Few people are through the queues sooner, and an answer needs the rest of it. */
export function windowSeconds(people: number): number {
  if (people > 10_000) return 30;
  return people > 2_000 ? 15 : 8;
}

export interface MainOptions {
  gateway: string;
  provider: string;
  windowSeconds: number;
  /** Lets customers in one by one, when this is told of them; all of the segment at once where left out. */
  onEvent?: string;
}

/** Send, wait for a purchase, pay who bought, send again to who did not, wait, pay. */
export function mainCampaign(options: MainOptions) {
  const { gateway, provider } = options;
  const wait = (next: string) => ({
    type: 'wait',
    span: `PT${options.windowSeconds}S`,
    response: { event: 'purchase' },
    next,
  });
  const reward = {
    type: 'reward',
    kind: 'cashback',
    amount: { value: String(REWARD_KRW), currency: 'KRW' },
    budget: 'spring',
    provider,
    memo: '봄맞이 캐시백',
    next: 'rewarded',
  };
  return {
    name: '봄맞이 캐시백',
    purpose: 'advertising',
    product: 'check-card',
    review: { number: '심의필 2026-0001', validUntil: '2099-12-31' },
    segment: SEGMENT,
    ...(options.onEvent ? { start: { type: 'event', event: options.onEvent, entry: { policy: 'once' } } } : {}),
    goal: { event: 'purchase', window: 'P7D' },
    kpiTarget: '첫 주 결제 전환 20 %',
    hypothesis: '두 번째 안내가 응답하지 않은 고객의 결제를 늘린다.',
    journey: {
      start: 'send-1',
      nodes: {
        'send-1': send('spring-first', gateway, 'wait-1'),
        'wait-1': wait('bought-1'),
        'bought-1': { type: 'branch', on: { responded: 'wait-1' }, yes: 'reward-1', no: 'send-2' },
        'reward-1': reward,
        'send-2': send('spring-again', gateway, 'wait-2'),
        'wait-2': wait('bought-2'),
        'bought-2': { type: 'branch', on: { responded: 'wait-2' }, yes: 'reward-2', no: 'not-bought' },
        'reward-2': reward,
        rewarded: { type: 'exit', reason: 'rewarded' },
        'not-bought': { type: 'exit', reason: 'no_response' },
      },
    },
  };
}

/** Everything but the campaigns. `people` bounds what can be paid, and so how much the budget needs. */
export async function defineBasics(client: PadoClient, people: number): Promise<{ selected: number }> {
  for (const [key, body] of Object.entries(SEGMENTS)) {
    await client.call('marketer', 'PUT', `/v1/segments/${key}`, { body });
  }
  for (const [key, body] of Object.entries(TEMPLATES)) {
    await client.call('marketer', 'PUT', `/v1/templates/${key}`, { body });
  }
  await client.call('operator', 'PUT', '/v1/contact-policies/seven-days', {
    body: { scope: { kind: 'all' }, window: { kind: 'rolling', span: 'P7D' }, cap: CAP },
  });
  await client.call('finance', 'PUT', '/v1/budgets/spring', { body: { name: '봄맞이 캐시백', currency: 'KRW' } });
  await client.call('finance', 'POST', '/v1/budgets/spring/fundings', {
    body: { amount: { value: String(people * REWARD_KRW), currency: 'KRW' }, reference: 'opening' },
    headers: { 'idempotency-key': 'spring-opening' },
  });
  const { count } = await client.call<{ count: number }>('marketer', 'POST', `/v1/segments/${SEGMENT}/count`);
  return { selected: count };
}

/** What the approver looks at, as its ETag names it. */
async function tagOf(client: PadoClient, path: string): Promise<string> {
  const seen = await client.call<{ revision: number; contentHash: string }>('approver', 'GET', path);
  return `"${seen.revision}.${seen.contentHash}"`;
}

/**
 * Draft, validate, approve under another key, launch. Returns the run's id; throws where validation finds faults.
 * @param trigger of this demo alone: a run's id is derived from it, and some of its keys are in a Redis that others use too.
 */
export async function launch(client: PadoClient, key: string, campaign: object, trigger: string): Promise<string> {
  const path = `/v1/campaigns/${key}`;
  await client.call('marketer', 'PUT', path, { body: campaign, headers: { 'if-none-match': '*' } });
  const verdict = await client.call<{ valid: boolean; faults: unknown[] }>('marketer', 'POST', `${path}/validate`);
  if (!verdict.valid) throw new Error(`The campaign ${key} has faults: ${JSON.stringify(verdict.faults)}`);
  await client.call('approver', 'POST', `${path}/approve`, { headers: { 'if-match': await tagOf(client, path) } });
  const { run } = await client.call<{ run: string }>('marketer', 'POST', `${path}/launch`, {
    body: { trigger },
    headers: { 'idempotency-key': `launch-${key}` },
  });
  return run;
}
