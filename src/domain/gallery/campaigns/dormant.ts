/**
 * Whoever has not been there for a while.
 */
import { ready } from '../ready.js';
import {
  any,
  answer,
  BUDGET,
  GATEWAY,
  patience,
  PROVIDER,
  reminder,
  text,
  title,
  twoTexts,
  twoWaves,
  won,
} from './pieces.js';

export const dormant = ready({
  key: 'dormant',
  name: { en: 'Wake up the dormant', ko: '휴면 고객 깨우기' },
  what: {
    en: 'Invites back whoever has not been there for a while, rewards those who return, and reminds the others once.',
    ko: '한동안 오지 않은 고객을 다시 부르고, 돌아온 고객에게 보상하며, 나머지에게는 한 번 더 안내합니다.',
  },
  blanks: {
    answer: answer('login'),
    away: { kind: 'span', label: { en: 'Away for at least', ko: '활동이 없던 기간' }, preset: 'P90D' },
    title: title('다시 만나 반갑습니다'),
    first: text('{{ customer.name }}님, 오랜만이에요. 돌아오시면 감사 선물을 드립니다.'),
    reminder: reminder('{{ customer.name }}님, 선물이 아직 기다리고 있습니다.'),
    patience: patience('P14D'),
    amount: { kind: 'amount', label: { en: 'Cashback', ko: '캐시백' }, preset: won('5000') },
    budget: BUDGET,
    provider: PROVIDER,
    gateway: GATEWAY,
  },
  make: ({ answer: event, away, title: heading, patience: span, gateway, ...given }) => ({
    segment: any(
      { field: 'event.sinceLast', operator: '>=', value: away, of: { event } },
      { field: 'event.sinceLast', operator: 'null', of: { event } },
    ),
    templates: twoTexts(heading, given.first, given.reminder),
    campaign: {
      purpose: 'advertising',
      goal: { event, window: span },
      journey: {
        start: 'first',
        nodes: {
          ...twoWaves({ gateway, event, span, answered: 'reward' }),
          reward: {
            type: 'reward',
            kind: 'cashback',
            amount: given.amount,
            budget: given.budget,
            provider: given.provider,
            claimScope: 'campaign',
            next: 'done',
          },
        },
      },
    },
  }),
});
