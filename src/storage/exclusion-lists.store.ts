/**
 * Exclusion lists: every version stays, and every entry; the newest of each is in force from its commit on.
 */
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import {
  uploadExclusions,
  validityTimes,
  type ExclusionsUploaded,
  type ExclusionUpload,
  type Validity,
} from './exclusion-upload.js';
import type { ListedRow } from './listed-rows.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface ExclusionListContent extends Validity {
  key: string;
  name: string;
  segment: string | null;
  active: boolean;
}
export interface ExclusionList {
  key: string;
  version: number;
  name: string;
  segment: string | null;
  validFrom: Date | null;
  validTo: Date | null;
  active: boolean;
  createdBy: string;
  createdAt: Date;
}
export interface ExclusionEntry extends Validity {
  customer: string;
  excluded: boolean;
}
export interface StandingEntry {
  customer: string;
  validFrom: Date | null;
  validTo: Date | null;
  actor: string;
  at: Date;
}

const COLUMNS = `key, version, name, segment, nullif(valid_from, '-infinity') as "validFrom", nullif(valid_to, 'infinity') as "validTo",
  active, created_by as "createdBy", created_at as "createdAt"`;

async function newest(client: Client | Pool, key: string): Promise<ExclusionList | null> {
  const { rows } = await client.query<ExclusionList>(
    `select ${COLUMNS} from exclusion_lists where key = $1 order by version desc limit 1`,
    [key],
  );
  return rows[0] ?? null;
}

export class ExclusionListsStore {
  constructor(private readonly pool: Pool) {}

  async find(key: string): Promise<ExclusionList | null> {
    return await newest(this.pool, key);
  }

  /** Newest versions by key, one more than `limit`. */
  async list(after: string, limit: number): Promise<ExclusionList[]> {
    const { rows } = await this.pool.query<ExclusionList>(
      `select distinct on (key) ${COLUMNS} from exclusion_lists where key > $1 order by key, version desc limit $2`,
      [after, limit + 1],
    );
    return rows;
  }

  /** A new version if the content differs from the newest one. `otherKind`: an uploaded list stays uploaded, a ruled one ruled. */
  async put(content: ExclusionListContent, { by, now }: Authored): Promise<ExclusionList | 'otherKind'> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `exclusion-list/${content.key}`);
      const before = (await newest(client, content.key)) ?? undefined;
      if (before && (before.segment === null) !== (content.segment === null)) return 'otherKind';
      const { rows } = await client.query<ExclusionList>(
        `with newest as (select * from exclusion_lists where key = $1 order by version desc limit 1)
         insert into exclusion_lists (key, version, name, segment, valid_from, valid_to, active, created_by, created_at)
         select $1, coalesce((select version from newest), 0) + 1, $2, $3, $4, $5, $6, $7, $8
         where not exists (select 1 from newest where name = $2 and segment is not distinct from $3 and valid_from = $4
                             and valid_to = $5 and active = $6)
         returning ${COLUMNS}`,
        [content.key, content.name, content.segment, ...validityTimes(content), content.active, by, new Date(now)],
      );
      const [created] = rows;
      if (!created) return before as ExclusionList;
      const subject = `exclusion-list/${content.key}`;
      await appendAudit(client, { at: now, actor: by, action: 'exclusion-list.put', subject, before, after: created });
      return created;
    });
  }

  /** All in one transaction; what is said twice of one customer, the last stands. */
  async addEntries(key: string, entries: readonly ExclusionEntry[], { by, now }: Authored): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `exclusion-list/${key}`); // entries of one list have one order
      const rows = entries.map(({ customer, excluded, ...validity }, i) => {
        const [f, t] = validityTimes(validity);
        return { i, c: customer, e: excluded, f, t };
      });
      await client.query(
        `insert into exclusion_entries (list, customer_id, excluded, valid_from, valid_to, actor, at)
         select $1, c, e, f, t, $2, $3 from json_to_recordset($4::json) as x(i int, c text, e boolean, f timestamptz, t timestamptz)
         order by i`,
        [key, by, new Date(now), JSON.stringify(rows)],
      );
      const subject = `exclusion-list/${key}`;
      const after = { entries: entries.length };
      await appendAudit(client, { at: now, actor: by, action: 'exclusion-list.entries', subject, after });
    });
  }

  async upload(
    upload: ExclusionUpload,
    rows: AsyncIterable<ListedRow>,
    authored: Authored,
  ): Promise<ExclusionsUploaded> {
    return await uploadExclusions(this.pool, upload, rows, authored);
  }

  /** Who is on an uploaded list, by id, whatever their validity; one more than `limit`. Index: exclusion_entries_list. */
  async entries(key: string, after: string, limit: number): Promise<StandingEntry[]> {
    const { rows } = await this.pool.query<StandingEntry>(
      `select customer_id as customer, nullif(valid_from, '-infinity') as "validFrom", nullif(valid_to, 'infinity') as "validTo", actor, at
       from (select distinct on (customer_id) * from exclusion_entries where list = $1 and customer_id > $2
             order by customer_id, no desc) e
       where excluded order by customer_id limit $3`,
      [key, after, limit + 1],
    );
    return rows;
  }
}
