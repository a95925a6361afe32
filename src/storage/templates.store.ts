/**
 * Message templates: every version stays; a launch pins the newest.
 */
import type { Channel } from '../domain/journey/definition.js';
import { appendAudit, versionBefore } from './audit-log.store.js';
import type { Precondition } from './campaigns.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { hasWords } from './has-words.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface TemplateContent {
  key: string;
  channel: Channel;
  title: string | null;
  body: string;
  variables: string[];
}
export interface Template extends TemplateContent {
  version: number;
  createdBy: string;
  createdAt: Date;
}

/** With the campaigns that have not ended and whose draft names it, by key. */
export interface UsedTemplate extends Template {
  usedBy: string[];
}

const COLUMNS = 'key, version, channel, title, body, variables, created_by as "createdBy", created_at as "createdAt"';

/** The newest versions of the keys given, as far as they exist. */
export async function newestTemplates(client: Client | Pool, keys: readonly string[]): Promise<Template[]> {
  const { rows } = await client.query<Template>(
    `select distinct on (key) ${COLUMNS} from templates where key = any($1::text[]) order by key, version desc`,
    [keys],
  );
  return rows;
}

export class TemplatesStore {
  constructor(private readonly pool: Pool) {}

  async newest(key: string): Promise<Template | null> {
    return (await newestTemplates(this.pool, [key]))[0] ?? null;
  }

  /** Newest versions by key, one more than `limit`; `q`: words of the key or title. */
  async list(after: string, limit: number, q?: string): Promise<UsedTemplate[]> {
    const { rows } = await this.pool.query<Template>(
      `select * from (select distinct on (key) ${COLUMNS} from templates where key > $1 order by key, version desc) t
       where ${hasWords("key || ' ' || coalesce(title, '')", '$3')} order by key limit $2`,
      [after, limit + 1, q ?? null],
    );
    const used = await this.usedBy(rows.map(({ key }) => key));
    return rows.map((row) => ({ ...row, usedBy: used.get(row.key) ?? [] }));
  }

  async find(key: string): Promise<UsedTemplate | null> {
    const newest = await this.newest(key);
    return newest && { ...newest, usedBy: (await this.usedBy([key])).get(key) ?? [] };
  }

  /** Of one template, the newest first, below `before` where it is given, one more than `limit`. */
  async versions(key: string, before: number | null, limit: number): Promise<Template[]> {
    const { rows } = await this.pool.query<Template>(
      `select ${COLUMNS} from templates where key = $1 and ($2::int is null or version < $2) order by version desc limit $3`,
      [key, before, limit + 1],
    );
    return rows;
  }

  /** A new version if the content differs from the newest one; null where the newest is not what the author has seen. */
  async put(content: TemplateContent, authored: Authored, seen: Precondition = 'none'): Promise<Template | null> {
    return await inTransaction(this.pool, async (client) => {
      await lockTemplate(client, content.key);
      const [newest] = seen === 'none' ? [] : await newestTemplates(client, [content.key]);
      const isSeen =
        seen === 'none' || (seen === 'absent' ? !newest : newest && [newest.version, 'present'].includes(seen));
      return isSeen ? await putTemplate(client, content, authored) : null;
    });
  }

  private async usedBy(keys: readonly string[]): Promise<Map<string, string[]>> {
    const { rows } = await this.pool.query<{ template: string; campaigns: string[] }>(
      `select t.name #>> '{}' as template, array_agg(distinct c.key order by c.key) as campaigns
       from campaigns c cross join lateral (
         select jsonb_path_query(c.draft, '$.journey.nodes.*.template') as name
         union all select jsonb_path_query(c.draft, '$.journey.nodes.*.fallback[*].template')) t
       where c.state <> 'ended' and t.name #>> '{}' = any($1::text[]) group by 1`,
      [keys],
    );
    return new Map(rows.map(({ template, campaigns }) => [template, campaigns]));
  }
}

export const lockTemplate = (client: Client, key: string): Promise<void> => lockDefinition(client, `template/${key}`);

/** As `put`, inside the caller's transaction. */
export async function putTemplate(client: Client, content: TemplateContent, { by, now }: Authored): Promise<Template> {
  await lockTemplate(client, content.key);
  const { rows } = await client.query<Template>(
    `with newest as (select * from templates where key = $1 order by version desc limit 1)
     insert into templates (key, version, channel, title, body, variables, created_by, created_at)
     select $1, coalesce((select version from newest), 0) + 1, $2, $3, $4, $5, $6, $7
     where not exists (select 1 from newest where channel = $2 and title is not distinct from $3 and body = $4)
     returning ${COLUMNS}`,
    [content.key, content.channel, content.title, content.body, content.variables, by, new Date(now)],
  );
  const [created] = rows;
  if (!created) return (await newestTemplates(client, [content.key]))[0] as Template;
  await appendAudit(client, {
    at: now,
    actor: by,
    action: 'template.put',
    subject: `template/${content.key}`,
    before: await versionBefore(client, 'templates', created),
    after: created,
  });
  return created;
}
