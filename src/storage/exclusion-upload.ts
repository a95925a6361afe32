/**
 * A list of customers is put on an exclusion list, taken off it, or becomes the list. Whoever stands there already as the file says gets no new entry,
 * so that the same file again changes nothing. Strangers are put on it as well: who comes later is excluded from the start.
 */
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { refusedRows, uploadList } from './list-upload.js';
import type { ListedRow, RefusedRow } from './listed-rows.js';
import type { Client, Pool } from './pool.js';

/** Times are epoch ms; null is without an end. */
export interface Validity {
  validFrom: number | null;
  validTo: number | null;
}
/** From and to, as the tables have them. */
export const validityTimes = ({ validFrom, validTo }: Validity): [Date | string, Date | string] => [
  validFrom === null ? '-infinity' : new Date(validFrom),
  validTo === null ? 'infinity' : new Date(validTo),
];

export interface ExclusionUpload extends Validity {
  list: string;
  mode: 'add' | 'remove' | 'replace';
  preview: boolean;
}
export interface ExclusionUploadCounts {
  rows: number;
  /** Put on the list, or their validity is another one now. */
  added: number;
  /** Taken off it. */
  removed: number;
  /** As the file says already. */
  unchanged: number;
  duplicates: number;
  rejected: number;
  /** Ids, among all above, of whom there is no customer yet. */
  unknown: number;
}
export interface ExclusionsUploaded {
  counts: ExclusionUploadCounts;
  /** The first of them. */
  refused: RefusedRow[];
}

/** A list is not replaced by a file with rows that cannot be read, or without any: whoever they name would come off it. */
export class CannotReplace extends Error {}

/** Errors: CannotReplace, and those of `rows`; they end it with nothing changed. The list exists and is no ruled one. */
export async function uploadExclusions(
  pool: Pool,
  upload: ExclusionUpload,
  rows: AsyncIterable<ListedRow>,
  authored: Authored,
): Promise<ExclusionsUploaded> {
  return await uploadList(pool, rows, upload, async (client) => {
    await lockDefinition(client, `exclusion-list/${upload.list}`); // entries of one list have one order
    await judge(client, upload);
    const counts = await countRows(client);
    const refused = await refusedRows(client);
    if (upload.preview) return { counts, refused };
    const named = counts.rows - counts.rejected;
    if (upload.mode === 'replace' && (counts.rejected > 0 || named === 0)) throw new CannotReplace();
    await keep(client, upload, counts, authored);
    return { counts, refused };
  });
}

/** `moves`: the entry that each customer of the file, or of the list that it replaces, is to have; of an id that is repeated the first line counts. */
async function judge(client: Client, { list, mode, validFrom, validTo }: ExclusionUpload): Promise<void> {
  await client.query(
    `create temporary table judged on commit drop as
     select l.line, l.value as id, coalesce(l.reason, case when l.first <> l.line then 'repeats the id of line ' || l.first end) as reason
     from (select *, min(line) over (partition by value) as first from listed) l`,
  );
  await client.query(
    `create temporary table moves on commit drop as
     with standing as (
       select customer_id as id, valid_from, valid_to from (
         select distinct on (customer_id) * from exclusion_entries where list = $1 order by customer_id, no desc) e where excluded),
     named as (select id from judged where reason is null)
     select id, n.id is not null and $2 <> 'remove' as excluded,
       case when $2 = 'remove' then s.id is not null
            when n.id is null then $2 = 'replace'
            else s.id is null or s.valid_from <> $3 or s.valid_to <> $4 end as moves
     from named n full join standing s using (id)
     where n.id is not null or $2 = 'replace'`,
    [list, mode, ...validityTimes({ validFrom, validTo })],
  );
}

async function countRows(client: Client): Promise<ExclusionUploadCounts> {
  const { rows } = await client.query<ExclusionUploadCounts>(
    `select (select count(*) from judged) as rows,
       count(*) filter (where moves and excluded) as added, count(*) filter (where moves and not excluded) as removed,
       count(*) filter (where not moves) as unchanged,
       (select count(*) from judged where id is not null and reason is not null) as duplicates,
       (select count(*) from judged where id is null) as rejected,
       (select count(*) from judged j where reason is null and not exists (select 1 from customers c where c.id = j.id)) as unknown
     from moves`,
  );
  return rows[0] as ExclusionUploadCounts;
}

async function keep(
  client: Client,
  { list, mode, validFrom, validTo }: ExclusionUpload,
  counts: ExclusionUploadCounts,
  { by, now }: Authored,
): Promise<void> {
  const { rowCount } = await client.query(
    `insert into exclusion_entries (list, customer_id, excluded, valid_from, valid_to, actor, at)
     select $1, id, excluded, case when excluded then $2::timestamptz else '-infinity' end,
       case when excluded then $3::timestamptz else 'infinity' end, $4, $5
     from moves where moves order by id`,
    [list, ...validityTimes({ validFrom, validTo }), by, new Date(now)],
  );
  if (rowCount === 0) return;
  await appendAudit(client, {
    at: now,
    actor: by,
    action: 'exclusion-list.upload',
    subject: `exclusion-list/${list}`,
    after: { mode, ...counts },
  });
}
