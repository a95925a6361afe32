/**
 * What the marketers' campaigns name (segments, templates, policies), and the people of their acceptance tests: those whom each means and those who come
 * close. Whom each campaign reaches is said in marketers.test.ts, not computed from this.
 */
import { spanMs } from '../../src/domain/base/time.js';
import { importCustomers, type CustomerRow } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';

interface Person extends Omit<CustomerRow, 'id' | 'consents' | 'addresses'> {
  zone?: string;
  /** Channels over which they want no advertising. */
  refused?: string[];
  /** What they did: name, so long ago, properties. */
  events?: [string, string, object?][];
}

const rule = (field: string, operator: string, value: unknown) => ({ field, operator, value });
const all = (...rules: object[]) => ({ combinator: 'and', rules });
const rolling = (span: string) => ({ kind: 'rolling', span });
const thirties = rule('attribute.age', 'between', [30, 39]);

export const SEGMENTS: Record<string, object> = {
  'thirties-office-workers': all(thirties, rule('attribute.job', '=', '직장인')),
  'thirties-men-limit-inquiry': all(thirties, rule('attribute.gender', '=', 'male'), {
    ...rule('event.count', '>=', 1),
    of: { event: 'limit_inquiry', where: all(rule('property.product', '=', '신용대출')), window: rolling('P7D') },
  }),
  'prefers-fund': all(
    {
      ...rule('event.top', '=', '펀드'),
      of: { event: 'transaction', property: 'product', window: rolling('P90D') },
    },
    // one transaction is no preference
    { ...rule('event.count', '>=', 2), of: { event: 'transaction', window: rolling('P90D') } },
  ),
  newcomers: all(rule('attribute.newcomer', '=', true)),
  'card-holders': all(rule('attribute.card', '=', true)),
  'dormant-members': all(rule('attribute.member', '=', true), {
    combinator: 'or',
    rules: [
      { ...rule('event.sinceLast', '>=', 'P90D'), of: { event: 'login' } },
      { field: 'event.sinceLast', operator: 'null', of: { event: 'login' } },
    ],
  }),
  'news-readers': all(rule('attribute.news', '=', true)),
};

export const TEMPLATES: Record<string, { channel: string; title?: string; body: string }> = {
  'living-expenses': { channel: 'push', body: '점심값도 모으는 생활비 통장' },
  'limit-inquiry': { channel: 'push', body: '조회하신 한도로 신용대출을 신청하세요' },
  fund: { channel: 'push', body: '자주 찾으시는 펀드의 새 상품' },
  winner: { channel: 'push', body: '이벤트에 당첨되셨습니다' },
  news: { channel: 'push', body: '오늘의 소식' },
  welcome: { channel: 'push', body: '환영합니다' },
  'cross-sell': { channel: 'lms', title: '교차판매', body: '함께 쓰면 좋은 적금' },
  cashback: { channel: 'push', body: '1만원 이상 결제하면 5천원을 돌려드립니다' },
  'coupon-code': { channel: 'lms', title: '커피 쿠폰', body: '쿠폰 번호 {{ reward.code }} ({{ reward.amount }}원)' },
  'wake-up': { channel: 'push', body: '오랜만이에요, 다시 만나요' },
  'wake-up-again': { channel: 'lms', title: '다시 만나요', body: '아직 기다리고 있어요' },
};

const office = { age: 35, job: '직장인' };
const man = { age: 34, gender: 'male' };
const inquiry = (ago: string, product = '신용대출'): [string, string, object] => ['limit_inquiry', ago, { product }];
const traded = (ago: string, product: string): [string, string, object] => [
  'transaction',
  ago,
  { product, amount: 10_000 },
];

export const PEOPLE: Record<string, Person> = {
  'le-yes': { attributes: office },
  'le-abroad': { attributes: office, zone: 'America/New_York' },
  'le-student': { attributes: { age: 35, job: '학생' } },
  'le-twenties': { attributes: { age: 29, job: '직장인' } },
  'le-forties': { attributes: { age: 40, job: '직장인' } },
  'le-age-as-text': { attributes: { age: '35', job: '직장인' } },
  'le-refused': { attributes: office, refused: ['push'] },
  'li-yes': { attributes: man, events: [inquiry('P2D')] },
  'li-edge-young': { attributes: { ...man, age: 30 }, events: [inquiry('P6D')] },
  'li-edge-old': { attributes: { ...man, age: 39 }, events: [inquiry('PT1H')] },
  'li-too-old': { attributes: { ...man, age: 40 }, events: [inquiry('P2D')] },
  'li-woman': { attributes: { ...man, gender: 'female' }, events: [inquiry('P2D')] },
  'li-long-ago': { attributes: man, events: [inquiry('P8D')] },
  'li-other-loan': { attributes: man, events: [inquiry('P2D', '전세대출')] },
  'li-no-inquiry': { attributes: man },
  'li-no-age': { attributes: { gender: 'male' }, events: [inquiry('P2D')] },
  'li-incident': { attributes: man, events: [inquiry('P2D')], status: 'incident' },
  'pp-mostly': { events: [traded('P3D', '펀드'), traded('P40D', '펀드'), traded('P80D', '적금')] },
  'pp-other': { events: [traded('P3D', '펀드'), traded('P40D', '적금'), traded('P80D', '적금')] },
  'pp-formerly': {
    events: [traded('P100D', '펀드'), traded('P101D', '펀드'), traded('P3D', '적금'), traded('P4D', '적금')],
  },
  'pp-once': { events: [traded('P3D', '펀드')] },
  'pp-none': {},
  'ew-first': {},
  'ew-second': {},
  'ew-refused': { refused: ['push'] },
  'ew-withdrawn': { status: 'withdrawn' },
  'ew-loser': {},
  ...Object.fromEntries(['wl-1', 'wl-2', 'wl-3', 'wl-4', 'wl-5'].map((id) => [id, { attributes: { newcomer: true } }])),
  'wl-old-hand': { attributes: { newcomer: false } },
  'cc-more': { attributes: { card: true } },
  'cc-just': { attributes: { card: true } },
  'cc-less': { attributes: { card: true } },
  'cc-silent': { attributes: { card: true } },
  'cc-no-lms': { attributes: { card: true }, refused: ['lms'] },
  'cc-no-card': {},
  'dm-old': { attributes: { member: true }, events: [['login', 'P100D']] },
  'dm-never': { attributes: { member: true } },
  'dm-edge': {
    attributes: { member: true },
    events: [
      ['login', 'P200D'],
      ['login', 'P89D'],
    ],
  },
  'dm-recent': { attributes: { member: true }, events: [['login', 'P2D']] },
  'dm-refused': { attributes: { member: true }, events: [['login', 'P100D']], refused: ['push'] },
  'dm-withdrawn': { attributes: { member: true }, events: [['login', 'P100D']], status: 'withdrawn' },
  'dm-no-member': { events: [['login', 'P100D']] },
};

/** Push once a day and twice a week at most, over all campaigns. */
export const POLICIES: Record<string, object> = {
  'push-daily': { scope: { kind: 'channel', value: 'push' }, window: { kind: 'calendar', unit: 'day' }, cap: 1 },
  'push-weekly': { scope: { kind: 'channel', value: 'push' }, window: { kind: 'calendar', unit: 'week' }, cap: 2 },
};

export async function putAll(stack: Stack): Promise<void> {
  const put = (path: string, body: object, as: 'marketer' | 'operator' | 'admin' = 'marketer') =>
    stack.ok('PUT', path, body, { as });
  for (const [key, content] of Object.entries(SEGMENTS)) await put(`/v1/segments/${key}`, { name: key, rule: content });
  for (const [key, content] of Object.entries(TEMPLATES)) await put(`/v1/templates/${key}`, content);
  for (const [key, content] of Object.entries(POLICIES)) await put(`/v1/contact-policies/${key}`, content, 'operator');
}

export async function importPeople(stack: Stack, people: Record<string, Person>): Promise<void> {
  const ids = Object.keys(people);
  await importCustomers(
    stack,
    Object.entries(people).map(([id, { refused = [], events: _, ...person }]) => ({
      ...person,
      id,
      consents: {
        'push:advertising': !refused.includes('push'),
        'lms:advertising': !refused.includes('lms'),
      },
      addresses: { push: `token-${id}`, phone: `+8210${String(10_000_000 + ids.indexOf(id)).padStart(8, '0')}` },
    })),
  );
  const now = await stack.businessNow();
  const batch = Object.entries(people).flatMap(([userId, { events = [] }]) =>
    events.map(([event, ago, properties = {}], n) => ({
      type: 'track',
      messageId: `${userId}/${n}`,
      userId,
      event,
      timestamp: new Date(now - spanMs(ago)).toISOString(),
      properties,
    })),
  );
  if (batch.length > 0) await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
}
