-- Why: calls, visits and letters are messages that staff carry out from lists, one per run, node and day: the outbox row is the line of the list.
-- Workers: stop them before it; an older one has no gateway `staff`.
create index outbox_staff on outbox (run_id, node, handover_at) where gateway = 'staff' and state = 'accepted';
