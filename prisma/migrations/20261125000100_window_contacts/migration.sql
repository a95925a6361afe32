-- Why: contact policies with calendar windows in the customer's zone and a look-ahead for yielding; what a message was decided by, so that
-- its hand-over knows whether the contact policy has to be judged again.
-- Workers: may go on; an old one leaves the new columns null, which a new one takes as "judge again".

alter table contact_policies add column look_ahead_ms bigint not null default 0 check (look_ahead_ms between 0 and 604800000);
comment on column contact_policies."window" is '{"kind": "rolling", "spanMs": …} | {"kind": "calendar", "unit": "day" | "week" | "month"}';

alter table outbox
  add column context_id bigint,        -- the decision's context: which policies it saw
  add column decided_gate_version int; -- what it saw of the customer, the zone among it

comment on column contacts.state is 'reserved: may still go out, counts for every decision; counted: accepted, counts at its time; returned';

-- Asked by every cohort of every other open run; taken out of the definition once.
alter table campaign_versions
  add column priority int not null generated always as (coalesce((definition #>> '{campaign,priority}')::int, 0)) stored;
