/**
 * The best customers, before other campaigns.
 */
import { ready } from '../ready.js';
import {
  all,
  answer,
  BUDGET,
  GATEWAY,
  patience,
  PROVIDER,
  push,
  reminder,
  rule,
  text,
  title,
  twoTexts,
  twoWaves,
  won,
} from './pieces.js';

export const vip = ready({
  key: 'vip',
  name: { en: 'VIP thanks', ko: 'VIP 감사' },
  what: {
    en: 'Thanks the best customers before other campaigns reach them, and gives points to those who use the offer.',
    ko: '가장 좋은 고객에게 다른 캠페인보다 먼저 감사 인사를 보내고, 이용한 고객에게 포인트를 드립니다.',
  },
  blanks: {
    attribute: {
      kind: 'attribute',
      label: { en: 'Attribute that tells the grade', ko: '등급을 담은 속성' },
      preset: 'grade',
    },
    grade: { kind: 'value', label: { en: 'Grade', ko: '등급' }, preset: 'vip' },
    title: title('VIP 고객님께 드리는 감사'),
    first: text('{{ customer.name }}님, 늘 함께해 주셔서 감사합니다. 준비한 혜택을 확인해 보세요.'),
    reminder: reminder('{{ customer.name }}님, VIP 혜택이 곧 끝납니다.'),
    answer: answer('purchase'),
    patience: patience('P14D'),
    amount: { kind: 'amount', label: { en: 'Points', ko: '포인트' }, preset: won('10000') },
    thanks: {
      kind: 'text',
      label: { en: 'Message with the points', ko: '포인트와 함께 보낼 메시지' },
      preset: '{{ customer.name }}님, 감사의 포인트를 드렸습니다.',
    },
    budget: BUDGET,
    provider: PROVIDER,
    gateway: GATEWAY,
  },
  make: ({ attribute, grade, title: heading, answer: event, patience: span, gateway, ...given }) => ({
    segment: all(rule(`attribute.${attribute}`, '=', grade)),
    templates: {
      ...twoTexts(heading, given.first, given.reminder),
      thanks: { channel: 'push', title: heading, body: given.thanks },
    },
    campaign: {
      purpose: 'advertising',
      priority: 100,
      goal: { event, window: span },
      journey: {
        start: 'first',
        nodes: {
          ...twoWaves({ gateway, event, span, answered: 'points' }),
          points: {
            type: 'reward',
            kind: 'point',
            amount: given.amount,
            budget: given.budget,
            provider: given.provider,
            claimScope: 'campaign',
            next: 'thanks',
          },
          thanks: push('thanks', gateway, 'done'),
        },
      },
    },
  }),
});
