/**
 * One writer at a time per definition, so that its versions count up without gaps.
 */
import type { Client } from './pool.js';

const LOCK_SPACE = 7003;

/** Until the end of the transaction; `subject` is a path such as segment/vip. */
export async function lockDefinition(client: Client, subject: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOCK_SPACE, subject]);
}

/** Who writes a definition, and when (business now, epoch ms). */
export interface Authored {
  by: string;
  now: number;
}
