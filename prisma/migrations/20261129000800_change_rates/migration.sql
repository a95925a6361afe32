-- Why: an operator slows a gateway or provider down, and lets it go again, while workers run: with a reason, and for all workers alike.
-- Workers: may go on; old ones keep the limits that they are configured with.

create table rates (
  no bigint generated always as identity primary key,
  system text collate "C" not null check (system ~ '^(gateway|provider)/.'),
  per_second int check (per_second > 0), -- null: as configured again
  reason text not null check (reason <> ''),
  actor text not null,
  at timestamptz not null
);
create index rates_newest on rates (system, no desc);
comment on table rates is 'append-only: what an operator lets a gateway or provider get per second; the newest row of each is in force, below what is configured';
create trigger rates_append_only before update or delete on rates for each row execute function refuse_change();
create trigger rates_no_truncate before truncate on rates for each statement execute function refuse_change();
