-- Why: events of visitors who are not known yet (the whole Segment specification). They wait here, and become events of the customer who is
-- identified with their anonymous id.
-- Workers: may go on, but an old one leaves the joining to the API. API: stop it before; an old one refuses what has no userId.

create table anonymous_ids (
  anonymous_id text collate "C" primary key,
  customer_id text collate "C", -- who was identified with it; null: nobody yet, or more than one
  shared boolean not null default false, -- more than one customer was, or the one was erased: it is nobody's, for good
  claimed_at timestamptz,
  pending boolean not null default false, -- events of it have still to join the customer
  check (not (shared and customer_id is not null)),
  check (not pending or customer_id is not null)
);
create index anonymous_ids_pending on anonymous_ids (anonymous_id) where pending;
create index anonymous_ids_customer on anonymous_ids (customer_id) where customer_id is not null;

create table anonymous_events (
  message_id text collate "C" primary key,
  anonymous_id text collate "C" not null references anonymous_ids (anonymous_id),
  name text collate "C" not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  properties jsonb not null default '{}'
);
create index anonymous_events_id on anonymous_events (anonymous_id, message_id);
