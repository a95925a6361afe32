-- Why: one list of everything that needs a person. What it asks, it finds by index: who failed, what nobody knows, holds or tells, and who decided lately.
-- Workers: may go on; writes to the tables wait while their indexes are made. Whom an old worker sets apart is listed without the time.

alter table queues add column attention_at timestamptz; -- database time
update queues set attention_at = clock_timestamp() where attention is not null;

alter table participants add column failed_at timestamptz; -- when it was set apart
update participants p set failed_at = (
  select x.now from trace t join decision_contexts x on x.id = t.context_id
  where t.customer_id = p.customer_id and t.run_id = p.run_id order by t.no desc limit 1)
where p.state = 'failed';

create index participants_failed on participants (run_id, node, end_reason, failed_at, customer_id) where state = 'failed';
create index payouts_in_doubt on payouts (state, provider, reason) where state in ('ambiguous', 'held');
create index links_failed on links (run_id, reason) where outcome = 'failed';
create index owed_items_open on owed_items (opened_at) where state = 'open';
create index settlement_breaks_open on settlement_breaks (provider, class, opened_at) where state = 'open';
create index decision_contexts_recorded on decision_contexts (recorded_at);
