-- Why: a provider's queue takes from all runs alike, so that the payouts of a small campaign do not stand behind those of a large one; and a claim finds what
-- waits by its run and kind, without a look at what is paid or held back by a switch.
-- Workers: may go on; writes to payouts wait while the index is made.
drop index payouts_open;
create index payouts_open on payouts (provider, shard, run_id, kind, decided_at, key) where state in ('intended', 'approved');
