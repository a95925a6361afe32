/**
 * Who changed which definition or control, and why: appended in the transaction of the change, read the newest first with the seal of each line.
 */
import { GENESIS } from '../domain/ledger/chain.js';
import type { Client, Pool } from './pool.js';

export interface AuditEntry {
  /** Business time, epoch ms. */
  at: number;
  /** Id of the person, or of a key of nobody's. */
  actor: string;
  action: string;
  /** Path of what was changed, such as campaign/spring. */
  subject: string;
  reason?: string;
  before?: unknown;
  after?: unknown;
}

export interface AuditLine {
  no: number;
  at: Date;
  actor: string;
  /** What they are called now; null where it is neither a person nor a key. */
  actorName: string | null;
  action: string;
  subject: string;
  reason: string | null;
  before: unknown;
  after: unknown;
  /** Null until it is sealed. `hash` in hex. */
  seal: { no: number; hash: string } | null;
}

export interface AuditLogHead {
  no: number;
  hash: Buffer;
  /** Database time. */
  sealedAt: Date | null;
  /** Lines that have committed and are not sealed yet. */
  unsealed: number;
}

/** All that are given have to hold. */
export interface AuditFilter {
  actor?: string | undefined;
  /** The action itself, or a family of them: `payout` is every payout.… */
  action?: string | undefined;
  /** The path itself, and all beneath it. */
  subject?: string | undefined;
  /** Business time, half-open. */
  from?: Date | undefined;
  to?: Date | undefined;
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

/** Of one transaction, in this order. */
export async function appendAudits(client: Client, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => ({ ...entry, at: new Date(entry.at) }));
  await client.query(
    `insert into audit_log (at, actor, action, subject, reason, before, after)
     select at, actor, action, subject, reason, before, after from rows from (
       json_to_recordset($1::json) as (at timestamptz, actor text, action text, subject text, reason text, before jsonb, after jsonb)
     ) with ordinality as x(at, actor, action, subject, reason, before, after, n) order by n`,
    [JSON.stringify(rows)],
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

/** The text or what continues it behind the separator, as a range of an index in byte order. */
const beneath = (column: string, at: string, separator: '.' | '/', next: '/' | '0') =>
  `(${at}::text is null or ${column} collate "C" = ${at}
    or (${column} collate "C" >= ${at} || '${separator}' and ${column} collate "C" < ${at} || '${next}'))`;

export class AuditLogStore {
  constructor(private readonly pool: Pool) {}

  /** The newest first, before line `no` where it is given, one more than `limit`. */
  async list(filter: AuditFilter, { before, limit }: { before: number | null; limit: number }): Promise<AuditLine[]> {
    const { actor, action, subject, from, to } = filter;
    const { rows } = await this.pool.query<AuditLine>(
      `select l.no, l.at, l.actor, coalesce(p.name, k.name) as "actorName", l.action, l.subject, l.reason, l.before, l.after,
         case when s.no is not null then json_build_object('no', s.no, 'hash', encode(s.hash, 'hex')) end as seal
       from audit_log l left join audit_log_seals s on s.line = l.no
         left join people p on p.id = l.actor left join api_keys k on k.id = l.actor
       where ($1::bigint is null or l.no < $1) and ($3::text is null or l.actor = $3)
         and ${beneath('l.action', '$4', '.', '/')} and ${beneath('l.subject', '$5', '/', '0')}
         and ($6::timestamptz is null or l.at >= $6) and ($7::timestamptz is null or l.at < $7)
       order by l.no desc limit $2`,
      [before, limit + 1, actor, action, subject, from, to].map((value) => value ?? null),
    );
    return rows;
  }
  /** The end of the chain, all figures in one snapshot; before the first seal, no is 0 and the hash 32 zero bytes. */
  async head(): Promise<AuditLogHead> {
    const { rows } = await this.pool.query<AuditLogHead>(
      `select coalesce(s.no, 0) as no, coalesce(s.hash, $1) as hash, s.sealed_at as "sealedAt",
         (select count(*) from audit_log_unsealed) as unsealed
       from (values (1)) as one left join lateral (select * from audit_log_seals order by no desc limit 1) s on true`,
      [GENESIS],
    );
    return rows[0] as AuditLogHead;
  }
}
