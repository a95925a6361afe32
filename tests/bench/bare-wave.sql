-- Writes the final rows of a wave run by bare SQL: what stands in schema `staged` goes into the tables of the same names, with their indexes,
-- constraints and triggers, in batches as large as the engine's cohorts, a commit each. The rows are those that a run has left
-- (tests/support/bare-sql.ts copies them, and numbers the batches).
do $$
declare
  statements text[] := '{}';
  statement text;
  name text;
  columns text;
  batch int := 0;
  written bigint;
  added bigint;
begin
  foreach name in array array['lanes', 'participants', 'counters', 'decision_contexts', 'trace', 'contacts', 'outbox', 'message_attempts',
                              'events', 'responses', 'closed_waits'] loop
    select string_agg(quote_ident(column_name), ', ' order by ordinal_position) into columns
    from information_schema.columns where table_schema = 'public' and table_name = name and is_generated = 'NEVER';
    statements := statements || format(
      'insert into public.%1$I (%2$s) overriding system value select %2$s from staged.%1$I where batch = $1', name, columns);
  end loop;
  loop
    written := 0;
    foreach statement in array statements loop
      execute statement using batch;
      get diagnostics added = row_count;
      written := written + added;
    end loop;
    commit;
    exit when written = 0;
    batch := batch + 1;
  end loop;
end $$;
