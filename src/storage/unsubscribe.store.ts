/**
 * One-click unsubscription: whoever holds the link of a message withdraws the customer's consent to its channel and purpose, at once. Again, it
 * changes nothing.
 */
import { changeGates } from './customers.store.js';
import { inTransaction, type Pool } from './pool.js';

export interface Unsubscribed {
  channel: string;
  purpose: string;
}

export class UnsubscribeStore {
  constructor(private readonly pool: Pool) {}

  /** What the link of this message is about; null where there is no such message. */
  async about(messageId: string): Promise<Unsubscribed | null> {
    const { rows } = await this.pool.query<Unsubscribed>('select channel, purpose from outbox where id = $1', [
      messageId,
    ]);
    return rows[0] ?? null;
  }

  /** The receipt is kept once per message; the consent is withdrawn whenever it stands. */
  async withdraw(messageId: string, now: number): Promise<Unsubscribed | null> {
    return await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<Unsubscribed & { id: string; gateway: string; erased: boolean }>(
        `select o.customer_id as id, o.channel, o.purpose, o.gateway, c.erased_at is not null as erased
         from outbox o join customers c on c.id = o.customer_id where o.id = $1`,
        [messageId],
      );
      const [found] = rows;
      if (!found) return null;
      const { id, channel, purpose, gateway, erased } = found;
      if (erased) return { channel, purpose }; // nothing goes out to them, and nothing is kept of them
      await changeGates(client, [
        {
          id,
          consents: { [`${channel}:${purpose}`]: { granted: false, night: false } },
          source: `unsubscribe:${gateway}`,
          occurredAt: now,
          now,
        },
      ]);
      await client.query(
        `insert into receipts (message_id, gateway, event, at, received_at)
         select $1, $2, 'opted_out', $3, $3
         where not exists (select 1 from receipts where message_id = $1 and event = 'opted_out') on conflict do nothing`,
        [messageId, gateway, new Date(now)],
      );
      return { channel, purpose };
    });
  }
}
