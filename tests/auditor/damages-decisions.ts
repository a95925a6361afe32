/**
 * Damages to what persons decided about payouts: decisions of which the audit log does not know.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const of = (hands: Hands, customer: string) =>
  hands.value('select key from payouts where run_id = $1 and customer_id = $2', [hands.run, customer]);

export const DECISIONS: Damage[] = [
  {
    law: 7,
    what: 'a payout that a person moved, without a line in the audit log',
    async do(hands) {
      const payout = await of(hands, 'c00010');
      await hands.sql(`update payout_moves set cause = 'person:nobody' where payout_key = $1 and to_state = 'paid'`, [
        payout,
      ]);
      return payout;
    },
  },
  {
    law: 7,
    what: 'an owed item that two persons waived, without a line in the audit log',
    async do(hands) {
      const payout = await of(hands, 'c00020');
      await hands.sql(
        `update owed_items set state = 'waived', decided_by = 'one', approved_by = 'two', decision_reason = 'r', decided_at = now()
         where payout_key = $1`,
        [payout],
      );
      return payout;
    },
  },
];
