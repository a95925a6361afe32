/**
 * Law 7, continued: what persons decided about money. Each move of a payout that a person made, and each owed item that was decided, has its line in the
 * audit log, by that person and of that moment.
 */
import { count, ofRun, type Check } from './check.js';

const LINE = `l.actor = substr(m.cause, 8) and l.at = m.at and (
  l.subject = 'payout/' || m.payout_key and l.action = 'payout.' || m.to_state
  or l.action = 'payout.reissue' and m.to_state = 'intended' and l.after->>'key' = m.payout_key
  or l.action = 'payouts.approve' and m.to_state = 'approved' and l.subject = 'run/' || p.run_id)`;

export const payoutDecisions: Check[] = [
  {
    what: 'each move of a payout that a person made is in the audit log, by that person',
    wrong: 'a payout that a person moved, and the audit log does not say so',
    rows: count('payout_moves', `cause like 'person:%'`),
    find: `select m.payout_key as payout, p.run_id as run, m.to_state as state, substr(m.cause, 8) as by
           from payout_moves m join payouts p on p.key = m.payout_key
           where m.cause like 'person:%' and ${ofRun('p.run_id')} and not exists (select 1 from audit_log l where ${LINE})`,
  },
  {
    what: 'each owed item that was waived or reissued is in the audit log, a waiver by its second person',
    wrong: 'an owed item that was decided, and the audit log does not say so',
    rows: count('owed_items', `state in ('waived', 'reissued')`),
    find: `select i.payout_key as payout, p.run_id as run, i.state, i.decided_by as by
           from owed_items i join payouts p on p.key = i.payout_key
           where i.state in ('waived', 'reissued') and ${ofRun('p.run_id')} and not exists (
             select 1 from audit_log l where l.subject = 'payout/' || i.payout_key and l.at = i.decided_at and l.reason = i.decision_reason
               and case i.state when 'waived' then l.action = 'payout.waive' and l.actor = i.approved_by and l.before->>'proposedBy' = i.decided_by
                                else l.action = 'payout.reissue' and l.actor = i.decided_by end)`,
  },
];
