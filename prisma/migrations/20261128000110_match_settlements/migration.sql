-- Why: per day and provider, what was earned, what the ledger paid and what the provider's settlement says are matched; finance works off what
-- differs. A payout's evidence now keeps a hash of each response that earned it.
-- Workers: must stop; old ones keep evidence without hashes.

-- SHA-256 in hex of what an event said when it earned something.
create function event_sha256(e events) returns text language sql stable as $$
  select encode(sha256(convert_to(jsonb_build_array(e.no, e.message_id, e.customer_id, e.name,
    (extract(epoch from e.occurred_at) * 1000000)::bigint, (extract(epoch from e.received_at) * 1000000)::bigint, e.properties)::text, 'UTF8')), 'hex')
$$;

-- Differences are booked between a provider's clearing account and its suspense account: what it says to have paid beyond our books is written up,
-- what it says not to have paid is written off.
alter table accounts drop constraint accounts_kind_check, drop constraint accounts_check;
alter table accounts
  add constraint accounts_kind_check check (kind in ('funding', 'budget', 'reserved', 'clearing', 'settled', 'suspense')),
  add constraint accounts_check check (kind in ('funding', 'clearing', 'suspense') or balance >= 0);
alter table ledger_transfers drop constraint ledger_transfers_kind_check;
alter table ledger_transfers add constraint ledger_transfers_kind_check
  check (kind in ('fund', 'reserve', 'release', 'pay', 'settle', 'reverse', 'write_up', 'write_off'));

create table settlement_matches (
  no bigint generated always as identity primary key,
  provider text collate "C" not null,
  day date not null,
  file text collate "C" not null references settlement_files (id), -- that was in force
  posted int not null,  -- payments and reversals of the day in the ledger
  rows int not null,    -- of the file
  matched int not null, -- rows of which nothing differs
  opened int not null,  -- breaks that are new, came back, or say something else now
  explained int not null,
  actor text not null,
  at timestamptz not null
);
create index settlement_matches_day on settlement_matches (provider, day, no);
comment on table settlement_matches is 'append-only: each match that found something else than the one before it';

create table settlement_breaks (
  id text collate "C" primary key, -- derived from provider, day, class, key and whether it is about a reversal
  provider text collate "C" not null,
  day date not null,
  class text not null
    check (class in ('missing_at_provider', 'unknown_to_us', 'duplicate', 'amount', 'currency', 'date', 'reference', 'not_entitled')),
  key text collate "C" not null, -- the payout's, as either side has it
  reversal boolean not null,
  facts jsonb not null,  -- what each side says now
  difference bigint,     -- theirs minus ours, in minor units; null: not one of money in one currency
  currency text,
  compensated bigint not null default 0, -- of it, what was booked
  state text not null check (state in ('open', 'explained', 'resolved')),
  opened_at timestamptz not null, -- business time, by which it ages
  assignee text,
  resolution text check (resolution in ('accept', 'compensate')),
  reason text,
  proposed_by text,
  approved_by text,
  resolved_at timestamptz,
  check ((difference is null) = (currency is null)),
  constraint settlement_breaks_two_persons check (state <> 'resolved'
    or coalesce(approved_by <> proposed_by and reason <> '' and resolution is not null and resolved_at is not null, false))
) with (fillfactor = 80);
create index settlement_breaks_day on settlement_breaks (provider, day);
create index settlement_breaks_age on settlement_breaks (opened_at, id);

create table settlement_proposals (
  break_id text collate "C" primary key references settlement_breaks (id), -- the newest stands; a decided one is gone, the audit log keeps it
  resolution text not null check (resolution in ('accept', 'compensate')),
  reason text not null check (reason <> ''),
  proposed_by text not null,
  proposed_at timestamptz not null
);

create table settlement_break_moves (
  no bigint generated always as identity primary key,
  break_id text collate "C" not null references settlement_breaks (id),
  from_state text,
  to_state text not null,
  cause text not null, -- match/<no> | person:<id>
  reason text,
  facts jsonb not null,
  transfer text collate "C", -- that compensates
  at timestamptz not null
);
create index settlement_break_moves_break on settlement_break_moves (break_id, no);
comment on table settlement_break_moves is 'append-only: what became of each break, and why';

do $$
declare t text;
begin
  foreach t in array array['settlement_matches', 'settlement_break_moves'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
