-- Why: budgets are raised and cut by two persons, and what is left over when a budget closes goes back to where it came from. Each is asked for and decided
-- in rows that are only appended, and booked as a transfer of its own.
-- Workers: must stop; old ones would reserve from a closed budget what a reversal brings back to it.

alter table ledger_transfers drop constraint ledger_transfers_kind_check;
alter table ledger_transfers add constraint ledger_transfers_kind_check
  check (kind in ('fund', 'raise', 'cut', 'return', 'reserve', 'release', 'pay', 'settle', 'reverse', 'write_up', 'write_off'));

-- Of a budget: nothing is reserved from it any more. On the row that every reservation locks.
alter table accounts add column closed boolean not null default false, add check (kind = 'budget' or not closed);

create table budget_changes (
  no bigint generated always as identity primary key,
  budget text collate "C" not null references budgets (key),
  kind text not null check (kind in ('raise', 'cut', 'close')),
  amount bigint check (amount > 0), -- null: what is left over when it closes
  currency text not null,
  reason text not null check (reason <> ''),
  requested_by text not null,
  requested_at timestamptz not null,
  check ((amount is null) = (kind = 'close'))
);
create index budget_changes_budget on budget_changes (budget, no);
comment on table budget_changes is 'append-only: what was asked for of a budget, by whom and why';
create trigger budget_changes_append_only before update or delete on budget_changes for each row execute function refuse_change();
create trigger budget_changes_no_truncate before truncate on budget_changes for each statement execute function refuse_change();

create table budget_decisions (
  change bigint primary key references budget_changes (no),
  verdict text not null check (verdict in ('approved', 'refused')),
  amount bigint check (amount > 0), -- that was booked; null: nothing was
  transfer text collate "C" unique references ledger_transfers (id),
  reason text check (reason <> ''), -- of a refusal
  decided_by text not null,
  at timestamptz not null,
  recorded_at timestamptz not null, -- database time, under the lock of the budget's account
  check ((amount is null) = (transfer is null)),
  check (verdict = 'approved' or transfer is null),
  check ((verdict = 'refused') = (reason is not null))
);
comment on table budget_decisions is 'append-only: what became of each change of a budget';
create trigger budget_decisions_append_only before update or delete on budget_decisions for each row execute function refuse_change();
create trigger budget_decisions_no_truncate before truncate on budget_decisions for each statement execute function refuse_change();

-- Four eyes, whoever writes; and its time is in the order of the account's entries, under whose lock it is written.
create function judge_budget_decision() returns trigger language plpgsql as $$
declare
  asked budget_changes;
begin
  select * into asked from budget_changes c where c.no = new.change;
  if new.verdict = 'approved' and asked.requested_by = new.decided_by then
    raise exception 'who asked for a change of a budget cannot approve it';
  end if;
  new.recorded_at := greatest(clock_timestamp(), (select max(e.booked_at) from ledger_entries e where e.account = 'budget:' || asked.budget));
  return new;
end $$;
create trigger budget_decisions_judged before insert on budget_decisions for each row execute function judge_budget_decision();
