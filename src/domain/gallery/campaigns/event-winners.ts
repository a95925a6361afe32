/**
 * An uploaded list of winners: paid, then told.
 */
import { ready } from '../ready.js';
import { BUDGET, DONE, GATEWAY, PROVIDER, push, text, title, won } from './pieces.js';

export const eventWinners = ready({
  key: 'event-winners',
  name: { en: 'Winners of an event, with a reward', ko: '이벤트 당첨자 보상' },
  what: {
    en: 'Pays everybody on an uploaded list once, and congratulates them when the reward has been paid.',
    ko: '올린 명단의 고객 모두에게 한 번씩 보상하고, 지급이 끝나면 축하 메시지를 보냅니다.',
  },
  blanks: {
    segment: { kind: 'segment', label: { en: 'Uploaded list of winners', ko: '당첨자 명단' } },
    amount: { kind: 'amount', label: { en: 'Reward', ko: '보상 금액' }, preset: won('10000') },
    budget: BUDGET,
    provider: PROVIDER,
    title: title('이벤트 당첨을 축하합니다'),
    first: text('{{ customer.name }}님, 이벤트에 당첨되어 {{ reward.amount }}원을 드렸습니다.'),
    gateway: GATEWAY,
  },
  make: ({ segment, amount, budget, provider, title: heading, first, gateway }) => ({
    segment,
    templates: { congratulation: { channel: 'push', title: heading, body: first } },
    campaign: {
      purpose: 'information',
      journey: {
        start: 'prize',
        nodes: {
          prize: {
            type: 'reward',
            kind: 'cashback',
            amount,
            budget,
            provider,
            claimScope: 'campaign',
            next: 'paid',
          },
          paid: { type: 'wait', span: 'P7D', response: { event: 'payout.paid', of: 'prize' }, next: 'was-paid' },
          'was-paid': { type: 'branch', on: { responded: 'paid' }, yes: 'congratulation', no: 'done' },
          congratulation: push('congratulation', gateway, 'done'),
          done: DONE,
        },
      },
    },
  }),
});
