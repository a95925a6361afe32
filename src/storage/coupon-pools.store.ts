/**
 * Pools of coupon codes: defined, filled, and asked how much is left of them and how much may still be needed. Nothing here reads a code.
 */
import type { PoolNeed } from '../domain/ledger/coupon-pool.js';
import { appendAudit } from './audit-log.store.js';
import { uploadCodes, type CodeCounts, type CodeUpload, type CodesUploaded } from './coupon-upload.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import type { ListedRow, RefusedRow } from './listed-rows.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface CouponPool {
  key: string;
  name: string;
  /** Codes left. */
  warnBelow: number;
  createdBy: string;
  createdAt: Date;
}
/** `given + ended + left` are all that were ever added. */
export interface PoolStock extends CouponPool {
  given: number;
  /** Nobody's, and no longer valid. */
  ended: number;
  left: number;
  /** By campaign, those that need nothing left out. */
  needs: (PoolNeed & { campaign: string })[];
}

const COLUMNS = 'p.key, p.name, p.warn_below as "warnBelow", p.created_by as "createdBy", p.created_at as "createdAt"';
const PAGE = 5_000;

/** At most what open runs may still earn, and what has been earned without a code so far. Indexes: participants_due, payouts_pool. */
const NEEDS = `
  with drawing as (
    select distinct r.id as run_id, r.campaign, n.value ->> 'pool' as pool
    from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
    cross join lateral jsonb_each(v.definition #> '{campaign,journey,nodes}') n
    where r.state <> 'closed' and n.value ->> 'type' = 'reward' and n.value ->> 'pool' = any($1::text[])),
  needs as (
    select d.pool, d.campaign, (select count(*) from participants a where a.run_id = d.run_id and a.state = 'active') as under_way,
      0 as waiting, 0 as owed from drawing d
    union all
    select p.pool, p.campaign, 0, count(*) filter (where p.state <> 'rejected'), count(*) filter (where i.state = 'open')
    from payouts p left join owed_items i on i.payout_key = p.key
    where p.pool = any($1::text[]) and p.state in ('intended', 'approved', 'submitting', 'ambiguous', 'held', 'rejected')
    group by 1, 2)
  select pool, campaign, sum(under_way) as "underWay", sum(waiting) as waiting, sum(owed) as owed from needs
  group by pool, campaign having sum(under_way + waiting + owed) > 0 order by campaign`;

/** By pool that exists: whether it has a code that is nobody's. Index: coupon_codes_left. */
export async function poolsWithCodes(client: Client | Pool, keys: readonly string[]): Promise<Map<string, boolean>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; has: boolean }>(
    `select key, exists (select from coupon_codes c where c.pool = p.key and c.payout_key is null) as has
     from coupon_pools p where key = any($1::text[])`,
    [keys],
  );
  return new Map(rows.map(({ key, has }) => [key, has]));
}

export class CouponPoolsStore {
  constructor(private readonly pool: Pool) {}

  async find(key: string, client: Client | Pool = this.pool): Promise<CouponPool | null> {
    const { rows } = await client.query<CouponPool>(`select ${COLUMNS} from coupon_pools p where key = $1`, [key]);
    return rows[0] ?? null;
  }

  /** By key, one more than `limit`; as of `now`, business time. */
  async list(after: string, limit: number, now: number): Promise<PoolStock[]> {
    const { rows } = await this.pool.query<{ key: string }>(
      'select key from coupon_pools where key > $1 order by key limit $2',
      [after, limit + 1],
    );
    return await this.stock(
      rows.map(({ key }) => key),
      now,
    );
  }

  /** Of those that exist, by key. Counts what is there: about a tenth of a second per million codes. */
  async stock(keys: readonly string[], now: number): Promise<PoolStock[]> {
    if (keys.length === 0) return [];
    const { rows } = await this.pool.query<Omit<PoolStock, 'needs' | 'given'> & { added: number }>(
      `select ${COLUMNS}, (select coalesce(sum(u.added), 0) from coupon_uploads u where u.pool = p.key) as added, n.left, n.ended
       from coupon_pools p cross join lateral (
         select count(*) filter (where valid_until > $2) as left, count(*) filter (where valid_until <= $2) as ended
         from coupon_codes c where c.pool = p.key and c.payout_key is null) n
       where key = any($1::text[]) order by key`,
      [keys, new Date(now)],
    );
    const needs = await this.pool.query<PoolNeed & { pool: string; campaign: string }>(NEEDS, [keys]);
    const byPool = Map.groupBy(needs.rows, ({ pool }) => pool);
    return rows.map(({ added, ...row }) => ({
      ...row,
      given: added - row.left - row.ended,
      needs: (byPool.get(row.key) ?? []).map(({ pool: _, ...need }) => need),
    }));
  }

  /** Create, rename, or move the threshold. */
  async put(content: { key: string; name: string; warnBelow: number }, { by, now }: Authored): Promise<void> {
    const { key, name, warnBelow } = content;
    await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `coupon-pool/${key}`);
      const before = (await this.find(key, client)) ?? undefined;
      if (before?.name === name && before.warnBelow === warnBelow) return;
      await client.query(
        `insert into coupon_pools (key, name, warn_below, created_by, created_at) values ($1, $2, $3, $4, $5)
         on conflict (key) do update set name = excluded.name, warn_below = excluded.warn_below`,
        [key, name, warnBelow, by, new Date(now)],
      );
      const subject = `coupon-pool/${key}`;
      await appendAudit(client, {
        at: now,
        actor: by,
        action: 'coupon-pool.put',
        subject,
        before,
        after: { name, warnBelow },
      });
    });
  }

  async upload(upload: CodeUpload, rows: AsyncIterable<ListedRow>, authored: Authored): Promise<CodesUploaded> {
    return await uploadCodes(this.pool, upload, rows, authored);
  }

  /** `id`: <pool>@<number>. */
  async findUpload(id: string): Promise<CodeCounts | null> {
    const { rows } = await this.pool.query<CodeCounts>(
      'select "rows", added, duplicates, rejected from coupon_uploads where id = $1',
      [id],
    );
    return rows[0] ?? null;
  }

  /** By line. */
  async *refused(id: string): AsyncGenerator<RefusedRow[]> {
    for (let after = 0; ;) {
      const { rows } = await this.pool.query<RefusedRow>(
        'select line, reason from coupon_refused_rows where upload = $1 and line > $2 order by line limit $3',
        [id, after, PAGE],
      );
      const last = rows.at(-1);
      if (!last) return;
      yield rows;
      after = last.line;
    }
  }
}
