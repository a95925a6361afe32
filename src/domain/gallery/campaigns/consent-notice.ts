/**
 * Whoever has to be told again what they have agreed to.
 */
import { ready } from '../ready.js';
import { DONE, GATEWAY, lms, text, title } from './pieces.js';

export const consentNotice = ready({
  key: 'consent-notice',
  name: { en: 'Consents told again', ko: '수신 동의 재안내' },
  what: {
    en: 'Tells whoever has agreed to advertising two years ago that they have, as the law asks: information, not advertising.',
    ko: '광고 수신에 동의한 지 2년이 된 고객에게 동의 사실을 다시 알립니다. 광고가 아닌 정보성 안내입니다.',
  },
  blanks: {
    segment: {
      kind: 'segment',
      label: { en: 'Segment or uploaded list of those who are due', ko: '안내할 고객의 세그먼트 또는 명단' },
    },
    title: title('수신 동의 안내'),
    first: text(
      '{{ customer.name }}님은 광고성 정보 수신에 동의하셨습니다. 원하지 않으시면 언제든 철회하실 수 있습니다.',
    ),
    gateway: GATEWAY,
  },
  make: ({ segment, title: heading, first, gateway }) => ({
    segment,
    templates: {
      lms: { channel: 'lms', title: heading, body: first },
      push: { channel: 'push', title: heading, body: first },
    },
    campaign: {
      purpose: 'information',
      journey: {
        start: 'notice',
        nodes: {
          notice: { ...lms('lms', gateway, 'done'), fallback: [{ template: 'push', channel: 'push', gateway }] },
          done: DONE,
        },
      },
    },
  }),
});
