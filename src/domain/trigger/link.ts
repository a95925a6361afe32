/**
 * Linked campaigns: whoever comes to a link ends there and goes on in another campaign. The link is an event of the customer, whose message id is
 * derived from where they left, so that telling it again changes nothing; the other campaign's entry policy decides about it.
 */
import type { Slot } from '../base/keys.js';

const PREFIX = 'campaign.';

/** By the campaign that it leads to. */
export const linkEventOf = (campaign: string): string => PREFIX + campaign;
export const isLinkEvent = (name: string): boolean => name.startsWith(PREFIX);

export const linkIdOf = ({ runId, node, visit, customerId }: Slot): string =>
  `link/${runId}/${node}/${visit}/${customerId}`;
