/**
 * The answers that a participant has given so far: those of earlier transactions, and those that this walk has found.
 */
import { knownAt, placeOf } from '../journey/loops.js';
import type { PreparedBranch, PreparedJourney } from '../journey/prepared.js';
import type { ParticipantFacts, Properties } from './facts.js';
import type { Walk } from './walk.js';

export function answersSoFar(
  facts: Pick<ParticipantFacts, 'answers' | 'answerProperties'>,
  { found }: Pick<Walk, 'found'>,
) {
  const own = found.map(({ event, ...at }) => [placeOf(at), event] as const);
  return {
    answers: { ...facts.answers, ...Object.fromEntries(own.map(([place, { no }]) => [place, no])) },
    answerProperties: {
      ...facts.answerProperties,
      ...Object.fromEntries(own.map(([place, { properties }]) => [place, properties])),
    },
  };
}

export interface Answered {
  /** Places of waits that were answered. */
  responded: readonly string[];
  /** By place, where the journey reads them. */
  properties: Readonly<Record<string, Properties | undefined>>;
}

/** Does a branch on a response, at `at`, find its answer? */
export function findsAnswer(
  journey: Pick<PreparedJourney, 'loopOf'>,
  node: PreparedBranch & { responded: string },
  at: { node: string; visit: number },
  answered: Answered,
): boolean {
  const places = Object.fromEntries(answered.responded.map((place) => [place, place]));
  const place = knownAt(journey.loopOf, places, node.responded, at);
  if (place === undefined) return false;
  return node.where ? node.where(answered.properties[place] ?? {}) : true;
}
