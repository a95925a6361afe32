/**
 * People of one run as a set: `with ${peopleOfRun('$1', '$2')} … from people w cross join lateral (… customer_id = w.customer and run_id = w.run)`. Compared
 * with the run itself, a table that was analysed before the run began seems to have no row of it, and all that the run has there is looked through for them.
 */
export const peopleOfRun = (run: string, customers: string): string =>
  `people as materialized (select ${run}::text as run, unnest(${customers}::text[]) as customer)`;
