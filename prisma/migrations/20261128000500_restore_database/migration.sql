-- Why: Postgres may be set back while gateways and providers keep what was handed over meanwhile: that it was has to be known to every claim, until
-- two persons let go on.
-- Workers: have to stop; old ones would hand over what has to be asked about first.

create table restorations (
  no bigint generated always as identity primary key,
  restored_to timestamptz not null,                            -- database time: the newest that the restored database says of itself
  found_at timestamptz not null default clock_timestamp(),     -- database time: what was lost was handed over before
  at timestamptz not null,                                     -- business time
  temporal_at timestamptz not null,                            -- Temporal's time: workflows that began before are ahead of the database
  reason text not null,
  actor text not null,
  check (restored_to <= found_at)
);
comment on table restorations is 'append-only: when this database was set back, and to when';

create table restoration_moves (
  no bigint generated always as identity primary key,
  restoration_no bigint not null references restorations (no),
  kind text not null check (kind in ('propose', 'release')),
  reason text not null,
  actor text not null,
  at timestamptz not null -- business time
);
create unique index restoration_released on restoration_moves (restoration_no) where kind = 'release';
comment on table restoration_moves is 'append-only: who asked to let hand-overs go on after a restoration, and who approved it';

do $$
declare t text;
begin
  foreach t in array array['restorations', 'restoration_moves'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;

-- The newest restoration that may have lost hand-overs of its slots: all runs of then, and those that are opened in the day after it, because a launch
-- or a start of the lost time comes again under its own id.
alter table runs add column doubted_by bigint references restorations (no);
create index runs_doubted on runs (id) where doubted_by is not null;

create function doubt_run() returns trigger language plpgsql as $$
begin
  new.doubted_by := (select max(no) from restorations where new.started_at < at + interval '1 day');
  return new;
end $$;
-- A trigger, so that no way to open a run misses it.
create trigger runs_doubt before insert on runs for each row execute function doubt_run();

alter table decision_contexts drop constraint decision_contexts_kind_check;
alter table decision_contexts add constraint decision_contexts_kind_check
  check (kind in ('freeze', 'cohort', 'claim', 'late', 'migration', 'restoration'));
create index decision_contexts_restorations on decision_contexts (id) where kind = 'restoration';
