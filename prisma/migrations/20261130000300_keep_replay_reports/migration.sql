-- Why: before a build is put in force, whoever does it sees what a replay of all that was open has found, on whatever machine it was replayed.
-- Workers: may go on; they know nothing of it.

create table replay_reports (
  no bigint generated always as identity primary key,
  build text collate "C" not null check (build <> ''),
  fine int not null check (fine >= 0),     -- workflows that would go on
  broken int not null check (broken >= 0), -- workflows that would break
  types jsonb not null,   -- [{type, fine, broken}]
  breaks jsonb not null,  -- [{workflow, type, reason}]: the first of them; ids and what the code does differently, nothing of what workflows carry
  staying jsonb not null, -- [{build, open}]: what stays on a build of its own, and was not replayed
  actor text not null,
  at timestamptz not null -- business time
);
create index replay_reports_newest on replay_reports (build, no desc);
comment on table replay_reports is 'append-only: what a replay of all open workflows on a build has found, as whoever ran it reported it';
create trigger replay_reports_append_only before update or delete on replay_reports for each row execute function refuse_change();
create trigger replay_reports_no_truncate before truncate on replay_reports for each statement execute function refuse_change();
