-- Why: what failed is tried again by a plan that first says what it would do, is approved where it is large, and keeps what became of each item.
-- Workers: have to stop; old ones leave who is set apart without the end of their wait, and do not carry out what was approved.

create table retries (
  no bigint generated always as identity primary key,
  selector jsonb not null,        -- what was asked for
  reason text not null check (reason <> ''),
  asked_by text not null,
  at timestamptz not null,        -- business time
  acts int not null check (acts >= 0),          -- items that would do something to a customer or to money
  sends int not null check (sends >= 0),        -- messages that would be decided at once
  pays jsonb not null,            -- [{currency, count, minor}]: what would be paid, at most
  "left" bigint not null check ("left" >= 0),   -- of the selector, beyond what one retry takes
  alone_items int not null,       -- up to which one person is enough
  alone_minor bigint not null,    -- minor units of each currency, the same
  needs_approval boolean not null
);
comment on table retries is 'append-only: what was to be tried again, by whom and why, and what it would do';

create table retry_items (
  retry_no bigint not null references retries (no),
  no int not null,
  kind text not null check (kind in ('participant', 'payout', 'message', 'link', 'lane', 'run', 'queue')),
  subject text collate "C" not null, -- customer, payout key, message id, link id, number of the lane, run, <kind>/<name>/<shard>
  run_id text collate "C",
  effect text not null check (effect in ('put_back', 'reissue', 'approve', 'ask', 'tell', 'nudge', 'nothing')),
  why text check ((why is not null) = (effect = 'nothing')), -- why nothing would become of it
  sends int not null default 0,
  pays jsonb not null default '[]', -- [{currency, minor}]
  primary key (retry_no, no)
);
create index retry_items_subject on retry_items (kind, subject, run_id);
comment on table retry_items is 'append-only: each thing that a retry is about, and what it would do';

create table retry_moves (
  retry_no bigint not null references retries (no),
  kind text not null check (kind in ('begun', 'done')),
  actor text not null, -- who started or approved it
  at timestamptz not null, -- business time
  made_at timestamptz not null default clock_timestamp(), -- database time
  primary key (retry_no, kind)
);
comment on table retry_moves is 'append-only: who let a retry begin, and when all of its items had their outcome';

create table retry_outcomes (
  retry_no bigint not null,
  item_no int not null,
  outcome text not null check (outcome in ('done', 'nothing')),
  detail text check (outcome = 'done' or detail is not null), -- of a reissue the new key; else why nothing was done
  at timestamptz not null, -- business time
  primary key (retry_no, item_no),
  foreign key (retry_no, item_no) references retry_items (retry_no, no)
);
comment on table retry_outcomes is 'append-only: what became of each item, in the transaction that did it';

do $$
declare t text;
begin
  foreach t in array array['retries', 'retry_items', 'retry_moves', 'retry_outcomes'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;

-- Who is set apart keeps the end of the wait that they stood in. Of those from before it is known where the wait closed without an answer; one that was
-- answered is over.
update participants p set window_end_at = coalesce(
  (select w.window_to from closed_waits w where w.customer_id = p.customer_id and w.run_id = p.run_id and w.node = p.node and w.visit = p.visit),
  case when p.responded then p.failed_at end)
where p.state = 'failed';

alter table decision_contexts drop constraint decision_contexts_kind_check;
alter table decision_contexts add constraint decision_contexts_kind_check
  check (kind in ('freeze', 'cohort', 'claim', 'late', 'migration', 'restoration', 'retry'));
