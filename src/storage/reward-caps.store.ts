/**
 * Caps on rewards: every version stays; the newest of a key is in force while it is active.
 */
import type { CapLimit, CapScope, RewardCap } from '../domain/ledger/reward-caps.js';
import type { PolicyWindow } from '../domain/contact-policy/window.js';
import { appendAudit, versionBefore } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface CapContent {
  key: string;
  scope: CapScope;
  window: PolicyWindow;
  limit: CapLimit;
  active: boolean;
}
export interface StoredCap extends CapContent {
  version: number;
  createdBy: string;
  createdAt: Date;
}

const COLUMNS = `key, version, scope, "window", "limit", active, created_by as "createdBy", created_at as "createdAt"`;

/** What a reward is judged by: the newest version of every key, where it is active. */
export async function capsInForce(client: Pick<Client, 'query'>): Promise<RewardCap[]> {
  const { rows } = await client.query<RewardCap & { active: boolean }>(
    `select distinct on (key) key, version, scope, "window", "limit", active from reward_caps order by key, version desc`,
  );
  return rows.filter((row) => row.active).map(({ active: _, ...cap }) => cap);
}

async function newest(client: Client | Pool, key: string): Promise<StoredCap | null> {
  const { rows } = await client.query<StoredCap>(
    `select ${COLUMNS} from reward_caps where key = $1 order by version desc limit 1`,
    [key],
  );
  return rows[0] ?? null;
}

export class RewardCapsStore {
  constructor(private readonly pool: Pool) {}

  async newest(key: string): Promise<StoredCap | null> {
    return await newest(this.pool, key);
  }

  /** Newest versions by key, one more than `limit`. */
  async list(after: string, limit: number): Promise<StoredCap[]> {
    const { rows } = await this.pool.query<StoredCap>(
      `select distinct on (key) ${COLUMNS} from reward_caps where key > $1 order by key, version desc limit $2`,
      [after, limit + 1],
    );
    return rows;
  }

  /** A new version if the content differs from the newest one. */
  async put({ key, scope, window, limit, active }: CapContent, { by, now }: Authored): Promise<StoredCap> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `reward-cap/${key}`);
      const { rows } = await client.query<StoredCap>(
        `with newest as (select * from reward_caps where key = $1 order by version desc limit 1)
         insert into reward_caps (key, version, scope, "window", "limit", active, created_by, created_at)
         select $1, coalesce((select version from newest), 0) + 1, $2, $3, $4, $5, $6, $7
         where not exists (
           select 1 from newest where scope = $2::jsonb and "window" = $3::jsonb and "limit" = $4::jsonb and active = $5)
         returning ${COLUMNS}`,
        [key, JSON.stringify(scope), JSON.stringify(window), JSON.stringify(limit), active, by, new Date(now)],
      );
      const [created] = rows;
      if (!created) return (await newest(client, key)) as StoredCap;
      const before = await versionBefore(client, 'reward_caps', created);
      const subject = `reward-cap/${key}`;
      await appendAudit(client, { at: now, actor: by, action: 'reward-cap.put', subject, before, after: created });
      return created;
    });
  }
}
