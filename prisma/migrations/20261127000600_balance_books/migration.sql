-- Why: finance asks for any account as of a past moment or day. Each entry now bears its account's totals so far, and each account the sums
-- of its business days: such a question reads a row or so per account, not every entry.
-- Workers: must stop; old ones write entries without totals.

-- Whose days and months the books are kept in.
alter table installation add column zone text not null default 'Asia/Seoul';

-- A transfer's day is told by this zone for ever: the zone stands once there is one. Postings share the lock 7011 (advisory.ts).
create function keep_zone() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7011, 0);
  perform now() at time zone new.zone; -- refuses a zone that there is not
  if exists (select from ledger_transfers) then
    raise exception 'the zone of the books stands: there are transfers';
  end if;
  return new;
end $$;
create trigger installation_zone before update of zone on installation for each row when (new.zone is distinct from old.zone)
  execute function keep_zone();

alter table ledger_transfers disable trigger user;
alter table ledger_transfers add column business_on date; -- the day of `at` in the zone of the books
update ledger_transfers set business_on = (at at time zone i.zone)::date from installation i;
alter table ledger_transfers alter column business_on set not null;
alter table ledger_transfers enable trigger user;

-- The account's own order, and its totals up to and with this entry. booked_at is the transfer's recorded_at; in one account it never goes back.
alter table ledger_entries disable trigger user;
alter table ledger_entries add column no bigint, add column debits bigint, add column credits bigint, add column booked_at timestamptz;
update ledger_entries e set no = r.no, debits = r.debits, credits = r.credits, booked_at = r.recorded_at
from (select e.transfer_id, e.side, t.recorded_at, row_number() over w as no,
             coalesce(sum(e.amount) filter (where e.side = 'debit') over w, 0)::bigint as debits,
             coalesce(sum(e.amount) filter (where e.side = 'credit') over w, 0)::bigint as credits
      from ledger_entries e join ledger_transfers t on t.id = e.transfer_id
      window w as (partition by e.account order by t.recorded_at, t.id, e.side rows unbounded preceding)) r
where r.transfer_id = e.transfer_id and r.side = e.side;
alter table ledger_entries alter column no set not null, alter column debits set not null, alter column credits set not null,
  alter column booked_at set not null,
  add check (no > 0 and debits >= 0 and credits >= 0);
alter table ledger_entries enable trigger user;
drop index ledger_entries_account;
create unique index ledger_entries_account on ledger_entries (account, booked_at, no);

-- Sums of the entries above, kept by the posting transaction under the account's lock; the audit adds them up again.
create table ledger_days (
  account text collate "C" not null references accounts (key),
  business_on date not null,
  debits bigint not null check (debits >= 0),
  credits bigint not null check (credits >= 0),
  entries bigint not null check (entries > 0),
  first_booked_at timestamptz not null, -- where in the account its entries lie
  last_booked_at timestamptz not null,
  primary key (account, business_on)
) with (fillfactor = 70);
insert into ledger_days
select e.account, t.business_on, coalesce(sum(e.amount) filter (where e.side = 'debit'), 0),
       coalesce(sum(e.amount) filter (where e.side = 'credit'), 0), count(*), min(e.booked_at), max(e.booked_at)
from ledger_entries e join ledger_transfers t on t.id = e.transfer_id group by 1, 2;
