-- Why: a run is looked at while it moves, however large it is. Responses keep when their wave was sent, so that a curve of them needs no look at messages;
-- they are found by their run, and a run's payouts are counted by wave and state from their index alone.
-- Workers: may go on; writes to the tables wait while the indexes are made. What an old one records has no such time, and is told as unplaced.

alter table responses add column wave_at timestamptz; -- t0 of its wave: the now of the cohort that decided the send
create index responses_run on responses (run_id, wave);
drop index payouts_run;
create index payouts_run on payouts (run_id, state) include (wave);
create index contacts_at on contacts using brin (at); -- by days, for a calendar: contacts come in the order of their time
