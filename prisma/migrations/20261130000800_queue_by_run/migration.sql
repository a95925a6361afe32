-- Why: whether something may go out, and since when, is known by the first of each run, as a claim finds it: one index less to write for each message, and
-- what a paused run holds is not read.
-- Workers: may go on; that of an earlier build reads all that a queue holds when it looks whether there is more.
drop index outbox_queued;
