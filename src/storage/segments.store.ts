/**
 * Segments: every version of every rule stays; the newest is the one in force.
 */
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

export class SegmentsStore {
  constructor(private readonly pool: Pool) {}

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

  /** A new version if the content differs from the newest one. */
  async put(content: { key: string; name: string; rule: RuleGroup }, { by, now }: Authored): Promise<Segment> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `segment/${content.key}`);
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
    });
  }

  /** How many customers a compiled condition over `customers c` selects, or null when it took too long. */
  async count(condition: { text: string; values: readonly unknown[] }, timeoutMs: number): Promise<number | null> {
    try {
      return await inTransaction(this.pool, async (client) => {
        await client.query(`select set_config('statement_timeout', $1, true)`, [String(timeoutMs)]);
        const { rows } = await client.query<{ n: number }>(
          `select count(*) as n from customers c where ${condition.text}`,
          [...condition.values],
        );
        return rows[0]?.n ?? 0;
      });
    } catch (error) {
      if (sqlState(error) === QUERY_CANCELLED) return null;
      throw error;
    }
  }
}
