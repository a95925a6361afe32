/**
 * Signing in, by what a person shows: each ends in a new session, in the transaction that used up what was shown.
 */
import { inTransaction, type Client, type Pool } from './pool.js';
import { passwordMatches } from './secrets.js';
import { beginSession, type SignedIn, type SignInTerms } from './sessions.store.js';
import { useLink } from './sign-in-links.js';

export interface Begun {
  token: string;
  person: SignedIn;
}
type Terms = Omit<SignInTerms, 'via'>;

export class SignInStore {
  constructor(private readonly pool: Pool) {}

  /** Null where the link lets nobody in (any more). */
  async byLink(link: string, terms: Terms): Promise<Begun | null> {
    return await inTransaction(this.pool, async (client) => {
      const person = await useLink(client, link, terms.now);
      return person === null ? null : await begin(client, person, { ...terms, via: 'link' });
    });
  }

  /** Null where there is no such account, it has another password or none, or its person is suspended; all take as long. */
  async byPassword(account: string, password: string, terms: Terms): Promise<Begun | null> {
    const { rows } = await this.pool.query<{ id: string; hash: string | null }>(
      `select id, password as hash from people where account = lower($1) and state = 'active'`,
      [account],
    );
    const [known] = rows;
    if (!(await passwordMatches(password, known?.hash ?? null)) || !known) return null;
    return await inTransaction(this.pool, async (client) => {
      const { rows: unchanged } = await client.query('select from people where id = $1 and password = $2', [
        known.id,
        known.hash,
      ]);
      return unchanged.length === 0 ? null : await begin(client, known.id, { ...terms, via: 'password' });
    });
  }
}

/** Null where the person may not sign in. */
async function begin(client: Client, id: string, terms: SignInTerms): Promise<Begun | null> {
  const { rows } = await client.query<SignedIn>(
    `select id, name, roles from people where id = $1 and state = 'active' for share`,
    [id],
  );
  const [person] = rows;
  return person ? { token: await beginSession(client, id, terms), person } : null;
}
