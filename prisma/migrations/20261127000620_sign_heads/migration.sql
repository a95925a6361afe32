-- Why: heads of the ledger's chain leave the database signed, so that whoever may write everything here cannot rewrite the past unseen.
-- Workers: may go on; old ones sign nothing.

create table signed_heads (
  no bigint primary key check (no > 0),
  kind text not null check (kind in ('key', 'head')), -- a key that signs from here on; an end of the chain
  key_id text not null,
  day date, -- the last business day that had ended
  through bigint check (through >= 0), -- the last seal
  closings bigint check (closings >= 0), -- the last closing of a month, 0: none yet
  statement text not null, -- the bytes that are signed
  signatures jsonb not null, -- base64 by key id
  recorded_at timestamptz not null default clock_timestamp(), -- database time
  check (num_nonnulls(day, through, closings) = case kind when 'head' then 3 else 0 end)
);
comment on table signed_heads is 'append-only: what was signed of the chain; the same lines leave for a file and a webhook';
create trigger signed_heads_append_only before update or delete on signed_heads for each row execute function refuse_change();
create trigger signed_heads_no_truncate before truncate on signed_heads for each statement execute function refuse_change();

create table signed_heads_told (
  one boolean primary key default true check (one),
  no bigint not null -- up to which the webhook has answered
);
