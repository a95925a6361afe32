-- Why: partners without an API take payouts as files and answer by files. What leaves is numbered and frozen here before it is written; what comes is
-- taken whole, once per number.
-- Workers: may go on; old ones know no provider of files.

create table payout_file_numbers (
  provider text collate "C" primary key,
  last int not null check (last >= 0) -- of its payout files; locked by who freezes one
);

create table payout_files (
  provider text collate "C" not null,
  no int not null check (no > 0), -- without gaps
  currency text not null,
  rows int not null check (rows > 0),
  total bigint not null check (total > 0), -- minor units
  bytes bytea not null, -- exactly what is written, however often
  sha256 text not null,
  frozen_at timestamptz not null,
  primary key (provider, no)
);
comment on table payout_files is 'append-only: the payout files of partners, as they leave';
create trigger payout_files_append_only before update or delete on payout_files for each row execute function refuse_change();
create trigger payout_files_no_truncate before truncate on payout_files for each statement execute function refuse_change();

create table payout_file_rows (
  payout_key text collate "C" primary key, -- in one file, once
  provider text collate "C" not null,
  currency text not null,
  amount bigint not null check (amount > 0),
  line text not null,
  added_at timestamptz not null,
  file_no int, -- null: waits for a file
  foreign key (provider, file_no) references payout_files (provider, no)
);
create index payout_file_rows_waiting on payout_file_rows (provider, payout_key) where file_no is null;
create function keep_file_row() returns trigger language plpgsql as $$
begin
  if old.file_no is null and new.file_no is not null
     and (new.payout_key, new.provider, new.currency, new.amount, new.line, new.added_at)
       = (old.payout_key, old.provider, old.currency, old.amount, old.line, old.added_at) then
    return new;
  end if;
  raise exception 'a row of a payout file stays as it is' using errcode = '42501';
end $$;
create trigger payout_file_rows_kept before update on payout_file_rows for each row execute function keep_file_row();
create trigger payout_file_rows_not_deleted before delete on payout_file_rows for each row execute function refuse_change();

create table payout_files_written (
  provider text collate "C" not null,
  no int not null,
  at timestamptz not null,
  primary key (provider, no),
  foreign key (provider, no) references payout_files (provider, no)
);

create table result_files (
  provider text collate "C" not null,
  no int not null check (no > 0),
  sha256 text not null,
  rows int not null,
  taken_at timestamptz not null,
  primary key (provider, no)
);
comment on table result_files is 'append-only: the result files of partners that were taken, each number once';
create trigger result_files_append_only before update or delete on result_files for each row execute function refuse_change();
create trigger result_files_no_truncate before truncate on result_files for each statement execute function refuse_change();

create table result_file_refusals (
  provider text collate "C" not null,
  name text not null,
  sha256 text not null,
  kind text not null check (kind in ('faulty', 'number_taken', 'name')), -- faulty: the number may still come whole
  why text not null,
  at timestamptz not null,
  primary key (provider, name, sha256)
);
comment on table result_file_refusals is 'append-only: result files that were not taken, and why';
create trigger result_file_refusals_append_only before update or delete on result_file_refusals for each row execute function refuse_change();
create trigger result_file_refusals_no_truncate before truncate on result_file_refusals for each statement execute function refuse_change();
