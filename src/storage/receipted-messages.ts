/**
 * What a receipt proves of a message in doubt: that its gateway had accepted it (law 10). Whichever comes first, the receipt or the doubt, the message's
 * row is locked by whoever writes either, so the second of them sees the first.
 */
import { moved, type RunCounterChange } from './counters.js';
import type { Client } from './pool.js';

/** An opt-out may have been by another message; all else is told of what was accepted. */
const PROVES = `r.event <> 'opted_out'`;

/** Those of these messages, locked by the caller, that are ambiguous and have a receipt are accepted; returns what is to be counted. */
export async function acceptReceipted(client: Client, ids: readonly string[]): Promise<RunCounterChange[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<{ id: string; run_id: string; node: string; visit: number; shard: number }>(
    `update outbox o set state = 'accepted', reason = null, lookup_at = null, decided_by_receipt = true
     where o.id = any($1::text[]) and o.state = 'ambiguous'
       and exists (select from receipts r where r.message_id = o.id and r.gateway = o.gateway and ${PROVES})
     returning o.id, o.run_id, o.node, o.visit, o.shard`,
    [ids],
  );
  if (rows.length === 0) return [];
  await client.query(`update contacts set state = 'counted' where message_id = any($1::text[])`, [
    rows.map(({ id }) => id),
  ]);
  return rows.flatMap((row) => moved(row, row.shard, 'ambiguous', 'accepted', ''));
}

/** Messages of a gateway that may be in doubt, locked in the order of their ids. */
export async function lockDoubtful(client: Client, gateway: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query(
    `select from outbox where id = any($1::text[]) and gateway = $2 and state in ('submitting', 'ambiguous')
     order by id for update`,
    [ids, gateway],
  );
}
