/**
 * The sums of a run as the console shows them. They are the API's own figures, only added; where one does not add up, the page says so.
 */
import { sumOf } from './count.js';

interface Node {
  people: { entered: number; here: number; moved: Record<string, number>; ended: Record<string, number> };
  messages: {
    decided: number;
    queued: number;
    submitting: number;
    accepted: number;
    rejected: Record<string, number>;
    ambiguous: number;
    withheld: Record<string, number>;
    suppressed: Record<string, number>;
  } | null;
}

/** entered = here + moved + ended */
export function peopleAddUp({ people: { entered, here, moved, ended } }: Node): boolean {
  return entered === here + sumOf(moved) + sumOf(ended);
}

/** decided = queued + submitting + accepted + rejected + ambiguous + withheld + suppressed */
export function messagesAddUp({ messages }: Node): boolean {
  if (messages === null) return true;
  const { decided, queued, submitting, accepted, rejected, ambiguous, withheld, suppressed } = messages;
  return decided === queued + submitting + accepted + sumOf(rejected) + ambiguous + sumOf(withheld) + sumOf(suppressed);
}

/** As a customer passes them: wave by wave, and where journeys end comes last. */
export function inPassing<T extends { wave: number; visit: number; type: string }>(nodes: readonly T[]): T[] {
  const ends = ({ type }: T) => Number(type === 'exit');
  return nodes.toSorted((a, b) => ends(a) - ends(b) || a.visit - b.visit || a.wave - b.wave);
}

/** What the messages of all nodes come to. */
export function allMessages(nodes: readonly Node[]) {
  const total = { decided: 0, open: 0, accepted: 0, rejected: 0, withheld: 0, suppressed: 0 };
  for (const { messages } of nodes) {
    if (messages === null) continue;
    total.decided += messages.decided;
    total.open += messages.queued + messages.submitting + messages.ambiguous;
    total.accepted += messages.accepted;
    total.rejected += sumOf(messages.rejected);
    total.withheld += sumOf(messages.withheld);
    total.suppressed += sumOf(messages.suppressed);
  }
  return total;
}
