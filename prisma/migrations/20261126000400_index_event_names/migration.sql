-- Why: a segment rule about events reads the events of one name in a window, whosever they are; the index by customer cannot find them.
-- Workers: may go on; the index is built while nobody writes events.
create index events_name on events (name, occurred_at) include (customer_id);
