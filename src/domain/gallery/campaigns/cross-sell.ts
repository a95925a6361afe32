/**
 * Customers of one product, about a second one.
 */
import { ready } from '../ready.js';
import { all, GATEWAY, patience, reminder, rule, text, title, twoTexts, twoWaves } from './pieces.js';

export const crossSell = ready({
  key: 'cross-sell',
  name: { en: 'Cross-sell', ko: '교차 판매' },
  what: {
    en: 'Offers a second product to whoever has a first one and not yet the second.',
    ko: '한 상품을 쓰지만 다른 상품은 아직 없는 고객에게 그 상품을 권합니다.',
  },
  blanks: {
    has: {
      kind: 'attribute',
      label: { en: 'Attribute that tells the product they have', ko: '이용 상품을 담은 속성' },
      preset: 'mainProduct',
    },
    product: { kind: 'value', label: { en: 'Product that they have', ko: '지금 쓰는 상품' } },
    bought: {
      kind: 'event',
      label: { en: 'Event that tells the second product was bought', ko: '권할 상품을 가입한 이벤트' },
      preset: 'application',
    },
    title: title('함께 쓰면 더 좋은 상품'),
    first: text('{{ customer.name }}님, 지금 쓰시는 상품과 함께 쓰면 좋은 상품을 소개합니다.'),
    reminder: reminder('{{ customer.name }}님, 함께 쓰면 커지는 혜택을 놓치지 마세요.'),
    patience: patience('P14D'),
    gateway: GATEWAY,
  },
  make: ({ has, product, bought: event, title: heading, first, reminder: again, patience: span, gateway }) => ({
    segment: all(rule(`attribute.${has}`, '=', product), {
      ...rule('event.count', '=', 0),
      of: { event },
    }),
    templates: twoTexts(heading, first, again),
    campaign: {
      purpose: 'advertising',
      goal: { event, window: span },
      journey: { start: 'first', nodes: twoWaves({ gateway, event, span }) },
    },
  }),
});
