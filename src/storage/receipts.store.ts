/**
 * Receipts of a gateway. One that tells what became of a message settles it where it was in doubt. An opt-out withdraws the consent of its
 * channel, for every purpose, in the transaction that records it; a receipt known already changes nothing, so a repeat cannot undo a consent given since.
 */
import { addCounters } from './counters.js';
import { changeGates } from './customers.store.js';
import type { Client } from './pool.js';
import { acceptReceipted, lockDoubtful } from './receipted-messages.js';

export interface Receipt {
  id: string;
  event: 'delivered' | 'opened' | 'clicked' | 'bounced' | 'opted_out';
  /** Epoch ms, the gateway's word. */
  at: number;
}

const REFUSED = { granted: false, night: false };

export async function recordReceipts(
  client: Client,
  gateway: string,
  receipts: readonly Receipt[],
  now: number,
): Promise<void> {
  const { rows } = await client.query<{ messageId: string; event: Receipt['event']; at: Date }>(
    `insert into receipts (message_id, gateway, event, at, received_at)
     select r.id, $2, r.event, r.at, $3 from json_to_recordset($1::json) as r(id text, event text, at timestamptz)
     order by r.id, r.event, r.at
     on conflict do nothing
     returning message_id as "messageId", event, at`,
    [JSON.stringify(receipts.map((r) => ({ ...r, at: new Date(r.at) }))), gateway, new Date(now)],
  );
  const proven = rows.filter((row) => row.event !== 'opted_out').map(({ messageId }) => messageId);
  await lockDoubtful(client, gateway, proven);
  const settled = await acceptReceipted(client, proven);
  const optOuts = rows.filter((row) => row.event === 'opted_out');
  if (optOuts.length > 0) await withdrawConsents(client, gateway, optOuts, now);
  await addCounters(client, settled);
}

async function withdrawConsents(
  client: Client,
  gateway: string,
  optOuts: readonly { messageId: string; at: Date }[],
  now: number,
): Promise<void> {
  const { rows: withdrawn } = await client.query<{ id: string; channels: string[]; at: Date }>(
    `select o.customer_id as id, array_agg(distinct o.channel) as channels, min(r.at) as at
     from unnest($1::text[], $2::timestamptz[]) as r(message_id, at)
     join outbox o on o.id = r.message_id and o.gateway = $3
     group by o.customer_id`,
    [optOuts.map((row) => row.messageId), optOuts.map((row) => row.at), gateway],
  );
  const changes = withdrawn.map(({ id, channels, at }) => ({
    id,
    consents: Object.fromEntries(
      channels.flatMap((c) => [
        [`${c}:advertising`, REFUSED],
        [`${c}:information`, REFUSED],
      ]),
    ),
    source: `receipt:${gateway}`,
    occurredAt: at.getTime(),
    now,
  }));
  if (changes.length > 0) await changeGates(client, changes);
}
