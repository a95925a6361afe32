-- Why: as of messages (20261201000400): a payout may be submitted more than 32,767 times.
-- Workers: may run; what they write to payouts waits while the table is rewritten. Of an old one the count still ends where it did.

alter table payouts alter column attempts type int;
