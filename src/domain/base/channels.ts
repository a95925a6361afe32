/**
 * Channels, and what a contact over one of them is for.
 */
import { z } from 'zod';

export const CHANNELS = ['push', 'sms', 'lms', 'alimtalk', 'email'] as const;
export const channelSchema = z.enum(CHANNELS).meta({ id: 'Channel' });
export type Channel = z.infer<typeof channelSchema>;

export const purposeSchema = z.enum(['advertising', 'information']).meta({ id: 'Purpose' });
export type Purpose = z.infer<typeof purposeSchema>;
