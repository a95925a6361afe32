-- Why: who did not get into a linked campaign is told with the reason; a link that no statement takes is set apart, and each campaign's links are told
-- by themselves, so that none holds up another's.
-- Workers: stop them, an old one keeps no reason of a refusal, which is refused by now. API: may go on.

alter table links add column reason text; -- of a refusal, as in entrants; of a failure
alter table links drop constraint links_outcome_check;
alter table links add constraint links_outcome_check check (outcome in ('entered', 'refused', 'not_open', 'failed'));

update links l set reason = (
  select n.outcome from events v
  join runs r on r.campaign = l.campaign
  join entrants n on n.run_id = r.id and n.customer_id = l.customer_id and n.at = v.received_at and n.outcome <> 'entered'
  where v.message_id = l.id order by n.no desc limit 1)
where outcome = 'refused';
-- its start had been closed in that very moment
update links set outcome = 'not_open' where outcome = 'refused' and reason is null;
alter table links add constraint links_reason check ((reason is not null) = (coalesce(outcome, '') in ('refused', 'failed')));

drop index links_untold;
create index links_untold on links (campaign, id) where outcome is null;
create index links_run on links (run_id, id);
