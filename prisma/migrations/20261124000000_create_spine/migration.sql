-- Why: the spine. Customers and their gates, definitions, runs, participants, messages, payouts and the ledger.
-- Workers: first migration, nothing runs yet.
-- Conventions: ids are text in byte order (collate "C"), times are timestamptz; *_at columns hold business time unless the comment
-- says database time; money is bigint minor units beside its currency. A table whose comment starts with "append-only" grants the
-- application select and insert only, and a trigger refuses the rest to everyone.

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'table % is append-only', tg_table_name using errcode = '42501';
end $$;

-- ── installation ────────────────────────────────────────────────────────────────────────────────────────────────────────
create table installation (
  one boolean primary key default true check (one),
  id text not null default substr(replace(gen_random_uuid()::text, '-', ''), 1, 12),
  -- Law 9: business now = epoch + (Temporal's now - temporal_base). Null: business time is Temporal's time.
  business_epoch timestamptz,
  temporal_base timestamptz,
  check ((business_epoch is null) = (temporal_base is null))
);
insert into installation default values;

create table api_keys (
  id text collate "C" primary key,
  name text not null,
  role text not null check (role in ('marketer', 'approver', 'finance', 'operator', 'admin', 'source')),
  secret_sha256 bytea not null,
  created_at timestamptz not null default now(), -- database time
  revoked_at timestamptz
);

create table idempotency_keys (
  key text collate "C" not null,
  scope text collate "C" not null, -- actor and route
  body_sha256 bytea not null,
  status int,          -- null while in progress
  response jsonb,
  headers jsonb,
  created_at timestamptz not null default now(), -- database time
  primary key (scope, key)
);

create table audit_log (
  no bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text not null,
  reason text,
  before jsonb,
  after jsonb
);
comment on table audit_log is 'append-only: who changed which definition or control, and why';

-- ── customers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
create table customers (
  id text collate "C" primary key,
  bucket smallint not null check (bucket between 0 and 1023), -- murmur3(id) mod 1024
  zone text not null default 'Asia/Seoul',
  status text not null default 'active' check (status in ('active', 'incident', 'withdrawn')),
  gate_version int not null default 1, -- status, zone, consents, addresses
  attr_version int not null default 1,
  consents jsonb not null default '{}',  -- {"push:advertising": {"granted": true, "night": false}}
  addresses jsonb not null default '{}', -- {"push": token, "phone": e164, "email": address}
  attributes jsonb not null default '{}'
) with (fillfactor = 85);

create table gate_versions (
  customer_id text collate "C" not null,
  gate_version int not null,
  status text not null,
  zone text not null,
  consents jsonb not null,
  source text not null,        -- which import, receipt or person said so
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  xid xid8 not null default pg_current_xact_id(), -- was this version visible to the snapshot that decided?
  primary key (customer_id, gate_version)
);
comment on table gate_versions is 'append-only: status, zone and consents of a customer at each gate version; law 6 is judged by it';

create table events (
  no bigint generated always as identity primary key,
  message_id text collate "C" not null unique,
  customer_id text collate "C" not null,
  name text collate "C" not null,
  occurred_at timestamptz not null, -- skew-corrected, never after received_at
  received_at timestamptz not null,
  properties jsonb not null default '{}'
);
create index events_customer on events (customer_id, name, occurred_at);

-- ── definitions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
create table segments (
  key text collate "C" not null,
  version int not null,
  name text not null,
  rule jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (key, version)
);
comment on table segments is 'append-only: every version of every segment rule';

create table templates (
  key text collate "C" not null,
  version int not null,
  channel text not null,
  title text,
  body text not null,
  variables text[] not null default '{}',
  created_by text not null,
  created_at timestamptz not null,
  primary key (key, version)
);
comment on table templates is 'append-only: every version of every message template';

create table contact_policies (
  key text collate "C" not null,
  version int not null,
  scope jsonb not null,  -- {"kind": "all"} | {"kind": "channel" | "purpose" | "product", "value": …}
  "window" jsonb not null, -- {"kind": "rolling", "spanMs": …}
  cap int not null check (cap >= 0),
  exempt_information boolean not null default false,
  active boolean not null default true,
  created_by text not null,
  created_at timestamptz not null,
  primary key (key, version)
);
comment on table contact_policies is 'append-only: every version of every contact policy; the newest version of a key is in force';

create table accounts (
  key text collate "C" primary key, -- budget:<k> reserved:<k> funding:<k> clearing:<provider> settled:<provider>
  kind text not null check (kind in ('funding', 'budget', 'reserved', 'clearing', 'settled')),
  currency text not null,
  balance bigint not null default 0, -- debits minus credits, kept with every entry; the audit recomputes it
  seq bigint not null default 0,     -- budget sequence: the order in which cohorts took from it
  check (kind in ('funding', 'clearing') or balance >= 0)
);

create table budgets (
  key text collate "C" primary key,
  name text not null,
  currency text not null,
  created_by text not null,
  created_at timestamptz not null
);

create table campaigns (
  key text collate "C" primary key,
  name text not null,
  state text not null check (state in ('draft', 'validated', 'approved', 'launched', 'ended')),
  revision int not null default 1, -- the ETag of the draft
  draft jsonb not null,
  content_hash text,               -- of the draft that was validated and approved; an edit voids both
  edited_by text not null,
  approved_by text,
  updated_at timestamptz not null
);

create table campaign_versions (
  campaign text collate "C" not null references campaigns (key),
  version int not null,
  definition jsonb not null, -- resolved: every reference pinned to a version
  content_hash text not null,
  created_by text not null,
  approved_by text not null,
  launched_by text not null,
  launched_at timestamptz not null,
  primary key (campaign, version)
);
comment on table campaign_versions is 'append-only: what was launched, for ever';

-- ── control ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table controls (
  scope text collate "C" primary key, -- all | channel/<c> | provider/<p> | gateway/<g> | campaign/<k> | run/<id>
  state text not null check (state in ('running', 'paused', 'stopped')),
  epoch bigint not null default 1,
  reason text not null,
  actor text not null,
  at timestamptz not null
);

-- ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table runs (
  id text collate "C" primary key, -- derived from installation, campaign, version and trigger key
  campaign text collate "C" not null,
  version int not null,
  trigger_key text collate "C" not null,
  state text not null check (state in ('opening', 'running', 'closed')),
  started_at timestamptz not null,
  closed_at timestamptz,
  as_of timestamptz,
  audience_count bigint,
  lanes smallint,
  opened_by text not null,
  unique (campaign, version, trigger_key),
  foreign key (campaign, version) references campaign_versions (campaign, version)
);
create index runs_open on runs (state) where state <> 'closed';

create table lanes (
  run_id text collate "C" not null references runs (id),
  lane smallint not null,
  stripe_from smallint not null,
  stripe_to smallint not null, -- exclusive
  step bigint not null default 0, -- the newest step number a deciding transaction has used
  done boolean not null default false,
  primary key (run_id, lane)
);
create index lanes_open on lanes (run_id, lane) where not done;

create table participants (
  customer_id text collate "C" not null,
  run_id text collate "C" not null,
  lane smallint not null,
  state text not null default 'active' check (state in ('active', 'ended', 'failed')),
  node text collate "C" not null,
  visit smallint not null default 1,
  due_at timestamptz,              -- null: nothing will move it (ended)
  wave smallint not null default 0,
  wave_at timestamptz,             -- t0: the now of the cohort that decided the wave's send node
  window_end_at timestamptz,       -- while it waits for a response: the end of [wave_at, window_end_at)
  responded boolean not null default false, -- the mark that ingestion sets while it waits
  end_reason text,
  entered_at timestamptz not null,
  primary key (customer_id, run_id)
) with (fillfactor = 80);
create index participants_due on participants (run_id, lane, due_at, customer_id) where state = 'active';

-- Which events a run's waits listen to: written when a run opens, read by ingestion.
create table listeners (
  event_name text collate "C" not null,
  run_id text collate "C" not null references runs (id),
  node text collate "C" not null,
  span_ms bigint not null,
  filter jsonb, -- a rule over the event's properties, or null
  open boolean not null default true,
  primary key (event_name, run_id, node)
);

create table responses (
  run_id text collate "C" not null,
  node text collate "C" not null, -- the wait
  visit smallint not null,
  customer_id text collate "C" not null,
  wave smallint not null,
  event_no bigint not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  late boolean not null default false,
  primary key (customer_id, run_id, node, visit)
);

create table counters (
  run_id text collate "C" not null,
  node text collate "C" not null,
  visit smallint not null,
  measure text collate "C" not null, -- entered here moved ended | decided queued submitting accepted rejected ambiguous withheld suppressed | responded
  reason text collate "C" not null default '',
  lane smallint not null,            -- lanes count upwards from 0; delivery shards use -1 - shard, ingestion -100
  n bigint not null,
  primary key (run_id, node, visit, measure, reason, lane)
) with (fillfactor = 50);

create table decision_contexts (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('freeze', 'cohort', 'claim')),
  run_id text collate "C",
  queue text not null, -- lane number or <gateway>/<shard>
  step bigint not null,
  now timestamptz not null,
  build text not null,
  versions jsonb not null, -- rule, template and policy versions in force
  snapshot pg_snapshot not null, -- of the statement that read the facts
  recorded_at timestamptz not null default clock_timestamp() -- database time
);
comment on table decision_contexts is 'append-only: what was common to all decisions of one transaction';

create table trace (
  no bigint generated always as identity,
  run_id text collate "C" not null,
  customer_id text collate "C" not null,
  context_id bigint not null,
  gate_version int not null,
  attr_version int not null,
  steps text not null, -- compact stages, see src/domain/wave/trace.ts
  primary key (customer_id, run_id, no)
);
comment on table trace is 'append-only: one row per participant and deciding transaction';

-- ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table queues (
  kind text not null check (kind in ('delivery', 'payout')),
  name text collate "C" not null, -- gateway or provider
  shard smallint not null,
  step bigint not null default 0,
  blocked_until timestamptz,  -- database time: a Retry-After
  attention text,             -- an undocumented answer: stays until a person clears it
  primary key (kind, name, shard)
);

create table message_attempts (
  id bigint generated always as identity primary key,
  gateway text collate "C" not null,
  shard smallint not null,
  step bigint not null,
  context_id bigint not null,
  now timestamptz not null,          -- the hand-over's business now
  opened_at timestamptz not null default clock_timestamp(),  -- database time
  lease_until timestamptz not null,  -- database time: after it, an attempt without a result is ambiguous
  closed_at timestamptz,             -- database time
  outcome text,                      -- answered | not_acted | unknown
  messages int not null
);
create index message_attempts_open on message_attempts (gateway, shard, lease_until) where closed_at is null;

create table outbox (
  id text collate "C" primary key, -- the slot's message id
  run_id text collate "C" not null,
  node text collate "C" not null,
  visit smallint not null,
  customer_id text collate "C" not null,
  lane smallint not null,
  wave smallint not null,
  channel text not null,
  purpose text not null,
  advertising boolean not null,
  gateway text collate "C" not null,
  shard smallint not null,
  state text not null check (state in ('queued', 'submitting', 'accepted', 'rejected', 'ambiguous', 'withheld')),
  reason text,
  template text not null, -- key@version
  title text,
  body text not null,
  decided_at timestamptz not null,
  not_after timestamptz not null,
  handover_at timestamptz,      -- business now of the newest hand-over
  handover_gate_version int,
  attempt_id bigint,
  attempts smallint not null default 0,
  from_state text,              -- where the hand-over came from, to go back to when not acted on
  first_attempt_at timestamptz, -- database time: starts idempotencyMs
  last_attempt_at timestamptz,  -- database time: starts visibilityMs
  lookup_at timestamptz,        -- database time: next look-up of an ambiguous message
  reference text,
  decided_by_receipt boolean not null default false
) with (fillfactor = 80);
create index outbox_queued on outbox (gateway, shard, decided_at, id) where state = 'queued';
create index outbox_ambiguous on outbox (gateway, shard, lookup_at) where state = 'ambiguous';
create index outbox_attempt on outbox (attempt_id) where state in ('submitting', 'ambiguous');
create index outbox_run on outbox (run_id, node, visit);

create table contacts (
  message_id text collate "C" primary key,
  customer_id text collate "C" not null,
  run_id text collate "C" not null,
  channel text not null,
  purpose text not null,
  product text,
  at timestamptz not null, -- reserved: the decision's now; counted: the hand-over's now
  state text not null check (state in ('reserved', 'counted', 'returned'))
) with (fillfactor = 85);
create index contacts_customer on contacts (customer_id, at) where state <> 'returned';

create table receipts (
  message_id text collate "C" not null,
  gateway text collate "C" not null,
  event text not null check (event in ('delivered', 'opened', 'clicked', 'bounced', 'opted_out')),
  at timestamptz not null,
  received_at timestamptz not null,
  primary key (message_id, event, at)
);
comment on table receipts is 'append-only: what gateways told of accepted messages';

create table webhooks (
  system text collate "C" not null, -- provider/<name> | gateway/<name>
  webhook_id text collate "C" not null,
  received_at timestamptz not null default clock_timestamp(), -- database time
  primary key (system, webhook_id)
);

-- ── payouts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table claims (
  key text collate "C" primary key, -- the claim scope's key: at most one reward per scope
  payout_key text collate "C" not null,
  run_id text collate "C" not null
);

create table payouts (
  key text collate "C" primary key,
  slot_key text collate "C" not null, -- the same for all generations
  generation smallint not null default 1,
  claim_key text collate "C" not null,
  run_id text collate "C" not null,
  campaign text collate "C" not null,
  node text collate "C" not null,
  visit smallint not null,
  wave smallint not null,
  customer_id text collate "C" not null,
  kind text not null check (kind in ('cashback', 'coupon', 'point')),
  amount bigint not null check (amount > 0),
  currency text not null,
  budget text collate "C" not null,
  provider text collate "C" not null,
  shard smallint not null,
  state text not null check (state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held', 'paid', 'rejected', 'settled', 'reversed', 'cancelled')),
  reason text,
  from_state text,            -- where a submission came from, to go back to when not acted on
  input_sha256 bytea not null, -- of everything that the key stands for
  request bytea,              -- frozen at the first submission
  evidence jsonb not null,    -- response id, rule and campaign version, decision context
  budget_seq bigint not null,
  decided_at timestamptz not null,
  attempts smallint not null default 0,
  attempt_id bigint,
  first_attempt_at timestamptz, -- database time
  last_attempt_at timestamptz,  -- database time
  lookup_at timestamptz,        -- database time: next look-up
  reference text,
  code text,
  paid_at timestamptz,          -- the provider's word
  unique (slot_key, generation)
) with (fillfactor = 80);
create index payouts_open on payouts (provider, shard, state, key) where state in ('intended', 'approved');
create index payouts_unsure on payouts (provider, shard, lookup_at) where state in ('accepted', 'ambiguous');
create index payouts_attempt on payouts (attempt_id) where state = 'submitting';
create index payouts_run on payouts (run_id, state);
create index payouts_customer on payouts (customer_id);

create table payout_attempts (
  id bigint generated always as identity primary key,
  payout_key text collate "C" not null references payouts (key),
  attempt smallint not null,
  provider text collate "C" not null,
  shard smallint not null,
  step bigint not null,
  context_id bigint not null,    -- the claim's: its snapshot tells which facts were visible
  now timestamptz not null,
  customer_status text not null, -- as re-read when the submission was claimed
  gate_version int not null,
  opened_at timestamptz not null default clock_timestamp(), -- database time
  lease_until timestamptz not null,                         -- database time
  closed_at timestamptz,                                    -- database time
  outcome text, -- paid | accepted | rejected | key_reused | not_acted | unknown
  unique (payout_key, attempt)
);
create unique index payout_attempts_one_in_flight on payout_attempts (payout_key) where closed_at is null;
create index payout_attempts_open on payout_attempts (provider, shard, lease_until) where closed_at is null;

create table payout_moves (
  no bigint generated always as identity primary key,
  payout_key text collate "C" not null,
  from_state text,
  to_state text not null,
  cause text not null, -- cohort | claim | reply | lookup | callback | settlement | person:<id>
  reason text,
  at timestamptz not null
);
create index payout_moves_payout on payout_moves (payout_key);
comment on table payout_moves is 'append-only: every move of every payout';

create table owed_items (
  payout_key text collate "C" primary key references payouts (key),
  opened_at timestamptz not null,
  reason text not null,
  state text not null default 'open' check (state in ('open', 'waived', 'reissued')),
  decided_by text,
  approved_by text,
  decision_reason text,
  decided_at timestamptz
);

create table breaks (
  no bigint generated always as identity primary key,
  system text not null, -- provider/<name> | gateway/<name>
  key text collate "C" not null,
  kind text not null,   -- unknown_key | contradiction | key_reused
  detail jsonb not null, -- states and references only
  at timestamptz not null,
  unique (system, key, kind, detail)
);
comment on table breaks is 'append-only: what two books say differently';

-- ── ledger ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table ledger_transfers (
  id text collate "C" primary key, -- <payout key>#reserve | #pay | #release | #settle | #reverse, <budget>#fund/<n>
  kind text not null check (kind in ('fund', 'reserve', 'release', 'pay', 'settle', 'reverse')),
  payout_key text collate "C",
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp() -- database time
);
create index ledger_transfers_payout on ledger_transfers (payout_key);
comment on table ledger_transfers is 'append-only: the moves of money';

create table ledger_entries (
  transfer_id text collate "C" not null references ledger_transfers (id),
  side text not null check (side in ('debit', 'credit')),
  account text collate "C" not null references accounts (key),
  amount bigint not null check (amount > 0),
  currency text not null,
  primary key (transfer_id, side)
);
create index ledger_entries_account on ledger_entries (account);
comment on table ledger_entries is 'append-only: one debit and one credit per transfer';

do $$
declare t text;
begin
  for t in select c.relname from pg_class c where c.relkind = 'r' and obj_description(c.oid) like 'append-only%' and c.relnamespace = 'public'::regnamespace loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
