/**
 * How the first people get in: keys and one-time links made beside the API, by whoever may write to its database.
 */
import type { Config } from './config.js';
import { installationClock } from './storage/installation.store.js';
import { createKey } from './storage/keys.store.js';
import { PeopleStore, personRoles } from './storage/people.store.js';
import { createPool, type Pool } from './storage/pool.js';

const REASON = 'on the command line';

/** A new key's text. Errors: no such role; the owner, by account or id, is nobody or has not got it. */
export async function key(
  config: Config,
  { name, role, owner }: { name: string; role: string; owner?: string | undefined },
): Promise<string> {
  return await withPool(config, async (pool, { at }) => {
    const said = { by: 'create-key', reason: REASON, now: at };
    return await createKey(pool, { role, name, owner: owner ?? null }, said);
  });
}

/**
 * The token of a one-time link for a person, by account or id. `roles`, with commas: made with these if they are not there yet. Errors: no such
 * person, no such role, suspended.
 */
export async function link(
  config: Config,
  { person: called, roles, name }: { person: string; roles?: string | undefined; name?: string | undefined },
): Promise<string> {
  return await withPool(config, async (pool, times) => {
    const people = new PeopleStore(pool);
    const said = { by: 'link', reason: REASON, ...times };
    const content = { account: called.toLowerCase(), name: name ?? called, email: null, oidc: null };
    const person =
      (await people.find(called)) ??
      (roles === undefined ? null : await people.add({ ...content, roles: personRoles(roles.split(',')) }, said));
    if (!person) throw new Error(`There is nobody called ${called}.`);
    if (person.state !== 'active') throw new Error(`${called} is suspended.`);
    const made = await people.link(person.id, { reset: false }, said);
    if (!made) throw new Error('invariant: a person went away');
    return made.token;
  });
}

/** Nobody decides anything by it: the machine's clock will do. */
async function withPool<T>(
  config: Config,
  work: (pool: Pool, times: { now: number; at: number }) => Promise<T>,
): Promise<T> {
  const pool = createPool(config.databaseUrl, { max: 2 });
  try {
    const now = Date.now();
    return await work(pool, { now, at: now + (await installationClock(pool)).offsetMs });
  } finally {
    await pool.end();
  }
}
