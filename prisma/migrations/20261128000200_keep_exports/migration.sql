-- Why: what finance takes out of the books is kept as it was taken: by whom, asked for what, and the hash that was signed.
-- Workers: may go on; they take nothing out.

create table exports (
  no bigint generated always as identity primary key,
  kind text not null check (kind in ('statement', 'report', 'payouts', 'entries')),
  name text not null, -- of the file
  query jsonb not null, -- as it was asked
  bytes bigint not null check (bytes >= 0),
  sha256 bytea not null check (octet_length(sha256) = 32), -- of all its bytes
  statement text not null, -- the bytes that are signed
  signatures jsonb not null, -- base64 by key id
  actor text not null,
  at timestamptz not null
);
comment on table exports is 'append-only: each file that was taken out of the books';
create trigger exports_append_only before update or delete on exports for each row execute function refuse_change();
create trigger exports_no_truncate before truncate on exports for each statement execute function refuse_change();
