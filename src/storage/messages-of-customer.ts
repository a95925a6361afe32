/**
 * The ids of a customer's messages over all runs, derived from the trace of what was decided about them: no index on the customer slows
 * the outbox down. `customer` and `run` are SQL; of all runs where there is none.
 */
export const messageIdsOf = (
  customer: string,
  run?: string,
): string => `(select distinct 'm/' || t.run_id || '/' || replace(split_part(s.step, ':', 1), '#', '/') || '/' || t.customer_id as id
  from trace t cross join lateral unnest(string_to_array(t.steps, '|')) as s(step)
  where t.customer_id = ${customer} ${run ? `and t.run_id = ${run}` : ''} and s.step like '%message=queued%')`;
