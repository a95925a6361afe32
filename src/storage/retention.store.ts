/**
 * How long rows are kept, every version of it, and what has expired by it: told to an admin, with what holds the runs that are old enough.
 */
import type { HeldBy, RetentionKind } from '../domain/retention/policy.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface RetentionPolicy {
  kind: RetentionKind;
  version: number;
  /** Null: for ever. */
  days: number | null;
  reason: string;
  createdBy: string;
  createdAt: Date;
}
export interface Expired {
  kind: RetentionKind;
  /** Runs; of other kinds rows. */
  removed: number;
  /** What was over, or received, before this. */
  through: Date;
  /** Business time of the newest removal. */
  at: Date;
}

const COLUMNS = 'kind, version, days, reason, created_by as "createdBy", created_at as "createdAt"';

export async function retentionPolicies(client: Client | Pool): Promise<RetentionPolicy[]> {
  const { rows } = await client.query<RetentionPolicy>(
    `select distinct on (kind) ${COLUMNS} from retention_policies order by kind, version desc`,
  );
  return rows;
}

export class RetentionStore {
  constructor(private readonly pool: Pool) {}

  policies(): Promise<RetentionPolicy[]> {
    return retentionPolicies(this.pool);
  }

  /** Days that the contact policies in force count back, rounded up: no run expires sooner. */
  async contactDays(): Promise<number> {
    const { rows } = await this.pool.query<{ days: number }>(
      `select ceil(extract(epoch from longest_contact_window()) / 86400)::int as days`,
    );
    return rows[0]?.days ?? 0;
  }

  /** What has gone so far, by kind. */
  async expired(): Promise<Expired[]> {
    const { rows } = await this.pool.query<Expired>(
      `select kind, sum(case kind when 'runs' then 1 when 'requests' then (removed->>'n')::bigint
           else (select sum((v->>'n')::bigint) from jsonb_each(removed) as e(k, v)) end)::bigint as removed,
         max(through) as through, max(at) as at
       from retentions group by kind order by kind`,
    );
    return rows;
  }

  /** Runs that are old enough at `now` and may not expire yet, by what holds them. */
  async held(now: number): Promise<{ by: HeldBy; runs: number }[]> {
    const days = (await this.policies()).find(({ kind }) => kind === 'runs')?.days;
    if (days === undefined || days === null) return [];
    const { rows } = await this.pool.query<{ by: HeldBy; runs: number }>(
      `select h.by, count(*) as runs from runs r cross join lateral (
         select run_held(r.id, $1::timestamptz - $2 * interval '1 day', $1) as by) h
       where coalesce(r.closed_at, r.started_at) < $1::timestamptz - $2 * interval '1 day' and h.by is not null
         and not exists (select from retentions t where t.run_id = r.id) group by 1 order by 1`,
      [new Date(now), days],
    );
    return rows;
  }

  /** A new version if the days differ from the newest one's. */
  async put(kind: RetentionKind, days: number | null, said: { by: string; reason: string; now: number }) {
    return await inTransaction(this.pool, async (client): Promise<RetentionPolicy> => {
      await lockDefinition(client, `retention/${kind}`);
      const before = (await retentionPolicies(client)).find((one) => one.kind === kind);
      if (before && before.days === days) return before;
      const { rows } = await client.query<RetentionPolicy>(
        `insert into retention_policies (kind, version, days, reason, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6) returning ${COLUMNS}`,
        [kind, (before?.version ?? 0) + 1, days, said.reason, said.by, new Date(said.now)],
      );
      const after = rows[0] as RetentionPolicy;
      const subject = `retention/${kind}`;
      const { by: actor, reason, now: at } = said;
      await appendAudit(client, { at, actor, action: 'retention.put', subject, reason, before, after });
      return after;
    });
  }
}
