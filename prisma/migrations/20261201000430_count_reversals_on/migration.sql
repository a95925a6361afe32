-- Why: as of messages (20261201000400): a reversal may be submitted more than 32,767 times.
-- Workers: may run; what they write to reversals waits while the table, a small one, is rewritten. Of an old one the count still ends where it did.

alter table payout_reversals alter column attempts type int;
