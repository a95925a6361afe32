-- Why: persons decide about held and rejected payouts; what needs a second person waits here for one, and a held payout can be asked about.
-- Workers: need not stop; old ones leave a held payout that somebody wants asked about to the new ones.
create table payout_proposals (
  payout_key text collate "C" primary key references payouts (key), -- the newest proposal stands; a decided one is gone, the audit log keeps it
  kind text not null check (kind in ('cancel', 'settle', 'waive')),
  word text check (word in ('paid', 'rejected')), -- of `settle`: what the provider's owner says
  reference text,
  reason text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  check ((kind = 'settle') = (word is not null))
);

-- Law 1: nobody waives what the bank owes alone, and never without a reason.
alter table owed_items add constraint owed_items_waived check (
  state <> 'waived' or coalesce(approved_by <> decided_by and decision_reason <> '' and decided_at is not null, false));
create index owed_items_state on owed_items (state, payout_key);

drop index payouts_unsure;
create index payouts_unsure on payouts (provider, shard, lookup_at) where state in ('accepted', 'ambiguous', 'held');
