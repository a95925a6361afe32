/**
 * Decisions of persons about payouts, at the edge.
 */
import { z } from 'zod';
import { PROPOSAL_KINDS } from '../../domain/ledger/payout-decisions.js';
import type { DecisionRefusal } from '../../storage/payout-decisions.store.js';
import { Problem } from '../http/problem.js';

const reason = z.string().min(1).max(500);

export const decisionSchema = z.strictObject({ reason }).meta({ id: 'PayoutDecision' });
export type DecisionBody = z.infer<typeof decisionSchema>;

export const settlingSchema = z
  .strictObject({
    word: z.enum(['paid', 'rejected']).describe('what the provider’s owner says of it'),
    reference: z.string().min(1).max(200).optional(),
    reason,
  })
  .meta({ id: 'PayoutSettling' });
export type SettlingBody = z.infer<typeof settlingSchema>;

export const reversalSettlingSchema = z
  .strictObject({ word: z.enum(['reversed', 'rejected']).describe('what the provider’s owner says of it'), reason })
  .meta({ id: 'ReversalSettling' });
export type ReversalSettlingBody = z.infer<typeof reversalSettlingSchema>;

export const owedStateSchema = z.enum(['open', 'waived', 'reissued']).meta({ id: 'OwedState' });

export const proposalSchema = z
  .object({
    kind: z.enum(PROPOSAL_KINDS),
    word: z.enum(['paid', 'rejected', 'reversed']).nullable().describe('of settling: what the provider’s owner says'),
    reference: z.string().nullable(),
    reason: z.string(),
    by: z.string(),
    at: z.iso.datetime(),
    tag: z.string().describe('of all that it says: an approval names it by If-Match'),
  })
  .meta({ id: 'PayoutProposal' });

/** The key of a path such as p/<run>/<node>/1/<customer>/1, percent-encoded or as segments. */
export const keyOfPath = (path: string | string[]): string => (Array.isArray(path) ? path.join('/') : path);

const SAID: Record<Exclude<DecisionRefusal, 'own_proposal' | 'own_launch' | 'stale'>, string> = {
  not_held: 'The payout is not held.',
  not_waiting: 'The payout does not wait to be submitted.',
  may_have_acted:
    'The provider may have acted on it: have it asked about, or settle it by the word of the provider’s owner.',
  own_book: 'Its code is drawn from a pool of ours: have it looked up.',
  never_submitted: 'It was never submitted: the provider cannot know of it.',
  incident: 'The customer is incident-reported.',
  withdrawn: 'The customer has withdrawn.',
  forfeited: 'The customer has withdrawn and the campaign forfeits the reward.',
  no_proposal: 'Nobody has proposed that.',
  not_open: 'Nothing of it is owed any more.',
  not_paid: 'The payout is not paid.',
  reversal_open: 'A reversal of it has been asked for already.',
  no_unsure_reversal: 'No reversal of it is unsure.',
};

export function refuseDecision(why: DecisionRefusal): never {
  if (why === 'own_proposal') throw new Problem('own_work', 'Who proposed it cannot approve it.');
  if (why === 'own_launch')
    throw new Problem('own_work', 'Who launched the campaign or opened the run cannot approve its payouts.');
  if (why === 'stale') throw new Problem('stale', 'Something else is proposed by now.');
  throw new Problem('conflict', SAID[why]);
}
