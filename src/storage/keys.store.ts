/**
 * API keys, `pado_<id>_<secret>`: only the secret's SHA-256 is stored (it is 256 random bits, so no slow hash is needed).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { appendAudit } from './audit-log.store.js';
import { inTransaction, type Pool } from './pool.js';

export const ROLES = ['marketer', 'approver', 'finance', 'operator', 'admin', 'source'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts: the key's id stands for the person. */
export interface Actor {
  id: string;
  name: string;
  role: Role;
}
export interface StoredKey extends Actor {
  secretSha256: Buffer;
}
/** As it is listed: without anything that would let somebody in. */
export interface ListedKey extends Actor {
  createdAt: Date;
  revokedAt: Date | null;
}
/** Who makes or revokes a key, why, and the business time of it in epoch ms. */
export interface KeyChange {
  by: string;
  reason: string;
  now: number;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

export function parseKey(text: string): { id: string; secret: string } | null {
  const match = /^pado_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(text);
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : null;
}

export function keyMatches(key: StoredKey, secret: string): boolean {
  return timingSafeEqual(key.secretSha256, sha256(secret));
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

const LISTED = 'id, name, role, created_at as "createdAt", revoked_at as "revokedAt"';

/** Make a key; its text is shown once and cannot be read again. Throws when there is no such role. */
export async function createKey(
  pool: Pool,
  { name, role }: { name: string; role: string },
  said: KeyChange,
): Promise<string> {
  if (!isRole(role)) throw new Error(`the role is one of ${ROLES.join(', ')}`);
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  await inTransaction(pool, async (client) => {
    await client.query('insert into api_keys (id, name, role, secret_sha256) values ($1, $2, $3, $4)', [
      id,
      name,
      role,
      sha256(secret),
    ]);
    await appendAudit(client, { ...lineOf(id, said), action: 'key.create', after: { name, role } });
  });
  return `pado_${id}_${secret}`;
}

const lineOf = (id: string, { by, reason, now }: KeyChange) => ({ at: now, actor: by, subject: `key/${id}`, reason });

export class KeysStore {
  constructor(private readonly pool: Pool) {}

  /** The key if it exists and is not revoked. */
  async find(id: string): Promise<StoredKey | null> {
    const { rows } = await this.pool.query<StoredKey>(
      'select id, name, role, secret_sha256 as "secretSha256" from api_keys where id = $1 and revoked_at is null',
      [id],
    );
    return rows[0] ?? null;
  }

  async create(key: { name: string; role: Role }, said: KeyChange): Promise<string> {
    return await createKey(this.pool, key, said);
  }

  /** By id, one more than `limit`; revoked ones too. */
  async list(after: string, limit: number): Promise<ListedKey[]> {
    const { rows } = await this.pool.query<ListedKey>(
      `select ${LISTED} from api_keys where id > $1 order by id limit $2`,
      [after, limit + 1],
    );
    return rows;
  }

  /** For good; again, it changes nothing. Null where there is no such key. */
  async revoke(id: string, said: KeyChange): Promise<ListedKey | null> {
    return await inTransaction(this.pool, async (client) => {
      const { rows: revoked } = await client.query<ListedKey>(
        `update api_keys set revoked_at = $2 where id = $1 and revoked_at is null returning ${LISTED}`,
        [id, new Date(said.now)],
      );
      const [key] = revoked;
      if (key) {
        const { name, role } = key;
        await appendAudit(client, {
          ...lineOf(id, said),
          action: 'key.revoke',
          before: { name, role, revoked: false },
          after: { name, role, revoked: true },
        });
        return key;
      }
      const { rows } = await client.query<ListedKey>(`select ${LISTED} from api_keys where id = $1`, [id]);
      return rows[0] ?? null;
    });
  }
}
