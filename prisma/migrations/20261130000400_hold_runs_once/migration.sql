-- Why: whether a run may expire asked for the longest window of all contact policies once per message: 19 s for a run of a million, when a
-- sweep may take 30. It is asked for once per run: 1.3 s.
-- Workers: may go on; they ask the same function.
create or replace function run_held(run text, through timestamptz, now timestamptz) returns text language sql stable as $$
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
        or o.not_after > now or o.handover_at > now - (select longest_contact_window()))) then 'messages'
    end
  from runs r where r.id = run
$$;
