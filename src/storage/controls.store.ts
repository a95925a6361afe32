/**
 * Control is a row: who switched what to which state, under a growing epoch. A switch is one transaction; what it has to move beyond that
 * is written down as work (control-work.store.ts), so that whoever dies leaves it to the sweep.
 */
import type { ControlState } from './advisory.js';
import { appendAudit } from './audit-log.store.js';
import { addResumeWork, addStopWork, freezeRuns, RESUMING } from './control-changes.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { SCOPES_OF_PAYOUT } from './payout-scopes.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Control {
  scope: string;
  state: ControlState;
  epoch: number;
  reason: string;
  actor: string;
  at: Date;
}
/** What a resume does with what fell due during the pause. */
export type Overdue = 'send_now' | 'shift' | 'skip';
export interface SwitchTo {
  scope: string;
  state: ControlState;
  overdue: Overdue;
  reason: string;
}
/** `resuming`: a resume is under way, which has to end before the scope can be paused again. */
export type Switched = { kind: 'switched'; control: Control } | { kind: 'stopped' | 'resuming' };

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

  /**
   * Switch a scope. Stopped is final; the same state again keeps its epoch. A resume leaves the row paused until its work is done: only then
   * does it say running.
   */
  async switch(to: SwitchTo, by: Authored): Promise<Switched> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, 'control'); // one switch at a time: scopes overlap
      const before = await this.find(to.scope, client);
      if (before?.state === 'stopped' && to.state !== 'stopped') return { kind: 'stopped' };
      const { rowCount } = await client.query(`select from controls c where c.scope = $1 and ${RESUMING}`, [to.scope]);
      const resuming = rowCount !== 0;
      if (resuming && to.state === 'paused') return { kind: 'resuming' };
      const kept = before?.state === to.state || (resuming && to.state === 'running');
      if (before && kept) return { kind: 'switched', control: before };

      await appendAudit(client, {
        at: by.now,
        actor: by.by,
        action: `control.${to.state}`,
        subject: to.scope,
        reason: to.reason,
        before: before?.state ?? 'running',
        after: to.state === 'running' && before ? { state: to.state, overdue: to.overdue } : to.state,
      });
      if (before?.state === 'paused' && to.state === 'running') {
        await addResumeWork(client, before, to, by);
        return { kind: 'switched', control: before };
      }
      const control = await this.put(client, to, by);
      if (to.state === 'paused') await freezeRuns(client, to.scope, by.now);
      return { kind: 'switched', control };
    });
  }

  private async put(client: Client, to: SwitchTo, { by, now }: Authored): Promise<Control> {
    const { rows } = await client.query<Control>(
      `insert into controls (scope, state, epoch, reason, actor, at) values ($1, $2, 1, $3, $4, $5)
       on conflict (scope) do update set state = excluded.state, epoch = controls.epoch + 1, reason = excluded.reason,
         actor = excluded.actor, at = excluded.at
       returning ${COLUMNS}`,
      [to.scope, to.state, to.reason, by, new Date(now)],
    );
    const control = rows[0] as Control;
    if (to.state === 'stopped') await addStopWork(client, control);
    else {
      await client.query(
        `insert into control_changes (scope, epoch, state, reason, actor, at, finished_at)
         values ($1, $2, $3, $4, $5, $6, clock_timestamp())`,
        [control.scope, control.epoch, control.state, control.reason, control.actor, control.at],
      );
    }
    return control;
  }

  /** What nobody knows yet within a scope: it does not block a switch, but is said with it. */
  async ambiguous(scope: string): Promise<{ messages: number; payouts: number }> {
    const { rows } = await this.pool.query<{ messages: number; payouts: number }>(
      `select
         (select count(*) from outbox o join runs r on r.id = o.run_id where o.state = 'ambiguous'
           and $1 in ('all', 'run/' || r.id, 'campaign/' || r.campaign, 'channel/' || o.channel, 'gateway/' || o.gateway)) as messages,
         (select count(*) from payouts p where p.state = 'ambiguous'
           and ($1 in ('all', 'run/' || p.run_id, 'campaign/' || p.campaign) or $1 = any(${SCOPES_OF_PAYOUT}))) as payouts`,
      [scope],
    );
    return rows[0] ?? { messages: 0, payouts: 0 };
  }
}
