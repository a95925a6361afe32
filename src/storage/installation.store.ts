/**
 * The installation's one row: its id, which every run id is derived from, and its business epoch (law 9).
 */
import type { Client, Pool } from './pool.js';

export interface InstallationClock {
  id: string;
  /** Business now = Temporal's now + this. */
  offsetMs: number;
  epochMs: number | null;
  /** There is a run: no epoch can be set any more. */
  isFixed: boolean;
}

export async function installationClock(on: Pool | Client): Promise<InstallationClock> {
  const { rows } = await on.query<{
    id: string;
    business_epoch: Date | null;
    temporal_base: Date | null;
    fixed: boolean;
  }>('select id, business_epoch, temporal_base, exists (select from runs) as fixed from installation');
  const [row] = rows;
  if (!row) throw new Error('invariant: an installation without its row');
  const { business_epoch: epoch, temporal_base: base } = row;
  return {
    id: row.id,
    epochMs: epoch?.getTime() ?? null,
    offsetMs: epoch && base ? epoch.getTime() - base.getTime() : 0,
    isFixed: row.fixed,
  };
}
