/**
 * Channels, and what a contact over one of them is for.
 */
import { z } from 'zod';

/** Shown inside the bank's own apps, from the customer's inbox. */
const IN_APP = ['banner', 'popup'] as const;
/** The gateway that is the inbox. */
export const INBOX = 'inbox';

export const CHANNELS = ['push', 'sms', 'lms', 'alimtalk', 'email', ...IN_APP] as const;
export const channelSchema = z.enum(CHANNELS).meta({ id: 'Channel' });
export type Channel = z.infer<typeof channelSchema>;

export const isInApp = (channel: Channel): boolean => (IN_APP as readonly Channel[]).includes(channel);

export const purposeSchema = z.enum(['advertising', 'information']).meta({ id: 'Purpose' });
export type Purpose = z.infer<typeof purposeSchema>;
