/**
 * Who changed which definition or control, and why: appended in the transaction of the change.
 */
import type { Client } from './pool.js';

export interface AuditEntry {
  /** Business time, epoch ms. */
  at: number;
  /** Id of the API key. */
  actor: string;
  action: string;
  /** Path of what was changed, such as campaign/spring. */
  subject: string;
  reason?: string;
  before?: unknown;
  after?: unknown;
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

export async function appendAudit(client: Client, entry: AuditEntry): Promise<void> {
  await client.query(
    'insert into audit_log (at, actor, action, subject, reason, before, after) values ($1, $2, $3, $4, $5, $6, $7)',
    [
      new Date(entry.at),
      entry.actor,
      entry.action,
      entry.subject,
      entry.reason ?? null,
      json(entry.before),
      json(entry.after),
    ],
  );
}

/** What stood before the newest version of a definition; undefined before its first. */
export async function versionBefore(
  client: Client,
  table: 'segments' | 'templates' | 'contact_policies' | 'reward_caps',
  { key, version }: { key: string; version: number },
): Promise<unknown> {
  const { rows } = await client.query<{ before: unknown }>(
    `select to_jsonb(d) as before from ${table} d where key = $1 and version = $2`,
    [key, version - 1],
  );
  return rows[0]?.before;
}
