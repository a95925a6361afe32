/**
 * The installation's one row. A business epoch (law 9) is set before the first run, or never.
 */
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { inTransaction, type Pool } from './pool.js';

export class BusinessEpochStore {
  constructor(private readonly pool: Pool) {}

  /** False when a run exists already. `temporalBase`: Temporal's now, from which the epoch counts; all epoch ms. */
  async setBusinessEpoch(epoch: number, temporalBase: number, { by, now }: Authored): Promise<boolean> {
    return await inTransaction(this.pool, async (client) => {
      // a launch shares this row, so no run can appear in between
      const before = await client.query<{ epoch: Date | null }>(
        'select business_epoch as epoch from installation for update',
      );
      const runs = await client.query('select 1 from runs limit 1');
      if (runs.rowCount !== 0) return false;
      await client.query('update installation set business_epoch = $1, temporal_base = $2', [
        new Date(epoch),
        new Date(temporalBase),
      ]);
      const after = { epoch: new Date(epoch), temporalBase: new Date(temporalBase) };
      await appendAudit(client, {
        at: now,
        actor: by,
        action: 'installation.business-epoch',
        subject: 'installation',
        before: before.rows[0],
        after,
      });
      return true;
    });
  }
}
