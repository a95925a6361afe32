-- Why: what a version says of paying is asked of each payout, and its goal of each event that may expire; each time all of a long definition was read
-- and unpacked. Taken out once, like the priority.
-- Workers: may go on; they read the definition.
alter table campaign_versions
  add column payout_when_withdrawn text not null generated always as (coalesce(definition #>> '{campaign,payoutWhenWithdrawn}', 'hold')) stored,
  add column payout_approval jsonb not null generated always as (coalesce(definition #> '{campaign,payoutApproval}', '"none"')) stored,
  add column goal_event text generated always as (definition #>> '{campaign,goal,event}') stored,
  add column goal_window text generated always as (definition #>> '{campaign,goal,window}') stored;
