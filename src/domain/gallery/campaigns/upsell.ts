/**
 * Customers of one product, about a better one.
 */
import { ready } from '../ready.js';
import { all, answer, GATEWAY, patience, reminder, rule, text, title, twoTexts, twoWaves } from './pieces.js';

export const upsell = ready({
  key: 'upsell',
  name: { en: 'Upsell', ko: '상위 상품 권유' },
  what: {
    en: 'Offers the better one of what they have to customers of one product, and reminds those who do not answer.',
    ko: '한 상품을 쓰는 고객에게 더 나은 상품을 권하고, 응답이 없으면 한 번 더 안내합니다.',
  },
  blanks: {
    attribute: {
      kind: 'attribute',
      label: { en: 'Attribute that tells the product', ko: '이용 상품을 담은 속성' },
      preset: 'mainProduct',
    },
    product: { kind: 'value', label: { en: 'Product that they have', ko: '지금 쓰는 상품' } },
    title: title('더 좋은 혜택이 준비되었습니다'),
    first: text('{{ customer.name }}님, 지금 쓰시는 상품보다 혜택이 큰 상품을 소개합니다.'),
    reminder: reminder('{{ customer.name }}님, 준비해 드린 혜택이 아직 남아 있습니다.'),
    answer: answer('application'),
    patience: patience('P14D'),
    gateway: GATEWAY,
  },
  make: ({ attribute, product, title: heading, first, reminder: again, answer: event, patience: span, gateway }) => ({
    segment: all(rule(`attribute.${attribute}`, '=', product)),
    templates: twoTexts(heading, first, again),
    campaign: {
      purpose: 'advertising',
      goal: { event, window: span },
      journey: { start: 'first', nodes: twoWaves({ gateway, event, span }) },
    },
  }),
});
