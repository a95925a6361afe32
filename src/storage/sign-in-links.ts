/**
 * One-time links: whoever holds one is let in as its person, once and for a short time. A new one voids those before.
 */
import type { Client } from './pool.js';
import { isToken, newToken, tokenHash } from './secrets.js';

export const LINK_MS = 60 * 60_000;

/** The token of a new link, told once. `now`: Temporal's, epoch ms. */
export async function makeLink(
  client: Client,
  person: string,
  now: number,
): Promise<{ token: string; expiresAt: Date }> {
  await voidLinks(client, person, now);
  const token = newToken();
  const expiresAt = new Date(now + LINK_MS);
  await client.query('insert into sign_in_links (token_sha256, person, made_at, expires_at) values ($1, $2, $3, $4)', [
    tokenHash(token),
    person,
    new Date(now),
    expiresAt,
  ]);
  return { token, expiresAt };
}

export async function voidLinks(client: Client, person: string, now: number): Promise<void> {
  await client.query(
    'update sign_in_links set expires_at = $2 where person = $1 and used_at is null and expires_at > $2',
    [person, new Date(now)],
  );
}

/** Whom it lets in; null where it is unknown, used, over, or its person suspended. */
export async function useLink(client: Client, token: string, now: number): Promise<string | null> {
  if (!isToken(token)) return null;
  const { rows } = await client.query<{ person: string }>(
    `update sign_in_links l set used_at = $2 from people p
     where l.token_sha256 = $1 and l.used_at is null and l.expires_at > $2 and p.id = l.person and p.state = 'active' returning l.person`,
    [tokenHash(token), new Date(now)],
  );
  return rows[0]?.person ?? null;
}
