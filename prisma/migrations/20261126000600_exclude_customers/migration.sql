-- Why: exclusion lists, uploaded or ruled by a segment, with validity; part of the gate of every send.
-- Workers: stop workers before; an old one would hand over to customers that a list excludes.

create table exclusion_lists (
  key text collate "C" not null,
  version int not null,
  name text not null,
  segment text collate "C", -- its newest version excludes; null: the entries that were uploaded do
  valid_from timestamptz not null default '-infinity',
  valid_to timestamptz not null default 'infinity', -- exclusive
  active boolean not null,
  created_by text not null,
  created_at timestamptz not null,
  xid xid8 not null default pg_current_xact_id(), -- was this version visible to the snapshot that decided?
  primary key (key, version)
);
comment on table exclusion_lists is 'append-only: every version of every exclusion list; the newest version of a key is in force';

create table exclusion_entries (
  no bigint generated always as identity primary key,
  list text collate "C" not null,
  customer_id text collate "C" not null,
  excluded boolean not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null, -- exclusive
  actor text not null,
  at timestamptz not null,
  xid xid8 not null default pg_current_xact_id()
);
create index exclusion_entries_customer on exclusion_entries (customer_id, list, no);
create index exclusion_entries_list on exclusion_entries (list, customer_id, no);
comment on table exclusion_entries is 'append-only: who was put on an uploaded list or taken off it; the newest entry of a customer stands';

do $$
declare t text;
begin
  foreach t in array array['exclusion_lists', 'exclusion_entries'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
