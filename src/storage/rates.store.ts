/**
 * What operators let gateways and providers get per second: rows that are only appended, of which the newest of each system is in force.
 */
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import type { Client, Pool } from './pool.js';

export interface SaidRate {
  system: string;
  /** Null: as configured. */
  perSecond: number | null;
  reason: string;
  actor: string;
  /** Business time. */
  at: Date;
}

export class RatesStore {
  constructor(private readonly pool: Pool) {}

  /** The newest of each system. Index: rates_newest. */
  async newest(client: Client | Pool = this.pool): Promise<Map<string, SaidRate>> {
    const { rows } = await client.query<SaidRate>(
      `select distinct on (system) system, per_second as "perSecond", reason, actor, at from rates order by system, no desc`,
    );
    return new Map(rows.map((row) => [row.system, row]));
  }

  /** Inside the caller's transaction. What is said already stands as it was said. */
  async say(
    client: Client,
    { system, perSecond, reason }: Pick<SaidRate, 'system' | 'perSecond' | 'reason'>,
    { by, now }: Authored,
  ): Promise<void> {
    await lockDefinition(client, 'rate');
    const before = (await this.newest(client)).get(system)?.perSecond ?? null;
    if (before === perSecond) return;
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'rate.set',
      subject: system,
      reason,
      before: { perSecond: before },
      after: { perSecond },
    });
    await client.query('insert into rates (system, per_second, reason, actor, at) values ($1, $2, $3, $4, $5)', [
      system,
      perSecond,
      reason,
      by,
      new Date(now),
    ]);
  }
}
