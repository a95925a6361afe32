/**
 * People who sign in to an installation of a test.
 */
import { insertPerson, type PersonRole } from '../../src/storage/people.store.js';
import { createPool, inTransaction } from '../../src/storage/pool.js';
import { makeLink } from '../../src/storage/sign-in-links.js';
import type { Stack } from './stack.js';

let people = 0;

/** The link of somebody new with these roles. Links end by Temporal's time, which is the machine's here. */
export async function oneTimeLink(
  stack: Stack,
  roles: PersonRole[],
  name = `Person ${(people += 1)}`,
): Promise<string> {
  const pool = createPool(stack.appUrl, { max: 1 });
  try {
    const said = { by: 'test', reason: 'test', now: Date.now(), at: 0 };
    const content = { account: `person-${(people += 1)}`, name, email: null, roles, oidc: null };
    const { token } = await inTransaction(pool, async (client) => {
      const { id } = await insertPerson(client, content, said);
      return await makeLink(client, id, said.now);
    });
    return `${stack.api.url}/sign-in#token=${token}`;
  } finally {
    await pool.end();
  }
}
