/**
 * Who is signed in. A session has a token that only its browser holds; it ends when nobody used it for a while, after a working day, when its person
 * signs out or is suspended. A sign-in always makes a new one. `now` is Temporal's time, epoch ms.
 */
import { appendAudit } from './audit-log.store.js';
import type { Role } from './keys.store.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { isToken, newToken, tokenHash } from './secrets.js';

export const IDLE_MS = 60 * 60_000;
export const SESSION_MS = 12 * 60 * 60_000;
/** How exactly the last use is kept: a write for each request would be many. */
const SEEN_EVERY_MS = 60_000;

export type Via = 'link' | 'password' | 'oidc';

/** A person as the session knows it: the roles are those of this moment. */
export interface SignedIn {
  id: string;
  name: string;
  roles: Role[];
}

export interface SignInTerms {
  via: Via;
  now: number;
  /** Business time, for the audit log. */
  at: number;
  /** The session that the browser had: it ends. */
  instead: string | null;
}

const at = (ms: number) => new Date(ms);

/** A new session of a person; its token is told once. */
export async function beginSession(client: Client, person: string, terms: SignInTerms): Promise<string> {
  const token = newToken();
  const { via, now, instead } = terms;
  if (instead !== null)
    await client.query('update sessions set ended_at = $2 where token_sha256 = $1 and ended_at is null', [
      tokenHash(instead),
      at(now),
    ]);
  await client.query(
    'insert into sessions (token_sha256, person, via, began_at, seen_at, expires_at) values ($1, $2, $3, $4, $4, $5)',
    [tokenHash(token), person, via, at(now), at(now + SESSION_MS)],
  );
  const subject = `person/${person}`;
  await appendAudit(client, { at: terms.at, actor: person, action: 'session.begin', subject, after: { via } });
  return token;
}

/** All of a person: suspended, or let in anew. */
export async function endSessions(client: Client, person: string, now: number): Promise<void> {
  await client.query('update sessions set ended_at = $2 where person = $1 and ended_at is null', [person, at(now)]);
}

export class SessionsStore {
  constructor(private readonly pool: Pool) {}

  /** Whose it is, while it lasts and the person may; that it was used is kept. */
  async find(token: string, now: number): Promise<SignedIn | null> {
    if (!isToken(token)) return null;
    const { rows } = await this.pool.query<SignedIn & { seenAt: Date }>(
      `select p.id, p.name, p.roles, s.seen_at as "seenAt" from sessions s join people p on p.id = s.person
       where s.token_sha256 = $1 and s.ended_at is null and s.expires_at > $2 and s.seen_at > $3 and p.state = 'active'`,
      [tokenHash(token), at(now), at(now - IDLE_MS)],
    );
    const [row] = rows;
    if (!row) return null;
    const { seenAt, ...person } = row;
    if (now - seenAt.getTime() > SEEN_EVERY_MS)
      await this.pool.query('update sessions set seen_at = greatest(seen_at, $2) where token_sha256 = $1', [
        tokenHash(token),
        at(now),
      ]);
    return person;
  }

  /** The roles by those of these tokens whose session lasts. It is not kept as a use of them. */
  async lasting(tokens: readonly string[], now: number): Promise<Map<string, Role[]>> {
    if (tokens.length === 0) return new Map();
    const { rows } = await this.pool.query<{ n: number; roles: Role[] }>(
      `select t.n::int as n, p.roles from unnest($1::bytea[]) with ordinality as t(sha256, n)
       join sessions s on s.token_sha256 = t.sha256 join people p on p.id = s.person
       where s.ended_at is null and s.expires_at > $2 and s.seen_at > $3 and p.state = 'active'`,
      [tokens.map(tokenHash), at(now), at(now - IDLE_MS)],
    );
    return new Map(rows.map(({ n, roles }) => [tokens[n - 1] as string, roles]));
  }

  /** `business`: epoch ms, for the audit log. */
  async end(token: string, person: string, { now, business }: { now: number; business: number }): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      const ended = await client.query(
        'update sessions set ended_at = $2 where token_sha256 = $1 and ended_at is null',
        [tokenHash(token), at(now)],
      );
      if (ended.rowCount === 0) return;
      const subject = `person/${person}`;
      await appendAudit(client, { at: business, actor: person, action: 'session.end', subject });
    });
  }
}
