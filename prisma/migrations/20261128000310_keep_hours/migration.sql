-- Why: the audit, which reads no configuration, has to know when a provider takes payouts: what waits for its opening is not forgotten, and nothing
-- is handed over outside.
-- Workers: may go on; old ones hand over at all hours.

create table provider_hours (
  no bigint generated always as identity primary key,
  provider text collate "C" not null,
  zone text not null,
  from_minute smallint check (from_minute between 0 and 1439), -- of the local day; null: at all hours
  to_minute smallint check (to_minute between 0 and 1439), -- not in it any more; before from_minute: of the next day
  days smallint[], -- ISO weekdays on which they begin; null: every day
  since timestamptz not null default clock_timestamp(), -- database time
  check (num_nonnulls(from_minute, to_minute) = 0 or num_nonnulls(from_minute, to_minute) = 2 and from_minute <> to_minute)
);
create index provider_hours_newest on provider_hours (provider, no desc);
comment on table provider_hours is 'append-only: the business hours of providers as workers were configured with them; the newest row of each is in force';
create trigger provider_hours_append_only before update or delete on provider_hours for each row execute function refuse_change();
create trigger provider_hours_no_truncate before truncate on provider_hours for each statement execute function refuse_change();
