/**
 * A list of ids becomes a version of a segment.
 */
import type { RuleGroup } from '../domain/segment/rule.js';
import type { Precondition } from './campaigns.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { refusedRows, uploadList } from './list-upload.js';
import type { ListedRow, RefusedRow, UploadCounts } from './listed-rows.js';
import type { Client, Pool } from './pool.js';
import { isStale, newestSegment, putVersion, type Segment } from './segments.store.js';

/** `segment` is null for a preview. */
export interface Uploaded {
  counts: UploadCounts;
  /** The first of them. */
  refused: RefusedRow[];
  segment: Segment | null;
}

/** The segment is asked of a lake; an upload is kept here. */
export class OtherSource extends Error {}
/** The segment is not as whoever uploads has seen it. */
export class StaleSegment extends Error {}

export interface SegmentUpload {
  key: string;
  name: string;
  preview: boolean;
  /** What it is put over; by default whatever is there. */
  seen?: Precondition;
}

/** Errors of `rows` end it with nothing changed and are thrown on. */
export async function uploadSegment(
  pool: Pool,
  upload: SegmentUpload,
  rows: AsyncIterable<ListedRow>,
  authored: Authored,
): Promise<Uploaded> {
  return await uploadList(pool, rows, upload, async (client) => {
    await judge(client);
    const counts = await countRows(client);
    const refused = await refusedRows(client);
    const segment = upload.preview ? null : await keep(client, upload, counts, authored);
    return { counts, refused, segment };
  });
}

/** Of an id that is repeated the first line counts. One sort and one join, whatever the rows are. */
async function judge(client: Client): Promise<void> {
  await client.query(
    `create temporary table judged on commit drop as
     select l.line, l.value as id, case
         when l.reason is not null then l.reason
         when l.first <> l.line then 'repeats the id of line ' || l.first
         when c.id is null then 'is not the id of a customer'
       end as reason
     from (select *, min(line) over (partition by value) as first from listed) l left join customers c on c.id = l.value`,
  );
}

async function countRows(client: Client): Promise<UploadCounts> {
  const { rows } = await client.query<UploadCounts>(
    `select count(*) as rows, count(*) filter (where reason is null) as matched,
       count(*) filter (where reason like 'repeats%') as duplicates,
       count(*) filter (where id is not null and reason like 'is not%') as unmatched,
       count(*) filter (where id is null) as rejected
     from judged`,
  );
  return rows[0] as UploadCounts;
}

async function keep(
  client: Client,
  { key, name, seen = 'none' }: SegmentUpload,
  counts: UploadCounts,
  authored: Authored,
): Promise<Segment> {
  await lockDefinition(client, 'segments');
  const before = await newestSegment(client, key);
  if (isStale(before, seen)) throw new StaleSegment();
  if (before && before.source !== null) throw new OtherSource();
  const version = (before?.version ?? 0) + 1;
  const id = `${key}@${version}`;
  await client.query(
    `insert into segment_uploads (id, segment, "rows", matched, duplicates, unmatched, rejected, uploaded_by, uploaded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      key,
      counts.rows,
      counts.matched,
      counts.duplicates,
      counts.unmatched,
      counts.rejected,
      authored.by,
      new Date(authored.now),
    ],
  );
  await client.query(
    'insert into segment_uploaded (upload, customer_id) select $1, id from judged where reason is null',
    [id],
  );
  await client.query(
    'insert into segment_refused_rows (upload, line, reason) select $1, line, reason from judged where reason is not null',
    [id],
  );
  const rule: RuleGroup = { combinator: 'and', rules: [{ field: 'upload', operator: '=', value: id }] };
  return await putVersion(client, { key, name, rule, source: null }, authored);
}
