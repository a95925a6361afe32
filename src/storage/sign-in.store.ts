/**
 * Signing in, by what a person shows: each ends in a new session, in the transaction that used up what was shown.
 */
import {
  changeRoles,
  insertPerson,
  UNIQUE_VIOLATION,
  type PeopleChange,
  type PersonContent,
  type PersonRole,
} from './people.store.js';
import { inTransaction, sqlState, type Client, type Pool } from './pool.js';
import { passwordMatches } from './secrets.js';
import { beginSession, type SignedIn, type SignInTerms } from './sessions.store.js';
import { useLink } from './sign-in-links.js';

export interface Begun {
  token: string;
  person: SignedIn;
}
type Terms = Omit<SignInTerms, 'via'>;

/** As the identity provider claims it. */
export interface Claimed {
  issuer: string;
  subject: string;
  name: string;
  email: string | null;
  /** None: nobody whom we let in. */
  roles: PersonRole[];
}

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
      // whoever is just taking it away is waited for, so that no session begins by it afterwards
      const { rows: unchanged } = await client.query('select from people where id = $1 and password = $2 for share', [
        known.id,
        known.hash,
      ]);
      return unchanged.length === 0 ? null : await begin(client, known.id, { ...terms, via: 'password' });
    });
  }

  /**
   * Who signs in for the first time is added, and whoever is known gets the roles that are claimed now. `refused`: suspended, or without a role;
   * `taken`: the e-mail is that of a person whom the provider's subject does not name, and nobody shall be two people.
   */
  async byOidc(claimed: Claimed, terms: Terms): Promise<Begun | 'refused' | 'taken'> {
    const said = { by: 'oidc', reason: 'claimed by the identity provider', now: terms.now, at: terms.at };
    try {
      return await inTransaction(this.pool, async (client) => {
        const id = await known(client, claimed);
        if (id === null && claimed.roles.length === 0) return 'refused';
        const person = id ?? (await insertPerson(client, contentOf(claimed), said)).id;
        if (id !== null) await claimedRoles(client, id, claimed.roles, said);
        if (claimed.roles.length === 0) return 'refused';
        return (await begin(client, person, { ...terms, via: 'oidc' })) ?? 'refused';
      });
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) return 'taken';
      throw error;
    }
  }
}

const contentOf = ({ issuer, subject, ...content }: Claimed): PersonContent => ({
  ...content,
  account: null,
  oidc: { issuer, subject },
});

async function known(client: Client, { issuer, subject }: Claimed): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    'select id from people where issuer = $1 and subject = $2 for update',
    [issuer, subject],
  );
  return rows[0]?.id ?? null;
}

async function claimedRoles(client: Client, id: string, roles: PersonRole[], said: PeopleChange): Promise<void> {
  const { rows } = await client.query<{ roles: PersonRole[] }>('select roles from people where id = $1', [id]);
  await changeRoles(client, { id, roles: rows[0]?.roles ?? [] }, roles, said);
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
