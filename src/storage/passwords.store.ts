/**
 * A person's own password. Whoever has one has to know it to change it; the sessions beside the one that changes it end.
 */
import { appendAudit } from './audit-log.store.js';
import { inTransaction, type Pool } from './pool.js';
import { hashPassword, passwordMatches, tokenHash } from './secrets.js';

export class PasswordsStore {
  constructor(private readonly pool: Pool) {}

  /**
   * `session`: the token that asks; `now`: Temporal's, `at`: business time, epoch ms. False: `current` is not the present one, or the session has been
   * ended meanwhile.
   */
  async change(
    person: string,
    { current, next }: { current: string | null; next: string },
    { session, now, at }: { session: string; now: number; at: number },
  ): Promise<boolean> {
    const { rows } = await this.pool.query<{ hash: string | null }>(
      'select password as hash from people where id = $1',
      [person],
    );
    const before = rows[0]?.hash ?? null;
    if (before !== null && !(await passwordMatches(current ?? '', before))) return false;
    const hash = await hashPassword(next);
    return await inTransaction(this.pool, async (client) => {
      await client.query('select from people where id = $1 for update', [person]); // who resets it ends the session in the same transaction
      const set = await client.query(
        `update people set password = $2 where id = $1 and password is not distinct from $3
           and exists (select from sessions where token_sha256 = $4 and person = $1 and ended_at is null)`,
        [person, hash, before, tokenHash(session)],
      );
      if (set.rowCount === 0) return false;
      await client.query(
        'update sessions set ended_at = $3 where person = $1 and token_sha256 <> $2 and ended_at is null',
        [person, tokenHash(session), new Date(now)],
      );
      await appendAudit(client, { at, actor: person, action: 'person.password', subject: `person/${person}` });
      return true;
    });
  }
}
