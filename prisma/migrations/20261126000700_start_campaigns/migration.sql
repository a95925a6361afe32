-- Why: campaigns start at a time, by calendars or on an event. Slots are judged once each, fired or skipped with the reason; whoever entered by an
-- event is remembered over all versions of the campaign.
-- Workers: may go on; old ones fire nothing, so nothing is started until one of the new ones runs. API: stop it, an old one takes no entrants by events.

create table campaign_starts (
  campaign text collate "C" primary key references campaigns (key),
  version int not null,
  start jsonb not null,
  zone text not null,                 -- the campaign's
  handled_until timestamptz not null, -- slots up to here are judged, whatever calendar they came from
  next_at timestamptz,                -- the next slot; null: none is left
  scheduled_version int,              -- whose calendars Temporal has
  started_by text not null
);
create index campaign_starts_due on campaign_starts (next_at) where next_at is not null;

create table start_slots (
  campaign text collate "C" not null references campaigns (key),
  slot_at timestamptz not null,
  version int not null,
  trigger_key text not null,
  skipped text check (skipped in ('stopped', 'paused', 'review_invalid', 'missed')), -- null: fired
  run_id text collate "C",
  at timestamptz not null, -- when it was judged
  primary key (campaign, slot_at),
  check ((skipped is null) = (run_id is not null))
);
comment on table start_slots is 'append-only: every slot of every campaign, fired or skipped';

-- Which events let whom into which campaign; `run_id` is the run of first entries, which also counts who was refused.
create table event_starts (
  campaign text collate "C" primary key references campaigns (key),
  event_name text collate "C" not null,
  version int not null,
  run_id text collate "C" not null references runs (id),
  start jsonb not null,
  open boolean not null default true
);
create index event_starts_event on event_starts (event_name) where open;

create table campaign_entries (
  campaign text collate "C" not null,
  customer_id text collate "C" not null,
  no int not null check (no > 0), -- a customer's entries into a campaign: 1, 2, 3 …, each in the run of its round
  key text,                       -- of the entry policy
  event_no bigint not null,
  run_id text collate "C" not null,
  at timestamptz not null,
  primary key (campaign, customer_id, no)
);
create unique index campaign_entries_key on campaign_entries (campaign, customer_id, key) where key is not null;
comment on table campaign_entries is 'append-only: who entered which campaign by an event, and by which key';

alter table entrants drop constraint entrants_outcome_check;
alter table entrants add constraint entrants_outcome_check check (outcome in ('entered', 'unknown', 'duplicate', 'opening', 'paused', 'stopped',
  'closed', 'not_in_segment', 'entered_before', 'no_key', 'key_used', 'too_soon', 'under_way', 'too_many'));

do $$
declare t text;
begin
  foreach t in array array['start_slots', 'campaign_entries'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
