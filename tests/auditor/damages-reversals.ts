/**
 * Damages to reversals: laws 1 and 8.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const reversal = (state: string, dueAgo: string | null) => async (hands: Hands) => {
  const payout = await hands.value('select key from payouts where run_id = $1 and customer_id = $2', [
    hands.run,
    'c00010',
  ]);
  // nobody has been at work there lately
  await hands.sql(`update payout_attempts set opened_at = opened_at - interval '1 hour'`);
  await hands.sql(
    `insert into payout_reversals (payout_key, n, provider, shard, state, reason, proposed_by, approved_by, requested_at, next_at)
     select key, 1, provider, shard, $2, 'because', 'one', 'two', decided_at, now() - $3::interval from payouts where key = $1`,
    [payout, state, dueAgo],
  );
  return payout;
};

export const REVERSALS: Damage[] = [
  { law: 1, what: 'a reversal that is done, of a payout that is paid', do: reversal('reversed', null) },
  { law: 1, what: 'a reversal that nobody asked for', do: reversal('rejected', null) },
  { law: 8, what: 'a reversal that nobody sends', do: reversal('requested', '10 minutes') },
];
