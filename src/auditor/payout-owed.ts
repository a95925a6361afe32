/**
 * Law 1, continued: what a provider rejected is owed until two persons waive it or it is reissued, as the next generation of its slot and
 * only after every earlier one was definitely rejected.
 */
import { count, ofRun, type Check } from './check.js';

export const owedItems: Check[] = [
  {
    what: 'each rejected payout has its owed item and only they have',
    wrong: 'a rejection and its owed item do not belong together',
    rows: `select count(*) from payouts where state = 'rejected' and ${ofRun('run_id')}`,
    find: `select coalesce(p.key, i.payout_key) as payout, p.state, i.state as owed
           from (select * from payouts where ${ofRun('run_id')}) p
           left join owed_items i on i.payout_key = p.key
           left join payouts g on g.slot_key = p.slot_key and g.generation = p.generation + 1
           where (p.state = 'rejected') <> (i.payout_key is not null)
              or coalesce(i.state = 'reissued', false) <> (g.key is not null)`,
  },
  {
    what: 'each slot’s generations are numbered from 1 without a gap, and all but the last were rejected before the next was made',
    wrong: 'a generation that does not follow a rejected one',
    rows: count('payouts', `generation > 1 and ${ofRun('run_id')}`),
    find: `select p.key as payout, p.slot_key as slot, p.generation, e.key as "earlier", e.state as "earlierState"
           from payouts p left join payouts e on e.slot_key = p.slot_key and e.generation = p.generation - 1
           where ${ofRun('p.run_id')} and p.generation <> 1
             and (e.state is distinct from 'rejected'
               or not exists (
                 select 1 from payout_moves r join payout_moves i on i.payout_key = p.key and i.from_state is null
                 where r.payout_key = e.key and r.to_state = 'rejected' and r.no < i.no))`,
  },
  {
    what: 'each waiver has a reason and a second person, each reissue a reason and a person',
    wrong: 'decided about what is owed without the persons or the reason',
    rows: `select count(*) from owed_items i join payouts p on p.key = i.payout_key where i.state <> 'open' and ${ofRun('p.run_id')}`,
    find: `select i.payout_key as payout, i.state, i.decided_by as "decidedBy", i.approved_by as "approvedBy"
           from owed_items i join payouts p on p.key = i.payout_key
           where ${ofRun('p.run_id')} and i.state <> 'open'
             and (i.decided_by is null or i.decided_at is null or coalesce(i.decision_reason, '') = ''
               or i.state = 'waived' and (i.approved_by is null or i.approved_by = i.decided_by))`,
  },
];
