/**
 * API keys, `pado_<id>_<secret>`: only the secret's SHA-256 is stored (it is 256 random bits, so no slow hash is needed).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { appendAudit } from './audit-log.store.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** Of systems, never of people. `source` tells events and nothing else, for its key may lie in a page; `app` is a server of the bank's own. */
export const SYSTEM_ROLES = ['source', 'app'] as const;
export const ROLES = ['marketer', 'approver', 'finance', 'operator', 'admin', ...SYSTEM_ROLES] as const;
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

/** What a key needs of its owner for as long as it lasts: the role, or all of them. A system needs no person's role. */
const MAY = (role: string) =>
  `p.state = 'active' and (${role} in ('${SYSTEM_ROLES.join("', '")}') or p.roles && array[${role}, 'admin'])`;

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
  return made.key;
}

interface KeyContent {
  name: string;
  role: Role;
  /** Id or account of the person whose it is, for good; null: nobody's. */
  owner: string | null;
}
export interface MadeKey {
  id: string;
  /** Id of the person. */
  owner: string | null;
  /** Its text. */
  key: string;
}

/** Null where the owner has not got the role. */
async function insertKey(
  pool: Pool,
  { name, role, owner: called }: KeyContent,
  said: KeyChange,
): Promise<MadeKey | null> {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return await inTransaction(pool, async (client) => {
    const owner = called === null ? null : await ownerFor(client, called, role);
    if (owner === undefined) return null;
    await client.query('insert into api_keys (id, name, role, secret_sha256, owner) values ($1, $2, $3, $4, $5)', [
      id,
      name,
      role,
      sha256(secret),
      owner,
    ]);
    const after = { name, role, ...(owner === null ? {} : { owner }) };
    await appendAudit(client, { ...lineOf(id, said), action: 'key.create', after });
    return { id, owner, key: `pado_${id}_${secret}` };
  });
}

/** Id of the person, who stays what they are until the transaction ends; undefined where they may not do as much. */
async function ownerFor(client: Client, called: string, role: Role): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `select p.id from people p where (p.id = $1 or p.account = lower($1)) and ${MAY('$2::text')} for share`,
    [called, role],
  );
  return rows[0]?.id;
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
    return row
      ? { actor: { id: row.id, name: row.name, roles: [row.role], key: id }, secretSha256: row.secretSha256 }
      : null;
  }

  /** The roles by those of these keys that are still found. */
  async lasting(ids: readonly string[]): Promise<Map<string, Role[]>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.pool.query<{ id: string; role: Role }>(
      `select k.id, k.role from api_keys k left join people p on p.id = k.owner
       where k.id = any($1) and k.revoked_at is null and (k.owner is null or ${MAY('k.role')})`,
      [ids],
    );
    return new Map(rows.map(({ id, role }) => [id, [role]]));
  }

  /** Null where the owner has not got the role. */
  async create(key: KeyContent, said: KeyChange): Promise<MadeKey | null> {
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
