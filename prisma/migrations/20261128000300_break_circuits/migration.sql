-- Why: a provider that does not answer is left alone for a while, by all workers together, instead of being sent one payout after the other.
-- Workers: may go on; old ones submit whatever it answers.

create table provider_breakers (
  provider text collate "C" primary key,
  failures int not null check (failures >= 0), -- submissions in a row that it did not answer
  opened_at timestamptz, -- database time; null: closed
  open_until timestamptz, -- database time: from then on one payout tries it
  probe bigint, -- its attempt
  probe_until timestamptz, -- database time: the attempt's lease
  check ((opened_at is null) = (open_until is null)),
  check ((probe is null) = (probe_until is null)),
  check (probe is null or opened_at is not null)
);
