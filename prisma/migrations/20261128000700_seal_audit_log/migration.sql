-- Why: the audit log is evidence only where nobody can change it unseen. Its lines commit unsealed; the sealer numbers and chains them afterwards, as it does
-- the transfers of the ledger, and signed heads name its end. Finance and operators read it by who, what and about what.
-- Workers: must stop; old ones sign heads without the end of the audit log, which the audit does not take behind one that has it.

alter table audit_log add column recorded_at timestamptz not null default clock_timestamp(); -- database time; of lines from before, of this migration
create index audit_log_subject on audit_log (subject collate "C", no);
create index audit_log_actor on audit_log (actor, no);
create index audit_log_action on audit_log (action collate "C", no);
create index audit_log_at on audit_log (at);

-- What has not been sealed yet: the sealer's work list and no evidence (the audit compares lines with seals itself).
create table audit_log_unsealed (
  line bigint primary key
);
create function list_unsealed_lines() returns trigger language plpgsql as $$
begin
  insert into audit_log_unsealed (line) select no from added;
  return null;
end $$;
create trigger audit_log_unsealed after insert on audit_log
  referencing new table as added for each statement execute function list_unsealed_lines();
insert into audit_log_unsealed (line) select no from audit_log;

create table audit_log_seals (
  no bigint primary key check (no > 0), -- 1, 2, 3 …: the order of sealing
  line bigint not null unique references audit_log (no),
  previous bytea not null check (octet_length(previous) = 32), -- the hash of the seal before; 32 zero bytes at the first
  hash bytea not null check (octet_length(hash) = 32),         -- SHA-256 over previous and the line's canonical bytes
  sealed_at timestamptz not null default clock_timestamp() -- database time
);
comment on table audit_log_seals is 'append-only: the chain over all lines of the audit log';
create trigger audit_log_seals_append_only before update or delete on audit_log_seals for each row execute function refuse_change();
create trigger audit_log_seals_no_truncate before truncate on audit_log_seals for each statement execute function refuse_change();

-- The last seal of the audit log that a head names; null in keys, and in heads from before.
alter table signed_heads add column log_through bigint check (log_through >= 0), add check (kind = 'head' or log_through is null);
