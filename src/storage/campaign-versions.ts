/**
 * Reading what was launched: the versions of a campaign, which are for ever.
 */
import type { Campaign } from '../domain/journey/definition.js';
import type { Pool } from './pool.js';

export interface VersionSummary {
  version: number;
  contentHash: string;
  createdBy: string;
  approvedBy: string;
  launchedBy: string;
  launchedAt: Date;
}
export interface VersionRecord extends VersionSummary {
  draft: Campaign;
}

const SUMMARY = `version, content_hash as "contentHash", created_by as "createdBy", approved_by as "approvedBy",
  launched_by as "launchedBy", launched_at as "launchedAt"`;

/** The newest first, those before `before` only; one more than `limit`. */
export async function versionsOf(
  pool: Pool,
  campaign: string,
  before: number | null,
  limit: number,
): Promise<VersionSummary[]> {
  const { rows } = await pool.query<VersionSummary>(
    `select ${SUMMARY} from campaign_versions where campaign = $1 and ($2::int is null or version < $2)
     order by version desc limit $3`,
    [campaign, before, limit + 1],
  );
  return rows;
}

export async function findVersion(pool: Pool, campaign: string, version: number): Promise<VersionRecord | null> {
  const { rows } = await pool.query<VersionRecord>(
    `select ${SUMMARY}, definition -> 'campaign' as draft from campaign_versions where campaign = $1 and version = $2`,
    [campaign, version],
  );
  return rows[0] ?? null;
}
