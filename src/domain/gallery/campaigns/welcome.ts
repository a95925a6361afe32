/**
 * Whoever joins, as they join.
 */
import { ready } from '../ready.js';
import { all, answer, GATEWAY, patience, reminder, text, title, twoTexts, twoWaves } from './pieces.js';

export const welcome = ready({
  key: 'welcome',
  name: { en: 'Welcome', ko: '신규 고객 환영' },
  what: {
    en: 'Greets everybody who joins, as they join, and once more if they do nothing.',
    ko: '가입한 고객을 바로 환영하고, 아무 활동이 없으면 한 번 더 안내합니다.',
  },
  blanks: {
    joined: { kind: 'event', label: { en: 'Event of joining', ko: '가입 이벤트' }, preset: 'sign_up' },
    title: title('환영합니다'),
    first: text('{{ customer.name }}님, 만나서 반갑습니다. 지금 바로 둘러보세요.'),
    reminder: reminder('{{ customer.name }}님, 아직 시작하지 않으셨네요. 첫 이용을 도와드릴게요.'),
    answer: answer('login'),
    patience: patience('P3D'),
    gateway: GATEWAY,
  },
  make: ({ joined, title: heading, first, reminder: again, answer: event, patience: span, gateway }) => ({
    segment: all({ field: 'id', operator: 'notNull' }),
    templates: twoTexts(heading, first, again),
    campaign: {
      purpose: 'advertising',
      start: { type: 'event', event: joined, entry: { policy: 'once' } },
      goal: { event, window: span },
      journey: { start: 'first', nodes: twoWaves({ gateway, event, span }) },
    },
  }),
});
