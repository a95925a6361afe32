/**
 * Law 1, continued: what was paid is taken back once, because two persons wanted it, and what they wanted is done or still under way.
 */
import { count, ofRun, type Check } from './check.js';

const OPEN = `r.state in ('requested', 'submitting', 'ambiguous')`;
const OF_RUN = `r.payout_key in (select key from payouts where ${ofRun('run_id')})`;

export const payoutReversals: Check[] = [
  {
    what: 'each reversal that is done has its payout reversed, none is open of one that is, and each had been paid when it was asked for',
    wrong: 'a reversal and its payout do not belong together',
    rows: count('payout_reversals r', OF_RUN),
    find: `select p.key as payout, p.state, r.n as reversal, r.state as "reversalState"
           from payout_reversals r join payouts p on p.key = r.payout_key
           where ${ofRun('p.run_id')}
             and (r.state = 'reversed' and p.state <> 'reversed' or p.state = 'reversed' and ${OPEN}
               or not exists (select from payout_moves m where m.payout_key = p.key and m.to_state = 'paid'))`,
  },
  {
    what: 'each reversal was wanted by two persons, as the audit log has it',
    wrong: 'taken back without the persons or the reason',
    rows: count('payout_reversals r', OF_RUN),
    find: `select r.payout_key as payout, r.n as reversal, r.proposed_by as "proposedBy", r.approved_by as "approvedBy"
           from payout_reversals r
           where ${OF_RUN}
             and (r.proposed_by = r.approved_by or not exists (
               select from audit_log a
               where a.action = 'payout.reverse' and a.subject = 'payout/' || r.payout_key and a.actor = r.approved_by and a.at = r.requested_at
                 and a.before ->> 'proposedBy' = r.proposed_by and a.reason = r.reason))`,
  },
];
