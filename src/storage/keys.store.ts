/**
 * API keys, `pado_<id>_<secret>`: only the secret's SHA-256 is stored (it is 256 random bits, so no slow hash is needed).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { appendAudit } from './audit-log.store.js';
import { inTransaction, type Pool } from './pool.js';

export const ROLES = ['marketer', 'approver', 'finance', 'operator', 'admin', 'source'] as const;
export type Role = (typeof ROLES)[number];

/** Who acts. A person has one id in every session and under each key of theirs, so that nobody is their own second person; a key of nobody's has its own. */
export interface Actor {
  id: string;
  name: string;
  roles: readonly Role[];
  /** The key it came with; null: a session. */
  key: string | null;
}
export interface StoredKey {
  actor: Actor;
  secretSha256: Buffer;
}
/** As it is listed: without anything that would let somebody in. */
export interface ListedKey {
  id: string;
  name: string;
  role: Role;
  /** The person whose it is. */
  owner: string | null;
  createdAt: Date;
  revokedAt: Date | null;
}
/** Who makes or revokes a key, why, and the business time of it in epoch ms. */
export interface KeyChange {
  by: string;
  reason: string;
  now: number;
}

/** Ids of people and of keys are never alike. */
export const isPerson = (actor: string): boolean => actor.startsWith('p_');

const sha256 = (text: string) => createHash('sha256').update(text).digest();

export function parseKey(text: string): { id: string; secret: string } | null {
  const match = /^pado_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(text);
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : null;
}

export function keyMatches(key: StoredKey, secret: string): boolean {
  return timingSafeEqual(key.secretSha256, sha256(secret));
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

const LISTED = 'id, name, role, owner, created_at as "createdAt", revoked_at as "revokedAt"';

/** What a key needs of its owner for as long as it lasts. Telling events needs no person's role. */
const MAY = (role: string) => `p.state = 'active' and (${role} = 'source' or ${role} = any(p.roles))`;

/** Make a key; its text is shown once and cannot be read again. Throws when there is no such role, or the owner has not got it. */
export async function createKey(
  pool: Pool,
  key: { name: string; role: string; owner?: string | null },
  said: KeyChange,
): Promise<string> {
  const { name, role, owner = null } = key;
  if (!isRole(role)) throw new Error(`the role is one of ${ROLES.join(', ')}`);
  const made = await insertKey(pool, { name, role, owner }, said);
  if (made === null) throw new Error('the owner has not got that role');
  return made;
}

interface KeyContent {
  name: string;
  role: Role;
  /** Id of the person whose it is, for good; null: nobody's. */
  owner: string | null;
}

/** Null where the owner has not got the role. */
async function insertKey(pool: Pool, { name, role, owner }: KeyContent, said: KeyChange): Promise<string | null> {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return await inTransaction(pool, async (client) => {
    const inserted = await client.query(
      `insert into api_keys (id, name, role, secret_sha256, owner) select $1, $2, $3, $4, $5
       where $5::text is null or exists (select from people p where p.id = $5 and ${MAY('$3')} for share)`,
      [id, name, role, sha256(secret), owner],
    );
    if (inserted.rowCount === 0) return null;
    const after = { name, role, ...(owner === null ? {} : { owner }) };
    await appendAudit(client, { ...lineOf(id, said), action: 'key.create', after });
    return `pado_${id}_${secret}`;
  });
}

const lineOf = (id: string, { by, reason, now }: KeyChange) => ({ at: now, actor: by, subject: `key/${id}`, reason });

export class KeysStore {
  constructor(private readonly pool: Pool) {}

  /** The key if it exists and is not revoked, and its owner may still do what it may. */
  async find(id: string): Promise<StoredKey | null> {
    const { rows } = await this.pool.query<Actor & { role: Role; secretSha256: Buffer }>(
      `select coalesce(p.id, k.id) as id, coalesce(p.name, k.name) as name, k.role, k.secret_sha256 as "secretSha256"
       from api_keys k left join people p on p.id = k.owner
       where k.id = $1 and k.revoked_at is null and (k.owner is null or ${MAY('k.role')})`,
      [id],
    );
    const [row] = rows;
    return row ? { actor: { id: row.id, name: row.name, roles: [row.role], key: id }, secretSha256: row.secretSha256 } : null;
  }

  /** Null where the owner has not got the role. */
  async create(key: KeyContent, said: KeyChange): Promise<string | null> {
    return await insertKey(this.pool, key, said);
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
