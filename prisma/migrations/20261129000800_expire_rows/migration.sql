-- Why: the database over years. Rows that nobody needs any more may go, by a policy per kind, and never what money rests on: decisions and messages of
-- runs that are over, events, and keys of requests. What went is recorded here, which `why` and the audit believe only as far as the floors allow.
-- Workers: may run; an old one removes nothing. Calls of the API and callbacks wait while the two indexes at the end are made.

create table retention_policies (
  kind text not null check (kind in ('runs', 'events', 'requests')),
  version int not null check (version > 0),
  days int, -- null: for ever
  reason text not null check (reason <> ''),
  created_by text not null,
  created_at timestamptz not null,
  primary key (kind, version),
  -- a late response is heard for 93 days after its run; a request is repeated for a day at most
  constraint retention_policies_floor check (days between case kind when 'requests' then 7 else 93 end and 36500)
);
comment on table retention_policies is 'append-only: every version of how long each kind of rows is kept; the newest of a kind is in force';

create table retentions (
  no bigint generated always as identity primary key,
  kind text not null,
  policy int not null,
  run_id text collate "C" unique references runs (id), -- of kind `runs`
  through timestamptz not null, -- what was over, or received, before this; of requests database time
  removed jsonb not null, -- runs: {"messages": n}, counted before; events: {name: {"n": n, "newest": when the newest occurred}}; requests: {"n": n}
  at timestamptz not null, -- business time
  foreign key (kind, policy) references retention_policies (kind, version),
  check ((run_id is not null) = (kind = 'runs'))
);
create index retentions_kind on retentions (kind, no);
comment on table retentions is 'append-only: what has been removed, by which policy; a run’s row comes before its first row goes';

-- How far the present round has come: a work list and no evidence.
create table retention_round (
  one boolean primary key default true check (one),
  began_at timestamptz not null, -- business time
  choosing boolean not null,     -- there may be more runs that expire in it
  runs text[] not null,          -- that do
  people text collate "C",       -- the last participant looked at; null: all of them
  events bigint,                 -- the last event looked at; null: all that are old enough
  requests boolean not null      -- all of them are gone
);

-- A decision that money, or a way into another run, rests on: it is kept for ever.
create function bears_money(steps text) returns boolean language sql immutable parallel safe as $$
  select steps ~ '[:,](reward|amount|reward_cap|box|draw|payout|late|link|moved_to|moved_from)=|[:,]message=presumed'
$$;

-- How long a contact may count: the longest window of the policies in force.
create function longest_contact_window() returns interval language sql stable as $$
  select coalesce(max(case "window"->>'kind' when 'rolling' then (("window"->>'spanMs')::bigint + look_ahead_ms) * interval '1 millisecond'
      else interval '32 days' + look_ahead_ms * interval '1 millisecond' end), interval '0')
  from (select distinct on (key) * from contact_policies order by key, version desc) p where active
$$;

-- Why a run that has been over since before `through` may not expire at `now`: the first of the reasons, or null.
create function run_held(run text, through timestamptz, now timestamptz) returns text language sql stable as $$
  select case
    when r.state <> 'closed' then 'open'
    when r.doubted_by is not null or exists (select from controls c where c.scope = 'restoration' and c.state <> 'running') then 'restoration'
    when not coalesce(r.closed_at < through, false) then 'young'
    when exists (select from listeners l where l.run_id = r.id and l.late_until > now) then 'late_responses'
    when exists (select from run_migrations m join runs n on n.id = m.run_id where m.from_run = r.id and n.state <> 'closed') then 'moved_people'
    when exists (select from links l where l.run_id = r.id and l.outcome is null) then 'untold_link'
    when exists (select from payouts p where p.run_id = r.id and p.state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held')
        or p.run_id = r.id and p.state = 'paid' and exists (select from settlement_files f where f.provider = p.provider)) then 'open_payout'
    when exists (select from payouts p join payout_reversals v on v.payout_key = p.key and v.state in ('requested', 'submitting', 'ambiguous')
        where p.run_id = r.id) then 'open_reversal'
    when exists (select from payouts p join owed_items o on o.payout_key = p.key and o.state = 'open' where p.run_id = r.id) then 'owed'
    when exists (select from payouts p join settlement_breaks b on b.key = p.key and b.state = 'open' where p.run_id = r.id) then 'open_break'
    when exists (select from lucky_boxes b join lucky_draws d on d.box = b.key where b.state <> 'closed' and d.run_id = r.id) then 'open_box'
    when exists (select from payouts p cross join installation i where p.run_id = r.id and p.paid_at is not null
        and not exists (select from exports x where x.kind = 'statement' and x.query->>'month' = to_char(p.paid_at at time zone i.zone, 'YYYY-MM')))
      then 'no_statement'
    when exists (select from outbox o where o.run_id = r.id and (o.state in ('queued', 'submitting', 'ambiguous')
        or o.not_after > now or o.handover_at > now - longest_contact_window())) then 'messages'
    end
  from runs r where r.id = run
$$;

-- Whoever writes: nothing expires sooner than its policy in force says, and no run of which something is open.
create function keep_floors() returns trigger language plpgsql as $$
declare
  days int := (select p.days from retention_policies p where p.kind = new.kind and p.version = new.policy
    and p.version = (select max(n.version) from retention_policies n where n.kind = new.kind));
begin
  if days is null or (new.kind <> 'requests' and new.through > new.at - days * interval '1 day') then
    raise exception 'no policy in force lets % before % expire', new.kind, new.through using errcode = '42501';
  end if;
  if new.kind = 'runs' and run_held(new.run_id, new.through, new.at) is not null then
    raise exception 'run % may not expire: %', new.run_id, run_held(new.run_id, new.through, new.at) using errcode = '42501';
  end if;
  return new;
end $$;
create trigger retentions_floors before insert on retentions for each row execute function keep_floors();

do $$
declare t text;
begin
  foreach t in array array['retention_policies', 'retentions'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;

-- The narrow door through what is append-only: of a run whose expiry is recorded, decisions that no money rests on, and receipts.
create function refuse_unless_expired() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if tg_table_name = 'trace' then
      if not bears_money(old.steps) and exists (select from retentions where run_id = old.run_id) then return old; end if;
    elsif exists (select from retentions where run_id = split_part(old.message_id, '/', 2)) then
      return old;
    end if;
  end if;
  raise exception 'table % is append-only', tg_table_name using errcode = '42501';
end $$;
drop trigger trace_append_only on trace;
create trigger trace_append_only before update or delete on trace for each row execute function refuse_unless_expired();
drop trigger receipts_append_only on receipts;
create trigger receipts_append_only before update or delete on receipts for each row execute function refuse_unless_expired();

-- The application may not delete there; it may ask for this.
create function expire_decisions(customers text[], runs text[]) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from trace t using unnest(customers, runs) as p(customer, run)
    where t.customer_id = p.customer and t.run_id = p.run and not bears_money(t.steps) returning 1)
  select count(*) from gone
$$;
create function expire_receipts(messages text[]) returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (delete from receipts where message_id = any(messages) returning 1) select count(*) from gone
$$;

create index idempotency_keys_created on idempotency_keys (created_at);
create index webhooks_received on webhooks (received_at);

-- A build asks here whether it may work on these tables: of a migration that it does not know, too.
create table applied_migrations (
  name text collate "C" primary key,
  workers text not null check (workers in ('may run', 'must stop')) -- those of the build before it
);
comment on table applied_migrations is 'append-only: what each migration that was applied says of workers that run meanwhile';
create trigger applied_migrations_append_only before update or delete on applied_migrations for each row execute function refuse_change();
create trigger applied_migrations_no_truncate before truncate on applied_migrations for each statement execute function refuse_change();
