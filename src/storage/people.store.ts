/**
 * The people of an installation: added, their roles changed, suspended, let in again. Nobody is ever removed, so that each name in the books stays
 * explained. Times are Temporal's (`now`) and, of the audit log, business time (`at`), both epoch ms.
 */
import { randomBytes } from 'node:crypto';
import { appendAudit } from './audit-log.store.js';
import { ROLES, type Role } from './keys.store.js';
import { inTransaction, sqlState, type Client, type Pool } from './pool.js';
import { hashPassword } from './secrets.js';
import { endSessions } from './sessions.store.js';
import { makeLink, voidLinks } from './sign-in-links.js';

/** Events are told by keys, never by people. */
export type PersonRole = Exclude<Role, 'source'>;
export const PERSON_ROLES = ROLES.filter((role): role is PersonRole => role !== 'source');

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
export interface PeopleChange {
  by: string;
  reason: string;
  now: number;
  at: number;
}

const COLUMNS = `id, account, name, email, roles, state, password is not null as password, created_at as "createdAt",
  case when issuer is not null then json_build_object('issuer', issuer, 'subject', subject) end as oidc`;

const UNIQUE_VIOLATION = '23505';

const lineOf = (person: string, { by, reason, at }: PeopleChange) => ({ at, actor: by, subject: `person/${person}`, reason });

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
    const { rows } = await this.pool.query<Person>(
      `select ${COLUMNS} from people where id > $1 order by id limit $2`,
      [after, limit + 1],
    );
    return rows;
  }

  /** By id, or by account. */
  async find(called: string): Promise<Person | null> {
    const { rows } = await this.pool.query<Person>(
      `select ${COLUMNS} from people where id = $1 or account = lower($1)`,
      [called],
    );
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

  async setRoles(id: string, roles: PersonRole[], said: PeopleChange): Promise<Person | null> {
    return await this.change(id, 'person.roles', said, async (client, before) => {
      if (before.roles.length === roles.length && roles.every((role) => before.roles.includes(role))) return null;
      await client.query('update people set roles = $2 where id = $1', [id, roles]);
      return { before: { roles: before.roles }, after: { roles } };
    });
  }

  /** Suspending ends what they are signed in with, and voids their links. */
  async setState(id: string, state: Person['state'], said: PeopleChange): Promise<Person | null> {
    return await this.change(id, `person.${state === 'active' ? 'resume' : 'suspend'}`, said, async (client, before) => {
      if (before.state === state) return null;
      await client.query('update people set state = $2 where id = $1', [id, state]);
      if (state === 'suspended') await this.shutOut(client, id, said.now);
      return { before: { state: before.state }, after: { state } };
    });
  }

  /** Their password and all that lets them in is void; a new link lets them in. Null: there is nobody such. */
  async reset(id: string, said: PeopleChange): Promise<{ token: string; expiresAt: Date } | null> {
    return await inTransaction(this.pool, async (client) => {
      if (!(await locked(client, id))) return null;
      await client.query('update people set password = null where id = $1', [id]);
      await this.shutOut(client, id, said.now);
      await appendAudit(client, { ...lineOf(id, said), action: 'person.reset' });
      return await makeLink(client, id, said.now);
    });
  }

  /** A new one-time link. Null: there is nobody such. */
  async link(id: string, said: PeopleChange): Promise<{ token: string; expiresAt: Date } | null> {
    return await inTransaction(this.pool, async (client) => {
      if (!(await locked(client, id))) return null;
      await appendAudit(client, { ...lineOf(id, said), action: 'person.link' });
      return await makeLink(client, id, said.now);
    });
  }

  async setPassword(person: string, password: string, said: PeopleChange): Promise<void> {
    const hash = await hashPassword(password);
    await inTransaction(this.pool, async (client) => {
      await client.query('update people set password = $2 where id = $1', [person, hash]);
      await appendAudit(client, { ...lineOf(person, said), action: 'person.password' });
    });
  }

  /** The person's row is locked; `work` says what was and is, or null where nothing changes. */
  private async change(
    id: string,
    action: string,
    said: PeopleChange,
    work: (client: Client, before: Person) => Promise<{ before: unknown; after: unknown } | null>,
  ): Promise<Person | null> {
    return await inTransaction(this.pool, async (client) => {
      const person = await locked(client, id);
      if (!person) return null;
      const changed = await work(client, person);
      if (!changed) return person;
      await appendAudit(client, { ...lineOf(id, said), action, ...changed });
      return await locked(client, id);
    });
  }

  private async shutOut(client: Client, id: string, now: number): Promise<void> {
    await endSessions(client, id, now);
    await voidLinks(client, id, now);
  }
}

async function locked(client: Client, id: string): Promise<Person | null> {
  const { rows } = await client.query<Person>(`select ${COLUMNS} from people where id = $1 for update`, [id]);
  return rows[0] ?? null;
}
