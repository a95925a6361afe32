/**
 * Switches at the edge.
 */
import { z } from 'zod';

export const controlReasonSchema = z.strictObject({ reason: z.string().min(1).max(500) }).meta({ id: 'ControlReason' });

const stateSchema = z.enum(['running', 'paused', 'stopped']).meta({ id: 'ControlState' });
export const controlChangeSchema = z
  .strictObject({ state: stateSchema, reason: z.string().min(1).max(500) })
  .meta({ id: 'ControlChange' });

export const controlAnswerSchema = z
  .object({
    scope: z.string(),
    state: stateSchema,
    epoch: z.int(),
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
  /^(all|channel\/(push|sms|lms|alimtalk|email)|(provider|gateway|campaign)\/[a-z0-9][a-z0-9-]{0,39}|run\/[a-z2-7]{13})$/;
export const isScope = (text: string): boolean => SCOPE.test(text);
