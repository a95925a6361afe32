/**
 * Counter rows of law 4, changed inside the deciding transaction and touched last, in key order.
 */
import type { Client } from './pool.js';

export interface RunCounterChange {
  runId: string;
  node: string;
  visit: number;
  measure: string;
  reason: string;
  lane: number;
  n: number;
}

/** Lanes count from 0 upwards; a delivery shard writes its own rows, so that it never waits for a lane. */
export const deliveryLane = (shard: number): number => -1 - shard;

/** Ingestion's own. */
export const INGESTION_LANE = -100;

export async function addCounters(client: Client, changes: readonly RunCounterChange[]): Promise<void> {
  const sums = summed(changes);
  if (sums.length === 0) return;
  await client.query(
    `insert into counters (run_id, node, visit, measure, reason, lane, n)
     select "runId", node, visit, measure, reason, lane, n
     from json_to_recordset($1::json)
       as c("runId" text, node text, visit smallint, measure text, reason text, lane smallint, n bigint)
     order by 1, 2, 3, 4, 5, 6
     on conflict (run_id, node, visit, measure, reason, lane) do update set n = counters.n + excluded.n`,
    [JSON.stringify(sums)],
  );
}

/** One change for each row that changes. */
function summed(changes: readonly RunCounterChange[]): RunCounterChange[] {
  const sums = new Map<string, RunCounterChange>();
  for (const change of changes) {
    const { runId, node, visit, measure, reason, lane, n } = change;
    const key = `${runId}\n${node}\n${visit}\n${measure}\n${reason}\n${lane}`;
    const sum = sums.get(key);
    if (sum) sum.n += n;
    else sums.set(key, { ...change });
  }
  return [...sums.values()].filter(({ n }) => n !== 0);
}

/** Law 4: a message leaves one measure and enters another in the same transaction. */
export function moved(
  row: { run_id: string; node: string; visit: number },
  shard: number,
  from: string,
  to: string,
  reason: string,
): RunCounterChange[] {
  const at = { runId: row.run_id, node: row.node, visit: row.visit, lane: deliveryLane(shard) };
  return [
    { ...at, measure: from, reason: '', n: -1 },
    { ...at, measure: to, reason, n: 1 },
  ];
}
