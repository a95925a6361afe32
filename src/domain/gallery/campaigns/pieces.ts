/**
 * Blanks and pieces that several ready campaigns have.
 */
import type { RuleGroup } from '../../segment/rule.js';
import type { Blank } from '../blanks.js';

export const GATEWAY = {
  kind: 'gateway',
  label: { en: 'Gateway that carries the messages', ko: '메시지를 보낼 게이트웨이' },
} as const satisfies Blank;
export const BUDGET = {
  kind: 'budget',
  label: { en: 'Budget of the rewards', ko: '보상 예산' },
} as const satisfies Blank;
export const PROVIDER = {
  kind: 'provider',
  label: { en: 'Provider that pays', ko: '보상을 지급할 제공사' },
} as const satisfies Blank;

export const won = (value: string) => ({ value, currency: 'KRW' });

export const title = (preset: string) =>
  ({ kind: 'title', label: { en: 'Title', ko: '제목' }, preset }) as const satisfies Blank;
export const text = (preset: string) =>
  ({ kind: 'text', label: { en: 'First message', ko: '첫 메시지' }, preset }) as const satisfies Blank;
export const reminder = (preset: string) =>
  ({
    kind: 'text',
    label: { en: 'Reminder, to whoever has not answered', ko: '응답하지 않은 고객에게 보낼 메시지' },
    preset,
  }) as const satisfies Blank;
export const answer = (preset: string) =>
  ({
    kind: 'event',
    label: { en: 'Event that counts as an answer', ko: '응답으로 볼 이벤트' },
    preset,
  }) as const satisfies Blank;
export const patience = (preset: string) =>
  ({
    kind: 'span',
    label: { en: 'How long to wait for it', ko: '응답을 기다릴 기간' },
    preset,
  }) as const satisfies Blank;

export const rule = (field: string, operator: '=' | '!=' | '>=', value: string | number) => ({
  field,
  operator,
  value,
});
export const all = (...rules: RuleGroup['rules']): RuleGroup => ({ combinator: 'and', rules });
export const any = (...rules: RuleGroup['rules']): RuleGroup => ({ combinator: 'or', rules });

/** Push first; where that may not reach somebody, a long text message. */
export const push = (template: string, gateway: string, next: string) =>
  ({ type: 'send', template, channel: 'push', gateway, next }) as const;
export const lms = (template: string, gateway: string, next: string) =>
  ({ type: 'send', template, channel: 'lms', gateway, next }) as const;
export const DONE = { type: 'exit' } as const;

/** Of two waves: what is said first, and once more. */
export const twoTexts = (heading: string, first: string, again: string) =>
  ({
    first: { channel: 'push', title: heading, body: first },
    reminder: { channel: 'lms', title: heading, body: again },
  }) as const;

interface TwoWaves {
  gateway: string;
  event: string;
  span: string;
  /** The node of whoever has answered; the end where left out. */
  answered?: string;
}

/** A push, a wait for the answer, and a reminder to whoever has not given it. */
export const twoWaves = ({ gateway, event, span, answered = 'done' }: TwoWaves) =>
  ({
    first: push('first', gateway, 'answer'),
    answer: { type: 'wait', span, response: { event }, next: 'answered' },
    answered: { type: 'branch', on: { responded: 'answer' }, yes: answered, no: 'remind' },
    remind: lms('reminder', gateway, 'done'),
    done: DONE,
  }) as const;
