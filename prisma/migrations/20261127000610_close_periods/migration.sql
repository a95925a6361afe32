-- Why: finance closes months under four eyes. Into a closed month nothing is posted: what is learnt late keeps its business day and is posted
-- on the first open one. The posting transaction is held to it here, whoever writes.
-- Workers: must stop; old ones post without a posting day.

create table ledger_proposals (
  month date primary key check (extract(day from month) = 1), -- the newest proposal stands; a decided one is gone, the audit log keeps it
  kind text not null check (kind in ('close', 'reopen')),
  reason text not null,
  proposed_by text not null,
  proposed_at timestamptz not null
);

create table ledger_closings (
  no bigint generated always as identity primary key,
  month date not null check (extract(day from month) = 1),
  kind text not null check (kind in ('close', 'reopen')),
  closed_through date, -- the last day of the last closed month from here on; null: none is closed
  reason text not null check (reason <> ''),
  proposed_by text not null,
  approved_by text not null,
  at timestamptz not null,
  recorded_at timestamptz not null, -- database time, after every posting before it and before every one after it
  constraint ledger_closings_two_persons check (approved_by <> proposed_by)
);
comment on table ledger_closings is 'append-only: which months were closed and reopened, by whom and why';
create trigger ledger_closings_append_only before update or delete on ledger_closings for each row execute function refuse_change();
create trigger ledger_closings_no_truncate before truncate on ledger_closings for each statement execute function refuse_change();

-- Months close in their order and reopen in the reverse one, so that one date tells them all. No posting is under way meanwhile: each shares
-- this lock (advisory.ts) until it has committed.
create function judge_closing() returns trigger language plpgsql as $$
declare
  before date;
  expected date;
  zone text;
begin
  perform pg_advisory_xact_lock(7011, 0);
  select c.closed_through into before from ledger_closings c order by c.no desc limit 1;
  select i.zone into zone from installation i;
  if new.kind = 'close' then
    expected := coalesce(before + 1, (select date_trunc('month', min(posted_on))::date from ledger_days));
    if new.month is distinct from expected then
      raise exception 'the month that closes next is %', to_char(expected, 'YYYY-MM');
    end if;
    if new.at < (new.month + interval '1 month') at time zone zone then
      raise exception 'the month is not over';
    end if;
    new.closed_through := (new.month + interval '1 month')::date - 1;
  else
    if before is null or new.month <> date_trunc('month', before)::date then
      raise exception 'the month that reopens next is %', to_char(before, 'YYYY-MM');
    end if;
    new.closed_through := case when exists (select from ledger_closings c where c.month < new.month) then new.month - 1 end;
  end if;
  new.recorded_at := greatest(clock_timestamp(), (
    select max(e.booked_at) + interval '1 microsecond' from accounts a cross join lateral (
      select booked_at from ledger_entries where account = a.key order by booked_at desc, no desc limit 1) e));
  return new;
end $$;
create trigger ledger_closings_judged before insert on ledger_closings for each row execute function judge_closing();

alter table ledger_transfers disable trigger user;
alter table ledger_transfers add column posted_on date; -- its business day, or where that is closed the first open day
update ledger_transfers set posted_on = business_on;
alter table ledger_transfers alter column posted_on set not null,
  add check (posted_on = business_on or (posted_on > business_on and extract(day from posted_on) = 1));
alter table ledger_transfers enable trigger user;

create function refuse_closed_month() returns trigger language plpgsql as $$
declare
  closed date;
begin
  perform pg_advisory_xact_lock_shared(7011, 0);
  select c.closed_through into closed from ledger_closings c order by c.no desc limit 1; -- a statement of its own: what the lock waited for
  if exists (select from added where posted_on <= closed) then
    raise exception 'the books are closed through %', closed;
  end if;
  return null;
end $$;
create trigger ledger_transfers_open_month after insert on ledger_transfers
  referencing new table as added for each statement execute function refuse_closed_month();

alter table ledger_days add column posted_on date;
update ledger_days set posted_on = business_on;
alter table ledger_days drop constraint ledger_days_pkey, add primary key (account, posted_on, business_on);
