-- Why: a claim takes from all runs of a queue alike, so that the messages of a small campaign do not stand behind those of a large one: each run's oldest are
-- found by its id.
-- Workers: may go on; writes to messages wait while the index is made.
create index outbox_queued_by_run on outbox (gateway, shard, run_id, decided_at, id) where state = 'queued';
