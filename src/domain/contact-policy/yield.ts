/**
 * Priority: the first committed wins a slot of a cap, except that a lower priority yields to a participant of a higher one who is already
 * due, or due within the policy's look-ahead, and stands before a send that the policy counts, where the slots left are too few for both.
 */
import type { EpochMs } from '../base/time.js';
import type { Channel } from '../base/channels.js';
import { choicesOf } from '../journey/choices.js';
import { exitsOf, type PreparedJourney, type PreparedSend } from '../journey/prepared.js';
import { counts, labelOf, type ContactPolicy } from './policy.js';

/** The same customer in an open run of higher priority: frozen, active. */
export interface Rival {
  runId: string;
  journey: PreparedJourney;
  node: string;
  dueAt: EpochMs;
}

/** May a send of the rival go out over this channel as far as one can tell now? (The gate, and the policies that apply to it.) */
export type CanSend = (journey: PreparedJourney, over: { channel: Channel }) => boolean;

/** Two who are due in the same second are due together. */
const SECOND_MS = 1_000;
const endOfSecond = (now: EpochMs) => (Math.floor(now / SECOND_MS) + 1) * SECOND_MS;

/** Before this instant somebody is due together with `now`. */
export const dueBefore = (now: EpochMs, lookAheadMs: number): EpochMs => endOfSecond(now) + lookAheadMs;

/**
 * The sends that count on the way from `node` to the next wait or the end, along whichever way has most of them. A wait at which it stands
 * is the one that is over when it is due.
 */
export function sendsAhead(journey: PreparedJourney, node: string, counted: (send: PreparedSend) => boolean): number {
  const known = new Map<string, number>();
  const from = (id: string, standing: boolean): number => {
    const found = known.get(id);
    if (found !== undefined) return found;
    known.set(id, 0); // a loop adds nothing to itself
    const n = journey.nodes[id];
    const most = n === undefined ? 0 : ahead(n, standing);
    known.set(id, most);
    return most;
  };
  const ahead = (n: NonNullable<PreparedJourney['nodes'][string]>, standing: boolean): number => {
    switch (n.type) {
      case 'send':
        return (counted(n) ? 1 : 0) + from(n.next, false);
      case 'wait':
        return standing ? from(n.next, false) : 0;
      case 'branch':
        return Math.max(from(n.yes, false), from(n.no, false));
      case 'reward':
        return from(n.next, false);
      case 'split':
      case 'repeat': {
        const { next, again } = exitsOf(n);
        return Math.max(...(again === null ? next : [...next, again]).map((to) => from(to, false)));
      }
      case 'link':
      case 'exit':
        return 0;
      default:
        return n satisfies never;
    }
  };
  return from(node, true);
}

/** The run that a contact yields to, of `left` slots of a policy that counts it; null where there is enough for all. */
export function yieldedTo(
  policy: ContactPolicy,
  left: number,
  rivals: readonly Rival[],
  now: EpochMs,
  canSend: CanSend,
): string | null {
  let wanted = 0;
  let first: Rival | null = null;
  for (const rival of rivals) {
    if (rival.dueAt >= dueBefore(now, policy.lookAheadMs)) continue;
    const { journey } = rival;
    const { purpose, product } = journey;
    const wants = sendsAhead(journey, rival.node, (send) =>
      choicesOf(send).some(
        ({ channel }) => counts(policy, { channel, purpose, product }) && canSend(journey, { channel }),
      ),
    );
    if (wants === 0) continue;
    wanted += wants;
    if (first === null || comesBefore(rival, first)) first = rival;
  }
  return first !== null && left < wanted + 1 ? first.runId : null;
}

const comesBefore = (a: Rival, b: Rival) =>
  a.journey.priority > b.journey.priority || (a.journey.priority === b.journey.priority && a.runId < b.runId);

/** Trace code of a contact that yielded. */
export const yieldCode = (policy: ContactPolicy, runId: string): string =>
  `policy=${labelOf(policy)}:yielded_to:${runId}`;
