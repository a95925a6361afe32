-- Why: what a provider's book says that it paid on a day is kept as it came, version after version, to be matched with our own books.
-- Workers: may go on.

create table settlement_files (
  id text collate "C" primary key, -- <provider>@<day>@<version>
  provider text collate "C" not null,
  day date not null, -- in the provider's zone
  version int not null check (version > 0), -- the newest is in force
  zone text not null,
  source text not null check (source in ('fetched', 'uploaded')),
  sha256 bytea not null check (octet_length(sha256) = 32), -- of the file's bytes
  rows int not null check (rows >= 0),
  actor text not null,
  at timestamptz not null,
  unique (provider, day, version)
);
comment on table settlement_files is 'append-only: the settlements of providers, each correction a version of its own';

create table settlement_rows (
  file text collate "C" not null references settlement_files (id),
  line int not null check (line > 1), -- of the file, whose first is the header
  key text collate "C" not null, -- the payout's
  reference text,
  amount bigint not null check (amount <> 0), -- minor units; a reversal is negative
  currency text not null,
  paid_at timestamptz not null,
  primary key (file, line)
);
create index settlement_rows_key on settlement_rows (key, file);
comment on table settlement_rows is 'append-only: the rows of the settlements';

do $$
declare t text;
begin
  foreach t in array array['settlement_files', 'settlement_rows'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
