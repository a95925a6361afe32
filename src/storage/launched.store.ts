/**
 * What a run was launched with: immutable, so each process reads it once and keeps it ready to walk.
 */
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import { prepareJourney, type PreparedJourney } from '../domain/journey/prepare.js';
import type { Pool } from './pool.js';

export interface LaunchedRun {
  version: number;
  launched: LaunchedCampaign;
  journey: PreparedJourney;
}

const KEPT_MAX = 500;

export class LaunchedStore {
  private readonly kept = new Map<string, Promise<LaunchedRun>>();

  constructor(private readonly pool: Pool) {}

  of(runId: string): Promise<LaunchedRun> {
    const known = this.kept.get(runId);
    if (known) return known;
    const loading = this.load(runId);
    this.kept.set(runId, loading);
    loading.catch(() => this.kept.delete(runId));
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    return loading;
  }

  async journeyOf(runId: string): Promise<PreparedJourney> {
    return (await this.of(runId)).journey;
  }

  private async load(runId: string): Promise<LaunchedRun> {
    const { rows } = await this.pool.query<{ version: number; definition: LaunchedCampaign }>(
      `select r.version, v.definition from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
       where r.id = $1`,
      [runId],
    );
    const [row] = rows;
    if (!row) throw new Error('invariant: an activity for a run that does not exist');
    return { version: row.version, launched: row.definition, journey: prepareJourney(row.definition) };
  }
}
