-- Why: tamper evidence. Transfers commit unsealed; one sealer numbers and chains them afterwards, in seals and heads that are only appended.
-- Workers: may run on; what they post meanwhile is put on the sealer's list by a trigger, and is sealed by the first new worker.

-- What has not been sealed yet: the sealer's work list and no evidence (the audit compares transfers with seals itself).
create table ledger_unsealed (
  recorded_at timestamptz not null, -- database time
  transfer_id text collate "C" not null,
  primary key (recorded_at, transfer_id)
);
create function list_unsealed() returns trigger language plpgsql as $$
begin
  insert into ledger_unsealed (recorded_at, transfer_id) select recorded_at, id from added;
  return null;
end $$;
create trigger ledger_transfers_unsealed after insert on ledger_transfers
  referencing new table as added for each statement execute function list_unsealed();
insert into ledger_unsealed (recorded_at, transfer_id) select recorded_at, id from ledger_transfers;

create table ledger_seals (
  no bigint primary key check (no > 0), -- 1, 2, 3 …: the order of sealing
  transfer_id text collate "C" not null unique references ledger_transfers (id),
  previous bytea not null check (octet_length(previous) = 32), -- the hash of the seal before; 32 zero bytes at the first
  hash bytea not null check (octet_length(hash) = 32)          -- SHA-256 over previous and the transfer's canonical bytes
);
comment on table ledger_seals is 'append-only: the chain over all transfers';

create table ledger_heads (
  no bigint primary key references ledger_seals (no), -- the last seal of the batch
  seals int not null check (seals > 0),
  hash bytea not null,
  sealed_at timestamptz not null default clock_timestamp() -- database time
);
comment on table ledger_heads is 'append-only: the end of the chain after each batch';

create trigger ledger_seals_append_only before update or delete on ledger_seals for each row execute function refuse_change();
create trigger ledger_seals_no_truncate before truncate on ledger_seals for each statement execute function refuse_change();
create trigger ledger_heads_append_only before update or delete on ledger_heads for each row execute function refuse_change();
create trigger ledger_heads_no_truncate before truncate on ledger_heads for each statement execute function refuse_change();
