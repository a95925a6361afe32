/**
 * API keys, `pado_<id>_<secret>`: only the secret's SHA-256 is stored (it is 256 random bits, so no slow hash is needed).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Pool } from './pool.js';

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

const sha256 = (text: string) => createHash('sha256').update(text).digest();

export function parseKey(text: string): { id: string; secret: string } | null {
  const match = /^pado_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(text);
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : null;
}

export function keyMatches(key: StoredKey, secret: string): boolean {
  return timingSafeEqual(key.secretSha256, sha256(secret));
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/** Make a key; its text is shown once and cannot be read again. Throws when there is no such role. */
export async function createKey(pool: Pool, key: { name: string; role: string }): Promise<string> {
  if (!isRole(key.role)) throw new Error(`the role is one of ${ROLES.join(', ')}`);
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  await pool.query('insert into api_keys (id, name, role, secret_sha256) values ($1, $2, $3, $4)', [
    id,
    key.name,
    key.role,
    sha256(secret),
  ]);
  return `pado_${id}_${secret}`;
}

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
}
