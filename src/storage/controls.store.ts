/**
 * Control is a row: who switched what to which state, under a growing epoch. Deciding and claiming transactions share the scope's
 * advisory lock; draining takes it once, so that afterwards no transaction runs that has not seen the row.
 */
import { drainControl, type ControlState } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Control {
  scope: string;
  state: ControlState;
  epoch: number;
  reason: string;
  actor: string;
  at: Date;
}

const COLUMNS = 'scope, state, epoch, reason, actor, at';

export class ControlsStore {
  constructor(private readonly pool: Pool) {}

  async find(scope: string, client: Client | Pool = this.pool): Promise<Control | null> {
    const { rows } = await client.query<Control>(`select ${COLUMNS} from controls where scope = $1`, [scope]);
    return rows[0] ?? null;
  }

  async list(): Promise<Control[]> {
    const { rows } = await this.pool.query<Control>(`select ${COLUMNS} from controls order by scope`);
    return rows;
  }

  /** Switch a scope, unless it has been stopped (which is final): then null. The same state again keeps its epoch. */
  async switch(scope: string, state: ControlState, reason: string, { by, now }: Authored): Promise<Control | null> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `control/${scope}`);
      const before = await this.find(scope, client);
      if (before?.state === 'stopped' && state !== 'stopped') return null;
      if (before?.state === state) return before;
      const { rows } = await client.query<Control>(
        `insert into controls (scope, state, epoch, reason, actor, at) values ($1, $2, 1, $3, $4, $5)
         on conflict (scope) do update set state = excluded.state, epoch = controls.epoch + 1, reason = excluded.reason,
           actor = excluded.actor, at = excluded.at
         returning ${COLUMNS}`,
        [scope, state, reason, by, new Date(now)],
      );
      await appendAudit(client, {
        at: now,
        actor: by,
        action: `control.${state}`,
        subject: scope,
        reason,
        before: before?.state ?? 'running',
        after: state,
      });
      return rows[0] as Control;
    });
  }

  /** Returns once every transaction that read the scope before has ended. */
  async drain(scope: string): Promise<void> {
    await inTransaction(this.pool, async (client) => await drainControl(client, scope));
  }

  /** What nobody knows yet, of one run or (null) of all: it does not block a switch, but is said with it. */
  async ambiguous(runId: string | null): Promise<{ messages: number; payouts: number }> {
    const { rows } = await this.pool.query<{ messages: number; payouts: number }>(
      `select (select count(*) from outbox where state = 'ambiguous' and ($1::text is null or run_id = $1)) as messages,
         (select count(*) from payouts where state = 'ambiguous' and ($1::text is null or run_id = $1)) as payouts`,
      [runId],
    );
    return rows[0] ?? { messages: 0, payouts: 0 };
  }
}
