/**
 * Of the attention list: what finance decides about payouts, files between partners and us, and the books themselves.
 */
import { held, sample, type ClassSql } from './attention-sql.js';
import { IN_STATE_SINCE } from './payouts-read.store.js';

/** Since when the books are wrong, nobody knows: by the last entry of what does not add up, which is later than that or just then. */
const LAST_ENTRY = `lateral (select e.debits - e.credits as balance, e.booked_at from ledger_entries e where e.account = a.key
  order by e.booked_at desc, e.no desc limit 1) e`;

const filesHeld = (row: string) => held(`'restoration'`, `'payouts'`, `'provider/' || ${row}.provider`);

export const MONEY: ClassSql = {
  ledger_unbalanced: `
    select 'ledger/' || currency as subject, 'debits_and_credits_differ' as cause, count(*) as n, k.now as first, k.now as last, '{}'::text[] as sample
    from k cross join accounts group by currency, k.now having sum(balance) <> 0
    union all
    select 'account/' || a.key, 'account_and_entries_differ', 1, coalesce(e.booked_at + k.shift, k.now), coalesce(e.booked_at + k.shift, k.now), array[a.key]
    from k cross join accounts a left join ${LAST_ENTRY} on true where a.balance <> coalesce(e.balance, 0)`,

  ledger_unsealed: `
    select 'ledger' as subject, 'not_sealed' as cause, count(*) as n, min(recorded_at) + k.shift as first, max(recorded_at) + k.shift as last,
      ${sample('transfer_id', 'recorded_at')} as sample
    from k cross join ledger_unsealed group by k.shift`,

  ledger_unsigned: `
    select 'ledger' as subject, 'not_signed' as cause, e.no - h.through as n, t.recorded_at + k.shift as first, t.recorded_at + k.shift as last,
      array[s.transfer_id] as sample
    from k cross join (select coalesce(max(through), 0) as through from signed_heads) h
    cross join (select max(no) as no from ledger_seals) e
    join ledger_seals s on s.no = h.through + 1 join ledger_transfers t on t.id = s.transfer_id`,

  payout_held: `
    select 'provider/' || p.provider as subject, coalesce(p.reason, 'held') as cause, count(*) as n,
      min(coalesce(m.at, p.decided_at)) as first, max(coalesce(m.at, p.decided_at)) as last, ${sample('p.key', 'm.at')} as sample
    from payouts p cross join lateral (select ${IN_STATE_SINCE} as at) m
    where p.state = 'held' and p.reason is distinct from 'approval' group by p.provider, p.reason`,

  payout_unapproved: `
    select 'run/' || p.run_id as subject, 'approval' as cause, count(*) as n, min(p.decided_at) as first, max(p.decided_at) as last,
      ${sample('p.key', 'p.decided_at')} as sample
    from payouts p where p.state = 'held' and p.reason = 'approval' group by p.run_id`,

  payout_owed: `
    select 'provider/' || p.provider as subject, i.reason as cause, count(*) as n, min(i.opened_at) as first, max(i.opened_at) as last,
      ${sample('p.key', 'i.opened_at')} as sample
    from owed_items i join payouts p on p.key = i.payout_key where i.state = 'open' group by p.provider, i.reason`,

  settlement_break: `
    select 'provider/' || provider as subject, class as cause, count(*) as n, min(opened_at) as first, max(opened_at) as last, ${sample('id', 'opened_at')} as sample
    from settlement_breaks where state = 'open' group by provider, class`,

  file_unwritten: `
    select 'provider/' || provider as subject, 'not_in_a_file' as cause, count(*) as n, min(added_at) as first, max(added_at) as last,
      ${sample('payout_key', 'added_at')} as sample
    from k cross join payout_file_rows r where file_no is null and not ${filesHeld('r')} group by provider
    union all
    select 'provider/' || f.provider, 'not_written', count(*), min(f.frozen_at), max(f.frozen_at), ${sample('f.no::text', 'f.frozen_at')}
    from k cross join payout_files f
    where not exists (select from payout_files_written w where w.provider = f.provider and w.no = f.no) and not ${filesHeld('f')} group by f.provider`,

  file_missing: `
    select 'provider/' || m.provider as subject, 'number_missing' as cause, count(*) as n, min(m.last) as first, max(m.last) as last,
      ${sample('n::text', 'n')} as sample
    from (select provider, max(no) as newest, max(taken_at) as last from result_files group by provider) m
    cross join lateral generate_series(1, m.newest) n
    where not exists (select from result_files f where f.provider = m.provider and f.no = n) group by m.provider`,
};
