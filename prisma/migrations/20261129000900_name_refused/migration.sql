-- Why: an undocumented answer stops a queue for good when one item causes it. Attempts keep that they got one, so that what was sent together is sent
-- again one by one, the item is named, and a person can set it aside.
-- Workers: may go on; decisions, hand-overs and payouts wait while the indexes are made. What an old one stops is named by its shard, as before.

alter table message_attempts add column refused smallint; -- the status of an undocumented answer: not acted on
alter table payout_attempts add column refused smallint;
create index message_attempts_refused on message_attempts (gateway, shard) where refused is not null;
create index payout_attempts_refused on payout_attempts (provider, shard) where refused is not null;
create index outbox_refused on outbox (attempt_id) where state in ('queued', 'ambiguous') and attempt_id is not null; -- few: who was never handed over has none
