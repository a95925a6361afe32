/**
 * Law 3, continued: settlements of providers and what was made of them. They are as they came, what they confirmed is in them, and what
 * differed was given up or booked by two persons only, each compensation for the break that it belongs to.
 */
import { count, ofRun, type Check } from './check.js';

/** What the transfers of a break come to: up is plus, off is minus. */
const BOOKED = `(
  select m.break_id, sum(case t.kind when 'write_up' then e.amount else -e.amount end) as booked
  from settlement_break_moves m join ledger_transfers t on t.id = m.transfer
  join ledger_entries e on e.transfer_id = t.id and e.side = 'debit' group by 1)`;

export const settlements: Check[] = [
  {
    what: 'each version of a settlement follows the one before it, and has the rows that it says',
    wrong: 'a settlement that is not as it came',
    rows: count('settlement_files'),
    find: `select f.id as settlement, f.rows, r.n as found from (
             select *, row_number() over (partition by provider, day order by version) as nth from settlement_files) f
           left join lateral (select count(*) as n from settlement_rows where file = f.id) r on true
           where f.version <> f.nth or f.rows <> r.n or f.id <> f.provider || '@' || f.day || '@' || f.version`,
  },
  {
    what: 'each payout that a settlement confirmed is in one of its provider, with its amount and currency',
    wrong: 'settled although no settlement has it',
    rows: count('payout_moves', `cause = 'settlement'`),
    find: `select p.key as payout, p.run_id as run, p.amount from payout_moves m join payouts p on p.key = m.payout_key
           where m.cause = 'settlement' and ${ofRun('p.run_id')}
             and not exists (select 1 from settlement_rows r join settlement_files f on f.id = r.file
               where r.key = p.key and r.amount = p.amount and r.currency = p.currency and f.provider = p.provider)`,
  },
  {
    what: 'each break stands as its last move says, and each of its resolutions is in the audit log, approved by another person than who proposed it',
    wrong: 'a break that one person closed alone, or that is not as its moves say',
    rows: count('settlement_breaks'),
    find: `select b.id as break, b.class, b.key as payout, b.state, m.to_state as moved from settlement_breaks b
           left join lateral (select to_state from settlement_break_moves where break_id = b.id order by no desc limit 1) m on true
           where m.to_state is distinct from b.state
              or (b.state = 'resolved' and (b.approved_by = b.proposed_by or not exists (
                select 1 from audit_log l where l.subject = 'settlement-break/' || b.id and l.action = 'settlement-break.resolve'
                  and l.actor = b.approved_by and l.at = b.resolved_at and l.reason = b.reason and l.before->>'proposedBy' = b.proposed_by)))`,
  },
  {
    what: 'each compensation belongs to one resolution of a break, and those of a break come to what it says',
    wrong: 'a compensation without its break, or of another amount',
    rows: count('ledger_transfers', `kind in ('write_up', 'write_off')`),
    find: `select t.id as transfer, null as break from ledger_transfers t
           where t.kind in ('write_up', 'write_off') and (
             select count(*) from settlement_break_moves m where m.transfer = t.id and m.to_state = 'resolved' and m.cause like 'person:%'
               and t.id like m.break_id || '#%') <> 1
           union all
           select null, b.id from settlement_breaks b left join ${BOOKED} k on k.break_id = b.id where b.compensated <> coalesce(k.booked, 0)`,
  },
];
