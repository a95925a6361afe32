-- Why: what was paid can be taken back, asked for by one person and approved by another, under a key of its own (protocols.md).
-- Workers: need not stop; old ones leave what is requested to the new ones.
create table payout_reversals (
  payout_key text collate "C" not null references payouts (key),
  n smallint not null check (n > 0),            -- its idempotency key is <payout key>/r<n>
  provider text collate "C" not null,
  shard smallint not null,
  state text not null check (state in ('requested', 'submitting', 'ambiguous', 'reversed', 'rejected')),
  reason text not null check (reason <> ''),    -- of the persons; the provider is told it
  proposed_by text not null,
  approved_by text not null check (approved_by <> proposed_by),
  requested_at timestamptz not null,            -- business time
  attempts smallint not null default 0,         -- the last one fences what comes back
  unsure boolean not null default false,        -- some attempt may have been acted on
  first_attempt_at timestamptz,                 -- database time
  last_attempt_at timestamptz,                  -- database time
  next_at timestamptz,                          -- database time: when it is tried or asked about, or its lease ends; null: a person decides
  told text,                                    -- why it was rejected, or is still unsure
  reference text,                               -- the provider's, of the reversal
  decided_at timestamptz,                       -- business time
  primary key (payout_key, n)
);
create unique index payout_reversals_one_open on payout_reversals (payout_key) where state in ('requested', 'submitting', 'ambiguous');
create unique index payout_reversals_once on payout_reversals (payout_key) where state = 'reversed';
create index payout_reversals_due on payout_reversals (provider, shard, next_at) where state in ('requested', 'submitting', 'ambiguous');

alter table payout_proposals drop constraint payout_proposals_kind_check, drop constraint payout_proposals_word_check, drop constraint payout_proposals_check;
alter table payout_proposals
  add constraint payout_proposals_kind check (kind in ('cancel', 'settle', 'waive', 'reverse', 'settle_reversal')),
  add constraint payout_proposals_word check (case kind when 'settle' then word in ('paid', 'rejected')
    when 'settle_reversal' then word in ('reversed', 'rejected') else word is null end is true);
