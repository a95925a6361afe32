/**
 * One entry of the list of what needs a person: what was found of a class about one subject for one cause, and what follows from that alone.
 */
import { CLASSES, type AttentionClass, type AttentionCode, type Cure, type Desk } from './classes.js';

export interface Found {
  code: AttentionCode;
  /** A path: gateway/<g>, provider/<p>, run/<id>, campaign/<k>, account/<key>, … */
  subject: string;
  /** Why, as a stable word or as the other side said it. */
  cause: string;
  count: number;
  /** Business time, epoch ms. */
  firstSeen: number;
  lastSeen: number;
  /** Ids of the oldest, a few. */
  sample: string[];
}

export interface AttentionItem extends Found {
  desk: Desk;
  what: string;
  ifRetried: string;
  cure: Cure;
}

export function itemOf(found: Found): AttentionItem {
  const { desk, what, ifRetried, cure }: AttentionClass = CLASSES[found.code];
  const { subject, cause } = found;
  const name = subject.slice(subject.indexOf('/') + 1);
  const special = found.code === 'payout_held' ? HELD[cause] : undefined;
  return {
    ...found,
    desk,
    what,
    ifRetried: special?.ifRetried ?? ifRetried,
    cure: special?.cure ?? cure(name, subject),
  };
}

const APPROVE = 'POST /v1/payouts/{key}/approve';
const CANCEL = 'POST /v1/payouts/{key}/cancel, then /cancel/approve by another person';
const SETTLE = 'POST /v1/payouts/{key}/settle, then /settle/approve by another person';
const AFTER_STATUS = { ifRetried: 'held again, as long as the customer’s status is what it is' };

/** By why it is held. */
const HELD: Partial<Record<string, { ifRetried: string; cure: Cure }>> = {
  incident: {
    ...AFTER_STATUS,
    cure: { what: 'Approve it when the incident is over; or cancel it.', how: `${APPROVE}; ${CANCEL}` },
  },
  withdrawn: {
    ...AFTER_STATUS,
    cure: { what: 'The customer has left: cancel it, as two persons.', how: CANCEL },
  },
  key_reused: {
    ifRetried: 'nothing: its key stands for something else there, and is not submitted again',
    cure: { what: 'Ask the provider’s owner what was paid under its key, and settle it by that word.', how: SETTLE },
  },
  no_lookup: {
    ifRetried: 'nothing: it may have been paid, and the provider cannot be asked',
    cure: { what: 'Ask the provider’s owner, and settle it by that word.', how: SETTLE },
  },
  unknown_there: {
    ifRetried: 'gated again and submitted under the same key: the provider does not have it',
    cure: { what: 'Approve it, or cancel it as two persons.', how: `${APPROVE}; ${CANCEL}` },
  },
  by_person: {
    ifRetried: 'gated again and submitted once',
    cure: { what: 'Somebody has held it back: approve it, or cancel it as two persons.', how: `${APPROVE}; ${CANCEL}` },
  },
};
