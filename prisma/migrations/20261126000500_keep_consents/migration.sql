-- Why: consents as an append-only history per channel and purpose, with what has to be told to the customer and by when; erasing a customer.
-- Workers: may go on. The history is written by a trigger on gate_versions, so that no way into a consent passes it by.

create table consent_changes (
  no bigint generated always as identity primary key,
  customer_id text collate "C" not null,
  channel text not null,
  purpose text not null,
  granted boolean not null,
  night boolean not null,
  source text not null,      -- import:<actor> | person:<actor> | receipt:<gateway> | erase:<actor>
  gate_version int not null, -- the version of the gate that it came with
  occurred_at timestamptz not null,
  recorded_at timestamptz not null
);
create index consent_changes_customer on consent_changes (customer_id, no);
comment on table consent_changes is 'append-only: every change of every consent, who said so and when';

-- What stands now, with what is due; customers.consents is the same value, where the gate reads it.
create table consents (
  customer_id text collate "C" not null,
  channel text not null,
  purpose text not null,
  granted boolean not null,
  night boolean not null,
  since timestamptz not null,
  change_no bigint not null,
  result_due_at timestamptz,  -- the result of a change is to be told by then; null: told
  renewal_due_at timestamptz, -- an advertising consent is to be notified again by then; null: there is none
  primary key (customer_id, channel, purpose)
);
create index consents_result_due on consents (result_due_at, customer_id, channel, purpose) where result_due_at is not null;
create index consents_renewal_due on consents (renewal_due_at, customer_id, channel, purpose) where renewal_due_at is not null;

create table consent_notices (
  no bigint generated always as identity primary key,
  customer_id text collate "C" not null,
  channel text not null,
  purpose text not null,
  kind text not null check (kind in ('result', 'renewal')),
  change_no bigint not null, -- the newest change that was told
  told_at timestamptz not null,
  actor text not null,
  recorded_at timestamptz not null
);
create index consent_notices_customer on consent_notices (customer_id, no);
comment on table consent_notices is 'append-only: what customers were told about their consents, and when';

-- Consents of `after` that are not as in `before`; one that is gone is withdrawn.
create function consent_diff(before jsonb, after jsonb)
  returns table (channel text, purpose text, granted boolean, night boolean) language sql immutable as $$
  select split_part(key, ':', 1), split_part(key, ':', 2), x.granted, x.night
  from (select jsonb_object_keys(before) as key union select jsonb_object_keys(after)) k
  cross join lateral (select coalesce((after -> key ->> 'granted')::boolean, false) as granted,
                             coalesce((after -> key ->> 'night')::boolean, false) as night) x
  where not before ? key
     or x.granted is distinct from coalesce((before -> key ->> 'granted')::boolean, false)
     or x.night is distinct from coalesce((before -> key ->> 'night')::boolean, false)
$$;

-- Two years and 14 days: Network Act of Korea, article 50 and its decree (to be confirmed by counsel); only advertising is meant by them.
create function keep_consents() returns trigger language plpgsql as $$
begin
  with changed as (
    insert into consent_changes (customer_id, channel, purpose, granted, night, source, gate_version, occurred_at, recorded_at)
    select a.customer_id, d.channel, d.purpose, d.granted, d.night, a.source, a.gate_version, a.occurred_at, a.recorded_at
    from added a
    left join gate_versions p on p.customer_id = a.customer_id and p.gate_version = a.gate_version - 1
    cross join lateral consent_diff(coalesce(p.consents, '{}'), a.consents) d
    order by a.customer_id, a.gate_version, d.channel, d.purpose
    returning *)
  insert into consents as c (customer_id, channel, purpose, granted, night, since, change_no, result_due_at, renewal_due_at)
  select distinct on (customer_id, channel, purpose) customer_id, channel, purpose, granted, night, occurred_at, no,
    case when purpose = 'advertising' then occurred_at + interval '14 days' end,
    case when purpose = 'advertising' and granted then occurred_at + interval '2 years' end
  from changed order by customer_id, channel, purpose, no desc
  on conflict (customer_id, channel, purpose) do update
    set granted = excluded.granted, night = excluded.night, since = excluded.since, change_no = excluded.change_no,
        result_due_at = least(c.result_due_at, excluded.result_due_at), renewal_due_at = excluded.renewal_due_at;
  return null;
end $$;
create trigger gate_versions_consents after insert on gate_versions
  referencing new table as added for each statement execute function keep_consents();

insert into consent_changes (customer_id, channel, purpose, granted, night, source, gate_version, occurred_at, recorded_at)
select g.customer_id, d.channel, d.purpose, d.granted, d.night, g.source, g.gate_version, g.occurred_at, g.recorded_at
from gate_versions g
left join gate_versions p on p.customer_id = g.customer_id and p.gate_version = g.gate_version - 1
cross join lateral consent_diff(coalesce(p.consents, '{}'), g.consents) d
order by g.recorded_at, g.customer_id, g.gate_version, d.channel, d.purpose;
insert into consents
select distinct on (customer_id, channel, purpose) customer_id, channel, purpose, granted, night, occurred_at, no,
  case when purpose = 'advertising' then occurred_at + interval '14 days' end,
  case when purpose = 'advertising' and granted then occurred_at + interval '2 years' end
from consent_changes order by customer_id, channel, purpose, no desc;

-- Erasing: the text of a message goes, its sum stays, so that the gateway's book can still be compared.
alter table outbox add column body_sha256 bytea; -- of a body that was erased
alter table customers add column erased_at timestamptz;

do $$
declare t text;
begin
  foreach t in array array['consent_changes', 'consent_notices'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_change()', t || '_append_only', t);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()', t || '_no_truncate', t);
  end loop;
end $$;
