/**
 * The one table of allowed message moves (design, section 5).
 */

export const MESSAGE_STATES = ['queued', 'submitting', 'accepted', 'rejected', 'ambiguous', 'withheld'] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

const MOVES: Record<MessageState, readonly MessageState[]> = {
  // accepted at once where the gateway's book is ours: the row is its entry
  queued: ['submitting', 'accepted', 'withheld'],
  submitting: ['accepted', 'rejected', 'ambiguous', 'queued'],
  // submitting only for an idempotent gateway inside its window, gated again; what fails the gate stays ambiguous
  ambiguous: ['accepted', 'rejected', 'submitting'],
  accepted: [],
  rejected: [],
  withheld: [],
};

export function mayMoveMessage(from: MessageState, to: MessageState): boolean {
  return MOVES[from].includes(to);
}
