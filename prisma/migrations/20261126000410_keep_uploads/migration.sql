-- Why: a file of customers becomes a segment: the rows of each upload, and what was refused, so that a version means the same for ever.
-- Workers: may go on.
create table segment_uploads (
  id text collate "C" primary key, -- <segment>@<version that it made>
  segment text collate "C" not null,
  "rows" int not null,       -- below the header
  matched int not null,      -- customers selected
  duplicates int not null,   -- rows that repeat an id
  unmatched int not null,    -- ids that are no customer
  rejected int not null,     -- rows without an id that can be one
  uploaded_by text not null,
  uploaded_at timestamptz not null
);
comment on table segment_uploads is 'append-only: every uploaded list and what became of its rows';

create table segment_uploaded (
  upload text collate "C" not null references segment_uploads (id),
  customer_id text collate "C" not null,
  constraint segment_uploaded_pkey primary key (upload, customer_id)
);
comment on table segment_uploaded is 'append-only: the customers of an uploaded segment';

create table segment_refused_rows (
  upload text collate "C" not null references segment_uploads (id),
  line int not null, -- of the file, the first is 1
  reason text not null,
  primary key (upload, line)
);
comment on table segment_refused_rows is 'append-only: rows of an upload that selected nobody, by line; never what stood in them';

do $$
declare t text;
begin
  foreach t in array array['segment_uploads', 'segment_uploaded', 'segment_refused_rows'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
