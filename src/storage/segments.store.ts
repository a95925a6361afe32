/**
 * Segments: every version of every rule stays; the newest is the one in force, also inside other segments.
 */
import { NESTED_MAX, pinSegments, segmentsIn, type KnownSegment, type Pinned } from '../domain/segment/pin.js';
import type { RuleFault } from '../domain/segment/faults.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import { appendAudit, versionBefore } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, sqlState, type Client, type Pool } from './pool.js';

export interface Segment {
  key: string;
  version: number;
  name: string;
  rule: RuleGroup;
  createdBy: string;
  createdAt: Date;
}

const COLUMNS = 'key, version, name, rule, created_by as "createdBy", created_at as "createdAt"';
const QUERY_CANCELLED = '57014';

export async function newestSegment(client: Client | Pool, key: string): Promise<Segment | null> {
  const { rows } = await client.query<Segment>(
    `select ${COLUMNS} from segments where key = $1 order by version desc limit 1`,
    [key],
  );
  return rows[0] ?? null;
}

/** The rule with the segments that it names, as they are now. `self`: the key it is to be stored under. */
export async function pinNewest(client: Pick<Client, 'query'>, rule: RuleGroup, self?: string): Promise<Pinned> {
  const known = new Map<string, KnownSegment>();
  let wanted = segmentsIn(rule);
  for (let level = 0; level <= NESTED_MAX && wanted.length > 0; level += 1) {
    const { rows } = await client.query<KnownSegment>(
      'select distinct on (key) key, version, rule from segments where key = any($1::text[]) order by key, version desc',
      [wanted],
    );
    for (const row of rows) known.set(row.key, row);
    wanted = [...new Set(rows.flatMap((row) => segmentsIn(row.rule)))].filter((key) => !known.has(key));
  }
  return pinSegments(rule, known, self);
}

export interface WholeSegment extends Segment {
  /** The segments inside its rule, as key@version. */
  uses: string[];
  /** What is wrong with those; then the rule is as it was written. */
  faults: RuleFault[];
}

/** The newest versions of a handful of segments, as far as they exist, with all segments inside them as they are now. */
export async function newestWhole(client: Client | Pool, keys: readonly string[]): Promise<Map<string, WholeSegment>> {
  const found = new Map<string, WholeSegment>();
  for (const key of new Set(keys)) {
    const segment = await newestSegment(client, key);
    if (!segment) continue;
    const pinned = await pinNewest(client, segment.rule, key);
    found.set(key, { ...segment, uses: [], faults: [], ...pinned });
  }
  return found;
}

/** A rule ready to be asked: what stands behind `from customers c`, see domain/segment/compile.ts. */
export interface Selection {
  joins: string;
  sql: string;
  values: readonly unknown[];
}

export interface Sampled {
  id: string;
  status: string;
  attributes: Record<string, unknown>;
}

/** `late`: it took longer than it may. */
export type Asked<T> = { kind: 'answered'; answer: T } | { kind: 'late' };

export class SegmentsStore {
  constructor(private readonly pool: Pool) {}

  async pin(rule: RuleGroup): Promise<Pinned> {
    return await pinNewest(this.pool, rule);
  }

  async newest(key: string): Promise<Segment | null> {
    return await newestSegment(this.pool, key);
  }

  /** Newest versions by key, one more than `limit`. */
  async list(after: string, limit: number): Promise<Segment[]> {
    const { rows } = await this.pool.query<Segment>(
      `select distinct on (key) ${COLUMNS} from segments where key > $1 order by key, version desc limit $2`,
      [after, limit + 1],
    );
    return rows;
  }

  /** A new version if the content differs from the newest one. Faults: segments that it names and cannot name. */
  async put(
    content: { key: string; name: string; rule: RuleGroup },
    { by, now }: Authored,
  ): Promise<{ kind: 'stored'; segment: Segment } | { kind: 'faulty'; faults: RuleFault[] }> {
    return await inTransaction(this.pool, async (client) => {
      // two that name each other are not put at once
      await lockDefinition(client, 'segments');
      const pinned = await pinNewest(client, content.rule, content.key);
      if (!pinned.ok) return { kind: 'faulty', faults: pinned.faults };
      return { kind: 'stored', segment: await putVersion(client, content, { by, now }) };
    });
  }

  /** How many customers it selects. */
  async count(selection: Selection, timeoutMs: number): Promise<Asked<number>> {
    return await this.ask(timeoutMs, async (client) => {
      const { rows } = await client.query<{ n: number }>(
        `select count(*) as n from customers c ${selection.joins} where ${selection.sql}`,
        [...selection.values],
      );
      return rows[0]?.n ?? 0;
    });
  }

  /** Up to `size` of them, in an order of their hash: the same ones each time. */
  async sample(selection: Selection, size: number, timeoutMs: number): Promise<Asked<Sampled[]>> {
    return await this.ask(timeoutMs, async (client) => {
      const { rows } = await client.query<Sampled>(
        `select c.id, c.status, c.attributes from customers c ${selection.joins} where ${selection.sql}
         order by hashtextextended(c.id, 0), c.id limit $${selection.values.length + 1}`,
        [...selection.values, size],
      );
      return rows;
    });
  }

  private async ask<T>(timeoutMs: number, question: (client: Client) => Promise<T>): Promise<Asked<T>> {
    try {
      return await inTransaction(this.pool, async (client) => {
        await client.query(`select set_config('statement_timeout', $1, true)`, [String(timeoutMs)]);
        return { kind: 'answered', answer: await question(client) };
      });
    } catch (error) {
      if (sqlState(error) === QUERY_CANCELLED) return { kind: 'late' };
      throw error;
    }
  }
}

export async function putVersion(
  client: Client,
  content: { key: string; name: string; rule: RuleGroup },
  { by, now }: Authored,
): Promise<Segment> {
  const { rows } = await client.query<Segment>(
    `with newest as (select * from segments where key = $1 order by version desc limit 1)
     insert into segments (key, version, name, rule, created_by, created_at)
     select $1, coalesce((select version from newest), 0) + 1, $2, $3, $4, $5
     where not exists (select 1 from newest where name = $2 and rule = $3::jsonb)
     returning ${COLUMNS}`,
    [content.key, content.name, JSON.stringify(content.rule), by, new Date(now)],
  );
  const [created] = rows;
  if (!created) return (await newestSegment(client, content.key)) as Segment;
  await appendAudit(client, {
    at: now,
    actor: by,
    action: 'segment.put',
    subject: `segment/${content.key}`,
    before: await versionBefore(client, 'segments', created),
    after: created,
  });
  return created;
}
