/**
 * The people of an installation: added, their roles changed, suspended, let in again. Nobody is ever removed, so that each name in the books stays
 * explained. Times are Temporal's (`now`) and, of the audit log, business time (`at`), both epoch ms.
 */
import { randomBytes } from 'node:crypto';
import { appendAudit } from './audit-log.store.js';
import { ROLES, SYSTEM_ROLES, type Role } from './keys.store.js';
import { inTransaction, sqlState, type Client, type Pool } from './pool.js';
import { endSessions } from './sessions.store.js';
import { makeLink, voidLinks } from './sign-in-links.js';

export type PersonRole = Exclude<Role, (typeof SYSTEM_ROLES)[number]>;
export const PERSON_ROLES = ROLES.filter(
  (role): role is PersonRole => !(SYSTEM_ROLES as readonly Role[]).includes(role),
);

/** Errors: one of them is no role of a person. */
export function personRoles(names: readonly string[]): PersonRole[] {
  return names.map((name) => {
    const role = PERSON_ROLES.find((one) => one === name);
    if (!role) throw new Error(`a person's roles are of ${PERSON_ROLES.join(', ')}`);
    return role;
  });
}

export interface PersonContent {
  /** What they sign in as; null: by the identity provider alone. */
  account: string | null;
  name: string;
  email: string | null;
  roles: PersonRole[];
  /** What the identity provider calls them. */
  oidc: { issuer: string; subject: string } | null;
}
export interface Person extends PersonContent {
  id: string;
  state: 'active' | 'suspended';
  /** Whether they have one. */
  password: boolean;
  createdAt: Date;
}
export interface PersonLink {
  /** Id. */
  person: string;
  token: string;
  expiresAt: Date;
}
export interface PeopleChange {
  by: string;
  reason: string;
  now: number;
  at: number;
}

const COLUMNS = `id, account, name, email, roles, state, password is not null as password, created_at as "createdAt",
  case when issuer is not null then json_build_object('issuer', issuer, 'subject', subject) end as oidc`;

export const UNIQUE_VIOLATION = '23505';

const lineOf = (person: string, { by, reason, at }: PeopleChange) => ({
  at,
  actor: by,
  subject: `person/${person}`,
  reason,
});

/** A person who is not there yet. Errors: SQLSTATE 23505 where account, e-mail or subject is somebody's. */
export async function insertPerson(client: Client, content: PersonContent, said: PeopleChange): Promise<Person> {
  const { account, name, email, roles, oidc } = content;
  const { rows } = await client.query<Person>(
    `insert into people (id, account, name, email, roles, issuer, subject, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${COLUMNS}`,
    [
      `p_${randomBytes(6).toString('hex')}`,
      account,
      name,
      email,
      roles,
      oidc?.issuer ?? null,
      oidc?.subject ?? null,
      said.by,
      new Date(said.now),
    ],
  );
  const person = rows[0] as Person;
  await appendAudit(client, { ...lineOf(person.id, said), action: 'person.add', after: { name, roles } });
  return person;
}

export class PeopleStore {
  constructor(private readonly pool: Pool) {}

  /** By id, one more than `limit`; suspended ones too. */
  async list(after: string, limit: number): Promise<Person[]> {
    const { rows } = await this.pool.query<Person>(`select ${COLUMNS} from people where id > $1 order by id limit $2`, [
      after,
      limit + 1,
    ]);
    return rows;
  }

  /** By id, or by account. */
  async find(called: string): Promise<Person | null> {
    const { rows } = await this.pool.query<Person>(`select ${COLUMNS} from people where ${CALLED}`, [called]);
    return rows[0] ?? null;
  }

  /** Null where account, e-mail or subject is somebody's already. */
  async add(content: PersonContent, said: PeopleChange): Promise<Person | null> {
    try {
      return await inTransaction(this.pool, (client) => insertPerson(client, content, said));
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) return null;
      throw error;
    }
  }

  async setRoles(called: string, roles: PersonRole[], said: PeopleChange): Promise<Person | null> {
    return await this.change(called, async (client, person) => await changeRoles(client, person, roles, said));
  }

  /** Suspending ends what they are signed in with, and voids their links. */
  async setState(called: string, state: Person['state'], said: PeopleChange): Promise<Person | null> {
    const action = state === 'active' ? 'person.resume' : 'person.suspend';
    return await this.change(called, async (client, { id, state: before }) => {
      if (before === state) return;
      await client.query('update people set state = $2 where id = $1', [id, state]);
      if (state === 'suspended') await shutOut(client, id, said.now);
      await appendAudit(client, { ...lineOf(id, said), action, before: { state: before }, after: { state } });
    });
  }

  /** A new one-time link, those before are void; null: there is nobody such. `reset`: so are the password and what they are signed in with. */
  async link(called: string, { reset }: { reset: boolean }, said: PeopleChange): Promise<PersonLink | null> {
    return await inTransaction(this.pool, async (client) => {
      const person = await locked(client, called);
      if (!person) return null;
      if (reset) {
        await client.query('update people set password = null where id = $1', [person.id]);
        await shutOut(client, person.id, said.now);
      }
      await appendAudit(client, { ...lineOf(person.id, said), action: reset ? 'person.reset' : 'person.link' });
      return { person: person.id, ...(await makeLink(client, person.id, said.now)) };
    });
  }

  /** The person's row is locked; returns them as they are after `work`. */
  private async change(
    called: string,
    work: (client: Client, person: Person) => Promise<void>,
  ): Promise<Person | null> {
    return await inTransaction(this.pool, async (client) => {
      const person = await locked(client, called);
      if (!person) return null;
      await work(client, person);
      return await locked(client, person.id);
    });
  }
}

/** The same roles change nothing. The caller has locked the person. */
export async function changeRoles(
  client: Client,
  { id, roles: before }: Pick<Person, 'id' | 'roles'>,
  roles: PersonRole[],
  said: PeopleChange,
): Promise<void> {
  if (before.length === roles.length && roles.every((role) => before.includes(role))) return;
  await client.query('update people set roles = $2 where id = $1', [id, roles]);
  await appendAudit(client, {
    ...lineOf(id, said),
    action: 'person.roles',
    before: { roles: before },
    after: { roles },
  });
}

async function shutOut(client: Client, id: string, now: number): Promise<void> {
  await endSessions(client, id, now);
  await voidLinks(client, id, now);
}

const CALLED = '(id = $1 or account = lower($1))';

async function locked(client: Client, called: string): Promise<Person | null> {
  const { rows } = await client.query<Person>(`select ${COLUMNS} from people where ${CALLED} for update`, [called]);
  return rows[0] ?? null;
}
