/**
 * Message templates: every version stays; a launch pins the newest.
 */
import type { Channel } from '../domain/journey/definition.js';
import { appendAudit, versionBefore } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
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

  /** Newest versions by key, one more than `limit`. */
  async list(after: string, limit: number): Promise<Template[]> {
    const { rows } = await this.pool.query<Template>(
      `select distinct on (key) ${COLUMNS} from templates where key > $1 order by key, version desc limit $2`,
      [after, limit + 1],
    );
    return rows;
  }

  /** A new version if the content differs from the newest one. */
  async put(content: TemplateContent, authored: Authored): Promise<Template> {
    return await inTransaction(this.pool, (client) => putTemplate(client, content, authored));
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
