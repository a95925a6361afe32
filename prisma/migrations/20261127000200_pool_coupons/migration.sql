-- Why: coupons whose codes the bank holds itself: uploaded into pools, from which each code is given to one payout, once and for ever.
-- Workers: stop them; an old one has no queue for pools and would leave their payouts where they are. API: may go on; an old one knows no pools.

create table coupon_pools (
  key text collate "C" primary key,
  name text not null,
  warn_below int not null check (warn_below >= 0), -- codes left
  created_by text not null,
  created_at timestamptz not null
);

create table coupon_uploads (
  id text collate "C" primary key, -- <pool>@<number>
  pool text collate "C" not null references coupon_pools (key),
  "rows" int not null,      -- below the header
  added int not null,       -- codes that are new
  duplicates int not null,  -- rows that repeat a code, of the file or of any pool
  rejected int not null,    -- rows without a code that can be one
  valid_until timestamptz not null, -- exclusive
  uploaded_by text not null,
  uploaded_at timestamptz not null
);
comment on table coupon_uploads is 'append-only: every uploaded list of codes and what became of its rows';

create table coupon_refused_rows (
  upload text collate "C" not null references coupon_uploads (id),
  line int not null, -- of the file, the first is 1
  reason text not null,
  primary key (upload, line)
);
comment on table coupon_refused_rows is 'append-only: rows of an upload that added nothing, by line; never what stood in them';

create table coupon_codes (
  no bigint generated always as identity primary key,
  pool text collate "C" not null,
  upload text collate "C" not null,
  code text collate "C" not null, -- in no index: what breaks a unique one is told with its value
  code_sha256 bytea not null,
  valid_until timestamptz not null, -- exclusive
  payout_key text collate "C",      -- whose it is, for ever; null: nobody's yet
  given_at timestamptz
);
alter table coupon_codes alter column code set statistics 0; -- nor in the planner's samples
create unique index coupon_codes_once on coupon_codes (code_sha256);
create unique index coupon_codes_payout on coupon_codes (payout_key) where payout_key is not null;
-- The next ones to give: those that end first.
create index coupon_codes_left on coupon_codes (pool, valid_until, no) where payout_key is null;
comment on table coupon_codes is 'codes of pools: added, given once, and never changed otherwise';

create function keep_coupon_code() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.payout_key is null and new.payout_key is not null and new.given_at is not null
     and (new.no, new.pool, new.upload, new.code, new.code_sha256, new.valid_until)
       = (old.no, old.pool, old.upload, old.code, old.code_sha256, old.valid_until) then
    return new;
  end if;
  raise exception 'a code is given once and kept' using errcode = '42501';
end $$;
create trigger coupon_codes_given_once before update or delete on coupon_codes for each row execute function keep_coupon_code();
create trigger coupon_codes_no_truncate before truncate on coupon_codes for each statement execute function refuse_change();

alter table payouts add column pool text collate "C"; -- that its code is drawn from
create index payouts_pool on payouts (pool, campaign)
  where pool is not null and state in ('intended', 'approved', 'submitting', 'ambiguous', 'held', 'rejected');

do $$
declare t text;
begin
  foreach t in array array['coupon_uploads', 'coupon_refused_rows'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
