/**
 * Names and message ids of events that we alone tell: what becomes of a payout, who goes on in a linked campaign, and what was done with inbox and lists.
 */

export const OWN_EVENTS = ['payout.', 'campaign.'] as const;
const MESSAGE_IDS = ['payout/', 'link/', 'inbox/', 'staff/'] as const;

/** The prefix that the name begins with, where a source may not use it. */
export const reservedEvent = (name: string): string | null =>
  OWN_EVENTS.find((prefix) => name.startsWith(prefix)) ?? null;

export const reservedMessageId = (id: string): string | null =>
  MESSAGE_IDS.find((prefix) => id.startsWith(prefix)) ?? null;
