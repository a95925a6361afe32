/**
 * A run of a launched campaign without API and Temporal: the rows of a launch put there by hand, the audience frozen by the real store.
 */
import type pg from 'pg';
import { spanMs } from '../../src/domain/base/time.js';
import type { LaunchedCampaign } from '../../src/domain/journey/definition.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import type { Pool } from '../../src/storage/pool.js';

/** The run has its campaign's key as its id; `now` is business time. */
export async function openRun(owner: pg.Pool, app: Pool, launched: LaunchedCampaign, now: number): Promise<void> {
  const { key, journey } = launched.campaign;
  const at = new Date(now);
  await owner.query(
    `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ($1, $1, 'launched', '{}', 'm', $2)`,
    [key, at],
  );
  await owner.query(
    `insert into campaign_versions (campaign, version, definition, content_hash, created_by, approved_by, launched_by, launched_at)
     values ($1, 1, $2, '', 'm', 'a', 'm', $3)`,
    [key, JSON.stringify(launched), at],
  );
  await owner.query(
    `insert into runs (id, campaign, version, trigger_key, state, started_at, opened_by) values ($1, $1, 1, 'now', 'opening', $2, 'm')`,
    [key, at],
  );
  for (const [id, node] of Object.entries(journey.nodes)) {
    if (node.type !== 'wait' || !node.response) continue;
    await owner.query('insert into listeners (event_name, run_id, node, span_ms) values ($1, $2, $3, $4)', [
      node.response.event,
      key,
      id,
      spanMs(node.span),
    ]);
  }
  await new AudienceStore(app, 'test').freeze(key, now);
}
