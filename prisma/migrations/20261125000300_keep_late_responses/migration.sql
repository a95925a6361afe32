-- Why: late responses (windows of waits that closed unanswered, finance's list of what came too late), and payouts that tell their waits.
-- Workers: stop workers and API before; the old ones still ask for listeners.open.

-- A listener listens for late events after its run has closed, too, until `late_until` (business time).
alter table listeners add column late_until timestamptz not null default 'infinity';
update listeners l set late_until = r.closed_at + interval '93 days' from runs r where r.id = l.run_id and not l.open;
alter table listeners drop column open;
create index listeners_event on listeners (event_name, late_until);

create table closed_waits (
  customer_id text collate "C" not null,
  run_id text collate "C" not null,
  node text collate "C" not null,
  visit smallint not null,
  wave smallint not null,
  window_from timestamptz not null, -- the wave's t0; the epoch where the answer is a payout's, which its key names
  window_to timestamptz not null,   -- exclusive; where a stop closed the wait, the stop's now
  closed_at timestamptz not null,
  primary key (customer_id, run_id, node, visit)
);
comment on table closed_waits is 'append-only: waits for a response that closed without one, with their windows; an event inside that comes later is late';

create table late_claims (
  no bigint generated always as identity primary key,
  run_id text collate "C" not null,
  node text collate "C" not null, -- the wait
  visit smallint not null,
  customer_id text collate "C" not null,
  campaign text collate "C" not null,
  wave smallint not null,
  event_no bigint not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  window_to timestamptz not null,
  rewards text[] not null, -- reward nodes that the response would have earned
  unique (customer_id, run_id, node, visit)
);
create index late_claims_run on late_claims (run_id, no);
comment on table late_claims is 'append-only: responses that came too late to earn their reward by themselves; finance decides';

alter table decision_contexts drop constraint decision_contexts_kind_check;
alter table decision_contexts add constraint decision_contexts_kind_check check (kind in ('freeze', 'cohort', 'claim', 'late'));

-- Written with the move of a payout that a wait listens to; taken away in the transaction that records the event.
create table payout_events (
  payout_key text collate "C" not null references payouts (key),
  state text not null check (state in ('paid', 'rejected', 'held')),
  provider text collate "C" not null,
  shard smallint not null,
  at timestamptz not null, -- the move's
  primary key (payout_key, state)
);
create index payout_events_queue on payout_events (provider, shard, at);

do $$
declare t text;
begin
  foreach t in array array['closed_waits', 'late_claims'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
