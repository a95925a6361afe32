-- Why: payouts of which nobody knows whether they were paid are asked about before those that their provider has accepted, and are found without a look at
-- all of these.
-- Workers: may go on; writes to payouts wait while the index is made.
create index payouts_asked_first on payouts (provider, shard, lookup_at) where state in ('ambiguous', 'held') and lookup_at is not null;
