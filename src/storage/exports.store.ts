/**
 * What was taken out of the books: each file with its hash and signature, appended together with its line of the audit log.
 */
import { appendAudit } from './audit-log.store.js';
import { inTransaction, type Pool } from './pool.js';

export const EXPORT_KINDS = ['statement', 'report', 'payouts', 'entries', 'draws'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

export interface Export {
  kind: ExportKind;
  /** Of the file. */
  name: string;
  /** As it was asked. */
  query: Record<string, unknown>;
  bytes: number;
  /** Of all its bytes, hex. */
  sha256: string;
  /** What is signed, and base64 by key id. */
  statement: string;
  signatures: Record<string, string>;
  actor: string;
}
export type KeptExport = Export & { no: number; at: Date };

export class ExportsStore {
  constructor(private readonly pool: Pool) {}

  /** `now`: business now, epoch ms. */
  async keep(taken: Export, now: number): Promise<void> {
    const { kind, name, query, bytes, sha256, statement, signatures, actor } = taken;
    await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ no: number }>(
        `insert into exports (kind, name, query, bytes, sha256, statement, signatures, actor, at)
         values ($1, $2, $3, $4, decode($5, 'hex'), $6, $7, $8, $9) returning no`,
        [kind, name, JSON.stringify(query), bytes, sha256, statement, JSON.stringify(signatures), actor, new Date(now)],
      );
      await appendAudit(client, {
        at: now,
        actor,
        action: `export.${kind}`,
        subject: `export/${rows[0]?.no}`,
        after: { name, query, bytes, sha256 },
      });
    });
  }

  /** The newest first, before `no` where it is given, one more than `limit`. */
  async list(before: number | null, limit: number): Promise<KeptExport[]> {
    const { rows } = await this.pool.query<KeptExport>(
      `select no, kind, name, query, bytes, encode(sha256, 'hex') as sha256, statement, signatures, actor, at
       from exports where $1::bigint is null or no < $1 order by no desc limit $2`,
      [before, limit + 1],
    );
    return rows;
  }
}
