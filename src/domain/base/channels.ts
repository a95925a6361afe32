/**
 * Channels, and what a contact over one of them is for.
 */
import { z } from 'zod';

/** Shown inside the bank's own apps, from the customer's inbox. */
const IN_APP = ['banner', 'popup'] as const;
/** The gateway that is the inbox. */
export const INBOX = 'inbox';

/** Carried out by staff, from lists. */
const BY_STAFF = ['call', 'visit', 'post'] as const;
/** The gateway that is those lists. */
export const STAFF = 'staff';

export const CHANNELS = ['push', 'sms', 'lms', 'alimtalk', 'email', ...IN_APP, ...BY_STAFF] as const;
export const channelSchema = z.enum(CHANNELS).meta({ id: 'Channel' });
export type Channel = z.infer<typeof channelSchema>;

export const isInApp = (channel: Channel): boolean => (IN_APP as readonly Channel[]).includes(channel);
const isByStaff = (channel: Channel): boolean => (BY_STAFF as readonly Channel[]).includes(channel);

/** Does this gateway of our own carry the channel? Null where it is none that is particular. */
export function ownGatewayCarries(gateway: string, channel: Channel): boolean | null {
  if (gateway === INBOX) return isInApp(channel);
  return gateway === STAFF ? isByStaff(channel) : null;
}

export const purposeSchema = z.enum(['advertising', 'information']).meta({ id: 'Purpose' });
export type Purpose = z.infer<typeof purposeSchema>;
