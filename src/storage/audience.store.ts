/**
 * Freezing an audience and closing a run. The whole audience is one transaction over one snapshot: either all of it or nothing. The run's row is
 * taken at its end only: whoever switches the run, or asks for entrants meanwhile, waits for no freeze.
 */
import { laneCount, laneRanges } from '../domain/base/hash.js';
import { spanMs } from '../domain/base/time.js';
import { LATE_DEFAULT, type LaunchedCampaign } from '../domain/journey/definition.js';
import { LATE_LISTED_MS } from '../domain/response/late.js';
import { lockFreeze } from './advisory.js';
import { insertContext } from './cohort-writes.js';
import { NOT_STOPPED } from './control-changes.js';
import { inTransaction, withPatience, type Client, type Pool } from './pool.js';
import { SegmentSources, type Filled } from './segment-sources.js';

/** Half of the activity's time. */
const STATEMENT_MS = 900_000;

interface SelectionTerms {
  now: number;
  timeoutMs: number;
  progress: (listed: number) => void;
}
interface RunToFreeze {
  state: string;
  audience_count: number | null;
  stopped: boolean;
  definition: LaunchedCampaign;
}
interface Frozen {
  audience: number;
  openLanes: { lane: number; step: number }[];
}

export class AudienceStore {
  constructor(
    private readonly pool: Pool,
    private readonly build: string,
    private readonly sources = new SegmentSources(pool, []),
  ) {}

  /**
   * `progress` is told how many ids the segment's source has given so far. Of a run that has been stopped before, the audience is nobody, and nothing
   * is asked: it can be ended, whatever its segment cannot be read for. Errors: LakeError, with nothing changed.
   */
  async freeze(runId: string, now: number, progress: (listed: number) => void = () => undefined): Promise<Frozen> {
    return await inTransaction(this.pool, async (client) => {
      await lockFreeze(client, runId);
      const run = await runToFreeze(client, runId);
      if (run.state !== 'opening')
        return { audience: run.audience_count ?? 0, openLanes: await openLanes(client, runId) };

      const selected = await withPatience({ pool: this.pool, client, statementMs: STATEMENT_MS }, async () => {
        const terms = { now, timeoutMs: STATEMENT_MS, progress };
        const filled = run.stopped ? await selectNobody(client) : await this.select(client, run.definition, terms);
        await placeParticipants(client, runId, run.definition.campaign.journey.start, filled.matched, now);
        return filled;
      });
      await this.stamp(client, runId, run, selected, now);
      return { audience: selected.matched, openLanes: await openLanes(client, runId) };
    });
  }

  private async select(client: Client, launched: LaunchedCampaign, terms: SelectionTerms): Promise<Filled> {
    const filled = await selectAudience(client, this.sources, launched, terms);
    await labelAudience(client, this.sources, launched, terms);
    return filled;
  }

  private async stamp(
    client: Client,
    runId: string,
    { definition: launched, stopped }: RunToFreeze,
    { listed, matched }: Filled,
    now: number,
  ): Promise<void> {
    const { rows } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
    await insertContext(client, {
      kind: 'freeze',
      runId,
      queue: 'audience',
      step: 0,
      now,
      build: this.build,
      versions: {
        ...selectedBy(launched),
        ...(launched.segment.source ? { source: launched.segment.source, listed } : {}),
        ...(stopped ? { stopped } : {}),
      },
      snapshot: rows[0]?.snapshot as string,
    });
    const { rowCount } = await client.query(
      `update runs set state = 'running', as_of = $2, audience_count = $3, lanes = $4, source_count = $5
       where id = $1 and state = 'opening'`,
      [runId, new Date(now), matched, laneCount(matched), launched.segment.source ? listed : null],
    );
    if (rowCount !== 1) throw new Error('invariant: a run that was opened while its audience was frozen');
  }

  /**
   * True when the run is closed: all its lanes are done and nobody is active any more; and, where it takes entrants, it has been stopped.
   */
  async closeIfDone(runId: string, now: number): Promise<boolean> {
    return await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ state: string; waits: boolean; late: string | null }>(
        `select r.state, r.takes_entrants and ${NOT_STOPPED} as waits, v.definition #>> '{campaign,late}' as late
         from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
         where r.id = $1 for update of r`,
        [runId],
      );
      if (rows[0]?.state === 'closed') return true;
      const open = await client.query(
        `select 1 from lanes where run_id = $1 and not done
         union all (select 1 from participants where run_id = $1 and state = 'active' limit 1) limit 1`,
        [runId],
      );
      if (rows[0]?.state !== 'running' || rows[0].waits || open.rowCount !== 0) return false;
      await client.query(`update runs set state = 'closed', closed_at = $2 where id = $1`, [runId, new Date(now)]);
      const lateUntil = now + spanMs(rows[0].late ?? LATE_DEFAULT) + LATE_LISTED_MS;
      await client.query('update listeners set late_until = $2 where run_id = $1', [runId, new Date(lateUntil)]);
      return true;
    });
  }
}

/** As it stands now; whoever switches it meanwhile is seen at the run's first turn. */
async function runToFreeze(client: Client, runId: string): Promise<RunToFreeze> {
  const { rows } = await client.query<RunToFreeze>(
    `select r.state, r.audience_count, not ${NOT_STOPPED} as stopped, v.definition
     from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version where r.id = $1`,
    [runId],
  );
  if (!rows[0]) throw new Error('invariant: a run workflow without its row');
  return rows[0];
}

/** What a freeze's context keeps of the segments that it is made by. */
export function selectedBy({ segment, labels = [] }: LaunchedCampaign): Record<string, unknown> {
  const versioned = ({ key, version }: { key: string; version: number }) => `${key}@${version}`;
  return {
    segment: versioned(segment),
    ...(segment.uses?.length ? { segments: segment.uses } : {}),
    ...(labels.length > 0 ? { labels: labels.map(versioned) } : {}),
  };
}

const AUDIENCE =
  'create temporary table audience (customer_id text collate "C", bucket smallint, label text) on commit drop';

async function selectNobody(client: Client): Promise<Filled> {
  await client.query(AUDIENCE);
  return { listed: 0, matched: 0 };
}

/** The segment's members as of one snapshot (of a lake: by one reading of its files), in a table of this transaction. */
export async function selectAudience(
  client: Client,
  sources: SegmentSources,
  { segment }: LaunchedCampaign,
  { now, timeoutMs, progress }: SelectionTerms,
): Promise<Filled> {
  await client.query(AUDIENCE);
  return await sources.of(segment.source).fill(client, { rule: segment.rule, now }, timeoutMs, progress);
}

/** Each label by a statement of its own, right after the audience: an attribute that changes in between may still tell. */
async function labelAudience(
  client: Client,
  sources: SegmentSources,
  { labels = [] }: LaunchedCampaign,
  { now, timeoutMs, progress }: SelectionTerms,
): Promise<void> {
  for (const { name, rule, source } of labels)
    await sources.of(source).label(client, { rule, now }, name, timeoutMs, progress);
}

async function placeParticipants(
  client: Client,
  runId: string,
  start: string,
  audience: number,
  now: number,
): Promise<void> {
  const lanes = laneRanges(laneCount(audience));
  const ranges = JSON.stringify(lanes.map(({ from, to }, lane) => ({ lane, from, to })));
  await client.query(
    `insert into lanes (run_id, lane, stripe_from, stripe_to)
     select $1, lane, "from", "to" from json_to_recordset($2::json) as x(lane smallint, "from" smallint, "to" smallint)`,
    [runId, ranges],
  );
  await client.query(
    `insert into participants (customer_id, run_id, lane, node, due_at, entered_at, label)
     select a.customer_id, $1, l.lane, $2, $3, $3, a.label
     from audience a join lanes l on l.run_id = $1 and (a.bucket >> 4) >= l.stripe_from and (a.bucket >> 4) < l.stripe_to
     order by a.customer_id`,
    [runId, start, new Date(now)],
  );
  await client.query(
    `insert into counters (run_id, node, visit, measure, reason, lane, n)
     select $1, $2, 1, m, '', p.lane, count(*) from participants p cross join unnest(array['entered', 'here']) as m
     where p.run_id = $1 group by m, p.lane`,
    [runId, start],
  );
}

async function openLanes(client: Client, runId: string): Promise<{ lane: number; step: number }[]> {
  const { rows } = await client.query<{ lane: number; step: number }>(
    'select lane, step from lanes where run_id = $1 and not done order by lane',
    [runId],
  );
  return rows;
}
