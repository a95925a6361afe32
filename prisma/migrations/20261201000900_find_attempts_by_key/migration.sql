-- Why: a payout and its attempt are found by the payout's key; nothing asks for payouts by attempt, whose index each submission wrote.
-- Workers: may go on; those of the build before look for what an expired attempt belongs to without an index, until they are replaced.
drop index payouts_attempt;
