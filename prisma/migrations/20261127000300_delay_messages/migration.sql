-- Why: a mail server may put off one message (a mailbox that is busy, greylisting) and take all others, so a queued message may have to wait by itself.
-- Workers: may go on; an older one tries what is put off earlier than it was asked to.
alter table outbox add column not_before timestamptz; -- database time: a queued message is not handed over before
create index outbox_delayed on outbox (gateway, shard, not_before) where state = 'queued' and not_before is not null;
