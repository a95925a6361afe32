-- Why: people who wait in a run may be moved to a newer version of its campaign, by a node map. They end in their run and go on in one that the move opens.
-- Workers: stop them, and the API: old ones do not look for the wait of somebody who was moved while their event was on its way.

create table run_migrations (
  run_id text collate "C" primary key references runs (id),  -- that it opened, of the new version: its audience is who was moved
  from_run text collate "C" not null references runs (id),
  nodes jsonb not null,                                      -- {"<node there>": "<node here>"}
  passed text[] not null,                                    -- sends and rewards that whoever came may have passed before
  people int not null check (people > 0),
  reason text not null,
  actor text not null,
  at timestamptz not null
);
create index run_migrations_from on run_migrations (from_run);
comment on table run_migrations is 'append-only: who was moved from which run to a newer version, and by which node map';
create trigger run_migrations_append_only before update or delete on run_migrations for each row execute function refuse_change();
create trigger run_migrations_no_truncate before truncate on run_migrations for each statement execute function refuse_change();

alter table decision_contexts drop constraint decision_contexts_kind_check;
alter table decision_contexts add constraint decision_contexts_kind_check check (kind in ('freeze', 'cohort', 'claim', 'late', 'migration'));
