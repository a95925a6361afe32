/**
 * Contact policies: every version stays; the newest of a key is in force while it is active.
 */
import type { PolicyScope } from '../domain/contact-policy/policy.js';
import type { PolicyWindow } from '../domain/contact-policy/window.js';
import { appendAudit, versionBefore } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface PolicyContent {
  key: string;
  scope: PolicyScope;
  window: PolicyWindow;
  cap: number;
  exemptInformation: boolean;
  lookAheadMs: number;
  active: boolean;
}
export interface StoredPolicy extends PolicyContent {
  version: number;
  createdBy: string;
  createdAt: Date;
}

const COLUMNS = `key, version, scope, "window", cap, exempt_information as "exemptInformation",
  look_ahead_ms as "lookAheadMs", active,
  created_by as "createdBy", created_at as "createdAt"`;

async function newest(client: Client | Pool, key: string): Promise<StoredPolicy | null> {
  const { rows } = await client.query<StoredPolicy>(
    `select ${COLUMNS} from contact_policies where key = $1 order by version desc limit 1`,
    [key],
  );
  return rows[0] ?? null;
}

export class PoliciesStore {
  constructor(private readonly pool: Pool) {}

  async newest(key: string): Promise<StoredPolicy | null> {
    return await newest(this.pool, key);
  }

  /** Newest versions by key, one more than `limit`. */
  async list(after: string, limit: number): Promise<StoredPolicy[]> {
    const { rows } = await this.pool.query<StoredPolicy>(
      `select distinct on (key) ${COLUMNS} from contact_policies where key > $1 order by key, version desc limit $2`,
      [after, limit + 1],
    );
    return rows;
  }

  /** A new version if the content differs from the newest one. */
  async put(content: PolicyContent, { by, now }: Authored): Promise<StoredPolicy> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `contact-policy/${content.key}`);
      const { rows } = await client.query<StoredPolicy>(
        `with newest as (select * from contact_policies where key = $1 order by version desc limit 1)
         insert into contact_policies (key, version, scope, "window", cap, exempt_information, active, created_by, created_at, look_ahead_ms)
         select $1, coalesce((select version from newest), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9
         where not exists (select 1 from newest where scope = $2::jsonb and "window" = $3::jsonb and cap = $4
           and exempt_information = $5 and active = $6 and look_ahead_ms = $9)
         returning ${COLUMNS}`,
        [
          content.key,
          JSON.stringify(content.scope),
          JSON.stringify(content.window),
          content.cap,
          content.exemptInformation,
          content.active,
          by,
          new Date(now),
          content.lookAheadMs,
        ],
      );
      const [created] = rows;
      if (!created) return (await newest(client, content.key)) as StoredPolicy;
      const subject = `contact-policy/${content.key}`;
      const before = await versionBefore(client, 'contact_policies', created);
      await appendAudit(client, { at: now, actor: by, action: 'contact-policy.put', subject, before, after: created });
      return created;
    });
  }
}
