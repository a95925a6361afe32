-- Why: a switch is a record of its own (what it changed, what a resume does with the overdue, what of it is still to be done), the clock
-- of a paused wait stands, and single entrants join a running run.
-- Workers: may go on; one of an older build neither finishes a resume nor withholds what was skipped, so none is resumed until all are new.

alter table runs
  add column takes_entrants boolean not null default false, -- stays open until it is stopped
  add column frozen_at timestamptz, -- since when its clock stands: any of its scopes is paused
  add column thaw_no bigint;        -- control_changes.no of the resume under way

alter table participants
  add column frozen_ms bigint not null default 0, -- how long the clock has stood since wave_at
  add column thaw_no bigint not null default 0,   -- the newest resume that was applied
  add column skip_sends boolean not null default false; -- fell due in a pause that was skipped: goes on without contact

alter table outbox
  add column thaw_no bigint not null default 0, -- the newest resume that was applied
  add column thawed_at timestamptz,             -- pauses up to here are in not_after
  add column withhold text;                     -- why the next claim withholds it, whatever the gate says: skipped

create table control_changes (
  no bigint generated always as identity primary key,
  scope text collate "C" not null,
  epoch bigint not null,
  state text not null check (state in ('running', 'paused', 'stopped')),
  overdue text check (overdue in ('send_now', 'shift', 'skip')), -- of a resume
  paused_at timestamptz,   -- of a resume: when the pause that it ends began
  reason text not null,
  actor text not null,
  at timestamptz not null,
  made_at timestamptz not null default clock_timestamp(), -- database time
  acknowledged_at timestamptz, -- database time: nobody who had not seen it is at work any more
  finished_at timestamptz      -- database time: nothing of its work is left
);
create index control_changes_scope on control_changes (scope, no);
create index control_changes_open on control_changes (no) where finished_at is null;

-- What a resume or a stop has to move, lane by lane; a row is done or will be done again, which changes nothing.
create table control_work (
  change_no bigint not null references control_changes (no),
  run_id text collate "C" not null, -- '' for the messages of a channel or gateway
  lane smallint not null,           -- -1: the messages
  since timestamptz not null,       -- business time: since when the clock stood
  done boolean not null default false,
  primary key (change_no, run_id, lane)
);
create index control_work_open on control_work (change_no, run_id, lane) where not done;

create table entrants (
  no bigint generated always as identity primary key,
  run_id text collate "C" not null references runs (id),
  customer_id text collate "C" not null,
  outcome text not null check (outcome in ('entered', 'unknown', 'duplicate', 'opening', 'paused', 'stopped', 'closed')),
  actor text not null,
  at timestamptz not null
);
create index entrants_run on entrants (run_id, customer_id);
comment on table entrants is 'append-only: who was to enter a run one by one, and what became of it';
create trigger entrants_append_only before update or delete on entrants for each row execute function refuse_change();
create trigger entrants_no_truncate before truncate on entrants for each statement execute function refuse_change();
