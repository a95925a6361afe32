-- Why: a segment may be asked of a lake of the installation; a run tells how many ids that gave, so that those who are no customers here are
-- counted.
-- Workers: may go on.
alter table segments add column source text; -- null: asked in Postgres
alter table runs add column source_count bigint; -- ids that the lake selected at the freeze; null: not asked of one
alter table runs add constraint runs_source_count check (source_count >= audience_count);
