-- Why: banners and popups are messages that wait in the customer's inbox: the outbox row is the entry, found by customer, until it ends or is dismissed.
-- Workers: stop them before it; an older one has no gateway `inbox`.
alter table outbox add column dismissed_at timestamptz; -- business now: the customer has closed the banner or popup
create index outbox_inbox on outbox (customer_id, not_after)
  where gateway = 'inbox' and state in ('submitting', 'ambiguous', 'accepted') and dismissed_at is null;
