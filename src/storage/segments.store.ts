/**
 * Segments: every version of every rule stays; the newest is the one in force, also inside other segments.
 */
import { NESTED_MAX, pinSegments, segmentsIn, type KnownSegment, type Pinned } from '../domain/segment/pin.js';
import type { RuleFault } from '../domain/segment/faults.js';
import type { RuleGroup } from '../domain/segment/rule.js';
import { appendAudit, versionBefore } from './audit-log.store.js';
import type { Precondition } from './campaigns.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { hasWords } from './has-words.js';
import type { UploadCounts } from './listed-rows.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { usesOf, type SegmentUses } from './segment-uses.js';

export interface Segment {
  key: string;
  version: number;
  name: string;
  rule: RuleGroup;
  /** Where its rule is asked; null: in Postgres. The same for all versions. */
  source: string | null;
  createdBy: string;
  createdAt: Date;
}

/** As it is listed. `upload`: what became of the rows of the file that made this version; null where a rule did. */
export interface SegmentVersion extends Segment {
  upload: UploadCounts | null;
}
export interface SegmentRecord extends SegmentVersion {
  usedBy: SegmentUses;
}

const COLUMNS = 'key, version, name, rule, source, created_by as "createdBy", created_at as "createdAt"';

const WITH_UPLOAD = `select s.key, s.version, s.name, s.rule, s.source, s.created_by as "createdBy", s.created_at as "createdAt",
    case when u.id is not null then json_build_object('rows', u."rows", 'matched', u.matched, 'duplicates', u.duplicates,
      'unmatched', u.unmatched, 'rejected', u.rejected) end as upload
  from segments s left join segment_uploads u on u.id = s.key || '@' || s.version`;

export async function newestSegment(client: Client | Pool, key: string): Promise<Segment | null> {
  const { rows } = await client.query<Segment>(
    `select ${COLUMNS} from segments where key = $1 order by version desc limit 1`,
    [key],
  );
  return rows[0] ?? null;
}

/** The rule with the segments that it names, as they are now. `self`: the key it is to be stored under. */
export async function pinNewest(
  client: Pick<Client, 'query'>,
  rule: RuleGroup,
  place: { self?: string; source?: string | null } = {},
): Promise<Pinned> {
  const known = new Map<string, KnownSegment>();
  let wanted = segmentsIn(rule);
  for (let level = 0; level <= NESTED_MAX && wanted.length > 0; level += 1) {
    const { rows } = await client.query<KnownSegment>(
      'select distinct on (key) key, version, rule, source from segments where key = any($1::text[]) order by key, version desc',
      [wanted],
    );
    for (const row of rows) known.set(row.key, row);
    wanted = [...new Set(rows.flatMap((row) => segmentsIn(row.rule)))].filter((key) => !known.has(key));
  }
  return pinSegments(rule, known, place);
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
    const pinned = await pinNewest(client, segment.rule, { self: key, source: segment.source });
    found.set(key, { ...segment, uses: [], faults: [], ...pinned });
  }
  return found;
}

export interface Sampled {
  id: string;
  status: string;
  attributes: Record<string, unknown>;
}

export interface SegmentContent {
  key: string;
  name: string;
  rule: RuleGroup;
  source: string | null;
}
/** `stale`: it is not as its author has seen it. `otherSource`: what was in Postgres stays there, and what is in a lake in that one: others may name it. */
export type Put =
  | { kind: 'stored'; segment: Segment }
  | { kind: 'faulty'; faults: RuleFault[] }
  | { kind: 'otherSource' }
  | { kind: 'stale' };

export class SegmentsStore {
  constructor(private readonly pool: Pool) {}

  async pin(rule: RuleGroup, source: string | null): Promise<Pinned> {
    return await pinNewest(this.pool, rule, { source });
  }

  async newest(key: string): Promise<Segment | null> {
    return await newestSegment(this.pool, key);
  }

  async find(key: string): Promise<SegmentRecord | null> {
    const { rows } = await this.pool.query<SegmentVersion>(
      `${WITH_UPLOAD} where s.key = $1 order by s.version desc limit 1`,
      [key],
    );
    return (await this.withUses(rows))[0] ?? null;
  }

  /** Newest versions by key, one more than `limit`; `q`: words of the key or name. */
  async list(after: string, limit: number, q?: string): Promise<SegmentRecord[]> {
    const { rows } = await this.pool.query<SegmentVersion>(
      `${WITH_UPLOAD} join (select key, max(version) as version from segments where key > $1 group by key) n
         on n.key = s.key and n.version = s.version
       where ${hasWords("s.key || ' ' || s.name", '$3')} order by s.key limit $2`,
      [after, limit + 1, q ?? null],
    );
    return await this.withUses(rows);
  }

  /** Newest first, of those before a version, one more than `limit`. */
  async versions(key: string, before: number | null, limit: number): Promise<SegmentVersion[]> {
    const { rows } = await this.pool.query<SegmentVersion>(
      `${WITH_UPLOAD} where s.key = $1 and ($2::int is null or s.version < $2) order by s.version desc limit $3`,
      [key, before, limit + 1],
    );
    return rows;
  }

  /** A new version if the content differs from the newest one. Faults: segments that it names and cannot name. */
  async put(content: SegmentContent, authored: Authored, seen: Precondition = 'none'): Promise<Put> {
    return await inTransaction(this.pool, (client) => putSegment(client, content, authored, seen));
  }

  /** In the order of the ids; those who are no customers here are left out. */
  async present(ids: readonly string[]): Promise<Sampled[]> {
    const { rows } = await this.pool.query<Sampled>(
      `select c.id, c.status, c.attributes from unnest($1::text[]) with ordinality as i (id, n)
       join customers c on c.id = i.id order by i.n`,
      [ids],
    );
    return rows;
  }

  private async withUses(rows: readonly SegmentVersion[]): Promise<SegmentRecord[]> {
    const uses = await usesOf(
      this.pool,
      rows.map(({ key }) => key),
    );
    const none: SegmentUses = { campaigns: [], segments: [], exclusionLists: [] };
    return rows.map((row) => ({ ...row, usedBy: uses.get(row.key) ?? none }));
  }
}

/** Two that name each other are not put at once. */
export const lockSegments = (client: Client): Promise<void> => lockDefinition(client, 'segments');

/** Whether the newest version is not what its author has seen. */
export function isStale(newest: Segment | null, seen: Precondition): boolean {
  if (typeof seen === 'number') return newest?.version !== seen;
  return newest ? seen === 'absent' : seen === 'present';
}

/** As `put`, inside the caller's transaction. */
export async function putSegment(
  client: Client,
  content: SegmentContent,
  authored: Authored,
  seen: Precondition = 'none',
): Promise<Put> {
  await lockSegments(client);
  const before = await newestSegment(client, content.key);
  if (isStale(before, seen)) return { kind: 'stale' };
  if (before && before.source !== content.source) return { kind: 'otherSource' };
  const pinned = await pinNewest(client, content.rule, { self: content.key, source: content.source });
  if (!pinned.ok) return { kind: 'faulty', faults: pinned.faults };
  return { kind: 'stored', segment: await putVersion(client, content, authored) };
}

export async function putVersion(client: Client, content: SegmentContent, { by, now }: Authored): Promise<Segment> {
  const { rows } = await client.query<Segment>(
    `with newest as (select * from segments where key = $1 order by version desc limit 1)
     insert into segments (key, version, name, rule, created_by, created_at, source)
     select $1, coalesce((select version from newest), 0) + 1, $2, $3, $4, $5, $6
     where not exists (select 1 from newest where name = $2 and rule = $3::jsonb)
     returning ${COLUMNS}`,
    [content.key, content.name, JSON.stringify(content.rule), by, new Date(now), content.source],
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
