/**
 * Switches at the edge.
 */
import { z } from 'zod';

const reason = z.string().min(1).max(500);
export const controlReasonSchema = z.strictObject({ reason }).meta({ id: 'ControlReason' });

const overdue = z
  .enum(['send_now', 'shift', 'skip'])
  .default('shift')
  .describe(
    'of a resume: what fell due in the pause moves at once, later by the length of the pause, or on without contact',
  );
export const controlResumeSchema = z.strictObject({ reason, overdue }).meta({ id: 'ControlResume' });

const stateSchema = z.enum(['running', 'paused', 'stopped']).meta({ id: 'ControlState' });
export const controlChangeSchema = z
  .strictObject({ state: stateSchema, reason, overdue })
  .meta({ id: 'ControlChange' });

export const controlAnswerSchema = z
  .object({
    scope: z.string(),
    state: stateSchema,
    epoch: z.int(),
    acknowledged: z
      .boolean()
      .describe('nobody who had not seen the switch is at work any more, and what it moves is moved; false: ask again'),
    ambiguous: z
      .object({ messages: z.int(), payouts: z.int() })
      .describe('what nobody knows yet; it does not block the switch'),
  })
  .meta({ id: 'ControlAnswer' });

export const controlListSchema = z
  .object({
    items: z.array(
      z.object({
        scope: z.string(),
        state: stateSchema,
        epoch: z.int(),
        reason: z.string(),
        actor: z.string(),
        at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'Controls' });

const SCOPE =
  /^(all|payouts(\/campaign\/[a-z0-9][a-z0-9-]{0,39}|\/kind\/(cashback|coupon|point))?|channel\/(push|sms|lms|alimtalk|email|banner|popup|call|visit|post)|(provider|gateway|campaign)\/[a-z0-9][a-z0-9-]{0,39}|run\/[a-z2-7]{13})$/;
export const isScope = (text: string): boolean => SCOPE.test(text);

/** What `answerSwitch` may answer beside 200. */
export const SWITCH_ALSO = { 202: 'Not acknowledged yet; Location is where to ask again' } as const;

/** 202 with a place to ask again where it is not acknowledged yet. */
export function answerSwitch<T extends { scope: string; acknowledged: boolean }>(
  response: { status(code: number): { setHeader(name: string, value: string): unknown } },
  answer: T,
): T {
  if (!answer.acknowledged) response.status(202).setHeader('Location', `/v1/controls/${answer.scope}`);
  return answer;
}
