/**
 * Signed deliveries from providers and gateways: the id commits together with its effect, so that a repeat changes nothing. The
 * tolerance is judged by Postgres' clock, whatever this machine's says.
 */
import { inTransaction, type Client, type Pool } from './pool.js';

export interface WebhookDelivery {
  /** provider/<name> or gateway/<name>. */
  system: string;
  webhookId: string;
  /** `webhook-timestamp`, epoch seconds. */
  timestamp: number;
}
export type WebhookOutcome = 'done' | 'repeated' | 'outside_tolerance';

const TOLERANCE_SECONDS = 300;

export class WebhooksStore {
  constructor(private readonly pool: Pool) {}

  /** Run `effect` once for a delivery, in the transaction that remembers its id. */
  async accept(delivery: WebhookDelivery, effect: (client: Client) => Promise<void>): Promise<WebhookOutcome> {
    return await inTransaction(this.pool, async (client): Promise<WebhookOutcome> => {
      const clock = await client.query<{ fits: boolean }>(
        'select abs(extract(epoch from clock_timestamp()) - $1::float8) <= $2 as fits',
        [delivery.timestamp, TOLERANCE_SECONDS],
      );
      if (!clock.rows[0]?.fits) return 'outside_tolerance';
      const { rowCount } = await client.query(
        'insert into webhooks (system, webhook_id) values ($1, $2) on conflict do nothing',
        [delivery.system, delivery.webhookId],
      );
      if (rowCount === 0) return 'repeated';
      await effect(client);
      return 'done';
    });
  }
}
