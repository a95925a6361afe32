/**
 * Moving people who wait to a newer version of their campaign, in one transaction: they end in their run (`migrated`) and go on waiting in a run that the
 * move opens, whose audience they are; where, until when and since when they wait is carried. Locks: controls, run, participants, counters.
 */
import { laneCount, laneRanges } from '../domain/base/hash.js';
import type { LaunchedCampaign } from '../domain/journey/definition.js';
import type { CarriedWait, NodeMap } from '../domain/journey/migration.js';
import { readControls } from './advisory.js';
import type { CampaignsStore } from './campaigns.store.js';
import { insertContext } from './cohort-writes.js';
import { addCounters } from './counters.js';
import type { Authored } from './definition-lock.js';
import { withPatience, type Client, type Pool } from './pool.js';

/** Of one move: so long are their events held up at most. */
export const MIGRATED_MAX = 100_000;
const STATEMENT_MS = 300_000;
/** Counter rows of moves have their own lane, so that they never wait for a cohort. */
const MIGRATION_LANE = -300;

export interface MigratedRun {
  id: string;
  campaign: string;
  version: number;
  state: 'opening' | 'running' | 'closed';
  definition: LaunchedCampaign;
  /** Sends and rewards that whoever was moved into it may have passed before. */
  passed: string[];
}

/** How many stand at a node, and how many of them would be moved. */
export interface NodeCount {
  node: string;
  here: number;
  moves: number;
}

export interface Migration {
  run: MigratedRun;
  version: number;
  launched: LaunchedCampaign;
  nodes: NodeMap;
  waits: readonly CarriedWait[];
  /** As `passedBy` gives it. */
  passed: readonly string[];
  /** By node: no more than these are moved. */
  confirmed: Readonly<Record<string, number>>;
  reason: string;
}
export type MigrationOutcome =
  | { kind: 'moved'; run: string; moved: NodeCount[]; left: number }
  | { kind: 'paused' | 'stopped' | 'nobody' }
  /** More would be moved than was confirmed. */
  | { kind: 'more'; counts: NodeCount[] };

const RUN = `select r.id, r.campaign, r.version, r.state, v.definition, coalesce(m.passed, '{}') as passed
  from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
  left join run_migrations m on m.run_id = r.id where r.id = $1`;

/** Of a participant `p`, by waits as `$2` and now as `$3`: it waits, and its wait is not over and has not been answered. Whoever is in motion stays. */
const WAITS = `json_to_recordset($2::json) as w(node text, "to" text, wave smallint, "window" boolean)`;
const MOVES = `p.state = 'active' and not p.responded and p.visit = 1 and p.due_at > $3 and (p.window_end_at is not null) = w."window"`;

export class RunMigrationStore {
  constructor(private readonly pool: Pool) {}

  async find(runId: string, client: Client | Pool = this.pool): Promise<MigratedRun | null> {
    const { rows } = await client.query<MigratedRun>(RUN, [runId]);
    return rows[0] ?? null;
  }

  /** Every node where somebody stands, in one snapshot. */
  async count(runId: string, waits: readonly CarriedWait[], now: number): Promise<NodeCount[]> {
    const { rows } = await this.pool.query<NodeCount>(
      `select p.node, count(*) as here, count(*) filter (where w.node is not null and ${MOVES}) as moves
       from participants p left join ${WAITS} on w.node = p.node
       where p.run_id = $1 and p.state = 'active' group by 1 order by 1`,
      [runId, JSON.stringify(waits), new Date(now)],
    );
    return rows;
  }

  /** Moves at most MIGRATED_MAX people, by id; `left` says how many more would have been. The caller holds the campaign's definition lock. */
  async move(
    client: Client,
    campaigns: Pick<CampaignsStore, 'openRun'>,
    migration: Migration,
    { by, now, build }: Authored & { build: string },
  ): Promise<MigrationOutcome> {
    const { run } = migration;
    const controls = await readControls(client, ['all', `campaign/${run.campaign}`, `run/${run.id}`]);
    const states = [...controls.values()];
    if (states.includes('stopped')) return { kind: 'stopped' };
    const { rows } = await client.query<{ frozen: boolean }>(
      'select frozen_at is not null as frozen from runs where id = $1 for key share',
      [run.id],
    );
    if (states.includes('paused') || rows[0]?.frozen) return { kind: 'paused' };
    return await withPatience({ pool: this.pool, client, statementMs: STATEMENT_MS }, async () => {
      const { counts, left } = await lockMovers(client, migration, now);
      const more = counts.some(({ node, moves, here }) => moves + here > (migration.confirmed[node] ?? 0));
      if (more) return { kind: 'more', counts };
      const people = counts.reduce((sum, { moves }) => sum + moves, 0);
      if (people === 0) return { kind: 'nobody' };
      const opened = await openMigrated(client, campaigns, migration, { by, now });
      await placeMigrated(client, migration, { runId: opened, people, now });
      await traceMigrated(client, migration, { runId: opened, now, build });
      await endMigrated(client, run.id);
      await countMigrated(client, migration, opened, counts);
      await client.query(
        `insert into run_migrations (run_id, from_run, nodes, passed, people, reason, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          opened,
          run.id,
          JSON.stringify(migration.nodes),
          migration.passed,
          people,
          migration.reason,
          by,
          new Date(now),
        ],
      );
      return { kind: 'moved', run: opened, moved: counts, left };
    });
  }
}

/** In a table of this transaction, locked in key order; who moved meanwhile is dropped on a fresh snapshot. */
async function lockMovers(client: Client, { run, waits }: Migration, now: number) {
  const at = [run.id, JSON.stringify(waits), new Date(now)];
  await client.query('create temporary table migrants (customer_id text collate "C" primary key) on commit drop');
  await client.query(
    `with locked as materialized (
       select p.customer_id from participants p join ${WAITS} on w.node = p.node
       where p.run_id = $1 and ${MOVES} order by p.customer_id, p.run_id limit $4 for update of p)
     insert into migrants select customer_id from locked`,
    [...at, MIGRATED_MAX],
  );
  await client.query(
    `delete from migrants m where not exists (
       select from participants p join ${WAITS} on w.node = p.node
       where p.run_id = $1 and p.customer_id = m.customer_id and ${MOVES})`,
    at,
  );
  await client.query('analyze migrants');
  const { rows } = await client.query<NodeCount>(
    `select p.node, count(*) as here, count(m.customer_id) as moves
     from participants p join ${WAITS} on w.node = p.node left join migrants m on m.customer_id = p.customer_id
     where p.run_id = $1 and ${MOVES} group by 1 order by 1`,
    at,
  );
  return {
    counts: rows.map(({ node, here, moves }) => ({ node, here: here - moves, moves })),
    left: rows.reduce((sum, { here, moves }) => sum + here - moves, 0),
  };
}

/** Each move opens a run of its own. */
async function openMigrated(
  client: Client,
  campaigns: Pick<CampaignsStore, 'openRun'>,
  { run: { campaign }, version, launched }: Migration,
  authored: Authored,
): Promise<string> {
  const { rows } = await client.query<{ no: number }>(
    `select count(*) + 1 as no from run_migrations m join runs r on r.id = m.run_id where r.campaign = $1 and r.version = $2`,
    [campaign, version],
  );
  const trigger = `migrated-${rows[0]?.no}`;
  return await campaigns.openRun(client, { campaign, version, trigger, entrants: false, launched }, authored);
}

async function placeMigrated(
  client: Client,
  { run, waits }: Migration,
  { runId, people, now }: { runId: string; people: number; now: number },
): Promise<void> {
  const lanes = laneRanges(laneCount(people)).map(({ from, to }, lane) => ({ lane, from, to }));
  await client.query(
    `insert into lanes (run_id, lane, stripe_from, stripe_to)
     select $1, lane, "from", "to" from json_to_recordset($2::json) as x(lane smallint, "from" smallint, "to" smallint)`,
    [runId, JSON.stringify(lanes)],
  );
  // a window is carried to the end that it had; whoever looks at the clock is due, and looks at that of the new version
  await client.query(
    `insert into participants (customer_id, run_id, lane, node, due_at, wave, wave_at, window_end_at, entered_at, frozen_ms, skip_sends, label)
     select p.customer_id, $4, l.lane, w."to", case when w."window" then p.due_at else $3::timestamptz end, w.wave, p.wave_at, p.window_end_at, $3,
       p.frozen_ms, p.skip_sends, p.label
     from migrants m join participants p on p.run_id = $1 and p.customer_id = m.customer_id join ${WAITS} on w.node = p.node
     join customers c on c.id = p.customer_id
     join lanes l on l.run_id = $4 and (c.bucket >> 4) >= l.stripe_from and (c.bucket >> 4) < l.stripe_to
     order by p.customer_id`,
    [run.id, JSON.stringify(waits), new Date(now), runId],
  );
  await client.query(`update runs set state = 'running', audience_count = $2, lanes = $3 where id = $1`, [
    runId,
    people,
    lanes.length,
  ]);
}

/** One context and one step each, in the run that they leave and in the one that they go on in. */
async function traceMigrated(
  client: Client,
  { run, version, waits }: Migration,
  { runId, now, build }: { runId: string; now: number; build: string },
): Promise<void> {
  const { rows } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  const context = (of: string) =>
    insertContext(client, {
      kind: 'migration',
      runId: of,
      queue: 'migration',
      step: 0,
      now,
      build,
      versions: { from: `${run.campaign}@${run.version}`, to: `${run.campaign}@${version}` },
      snapshot: rows[0]?.snapshot as string,
    });
  const steps = [
    {
      of: run.id,
      id: await context(run.id),
      says: `p.node || '#1:moved_to=' || $4::text || '/' || w."to" || ',exit=migrated'`,
    },
    { of: runId, id: await context(runId), says: `w."to" || '#1:moved_from=' || $1 || '/' || p.node` },
  ];
  for (const { of, id, says } of steps) {
    await client.query(
      `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
       select $5, p.customer_id, $3, c.gate_version, c.attr_version, ${says}
       from migrants m join participants p on p.run_id = $1 and p.customer_id = m.customer_id join ${WAITS} on w.node = p.node
       join customers c on c.id = p.customer_id where $4::text is not null order by p.customer_id`,
      [run.id, JSON.stringify(waits), id, runId, of],
    );
  }
}

async function endMigrated(client: Client, runId: string): Promise<void> {
  await client.query(
    `update participants p set state = 'ended', end_reason = 'migrated', due_at = null, window_end_at = null
     from migrants m where p.run_id = $1 and p.customer_id = m.customer_id`,
    [runId],
  );
}

async function countMigrated(
  client: Client,
  { run, waits }: Migration,
  runId: string,
  counts: readonly NodeCount[],
): Promise<void> {
  const targets = new Map(waits.map(({ node, to }) => [node, to]));
  await addCounters(
    client,
    counts.flatMap(({ node, moves: n }) => {
      const old = { runId: run.id, node, visit: 1, lane: MIGRATION_LANE };
      const next = { ...old, runId, node: targets.get(node) ?? '' };
      return [
        { ...old, measure: 'here', reason: '', n: -n },
        { ...old, measure: 'ended', reason: 'migrated', n },
        { ...next, measure: 'entered', reason: '', n },
        { ...next, measure: 'here', reason: '', n },
      ];
    }),
  );
}
