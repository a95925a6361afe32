/**
 * The whole table of message moves (design, section 5), written here once more by hand.
 */
import { describe, expect, it } from '@jest/globals';
import { mayMoveMessage, MESSAGE_STATES, type MessageState } from '../../../src/domain/offer/message-moves.js';

const TABLE: Record<MessageState, string> = {
  queued: 'submitting accepted withheld',
  submitting: 'accepted rejected ambiguous queued',
  ambiguous: 'accepted rejected submitting',
  accepted: '',
  rejected: '',
  withheld: '',
};

describe('a message', () => {
  it.each(MESSAGE_STATES.flatMap((from) => MESSAGE_STATES.map((to) => [from, to] as const)))(
    'from %s to %s',
    (from, to) => {
      expect(mayMoveMessage(from, to)).toBe(TABLE[from].split(' ').includes(to));
    },
  );
});
