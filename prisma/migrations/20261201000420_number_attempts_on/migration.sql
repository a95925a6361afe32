-- Why: as of messages (20261201000400): the attempts of a payout may be more than 32,767.
-- Workers: may run; what they write to attempts of payouts waits while the table is rewritten. Of an old one the count still ends where it did.

alter table payout_attempts alter column attempt type int;
