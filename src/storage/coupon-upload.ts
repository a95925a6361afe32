/**
 * A list of codes becomes stock of a pool. No answer, error or log line bears a code: rows are told by their line.
 */
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { refusedRows, uploadList } from './list-upload.js';
import type { ListedRow, RefusedRow } from './listed-rows.js';
import type { Client, Pool } from './pool.js';

export interface CodeCounts {
  rows: number;
  added: number;
  duplicates: number;
  rejected: number;
}
export interface CodesUploaded {
  /** <pool>@<number>; null for a preview. */
  id: string | null;
  counts: CodeCounts;
  /** The first of them. */
  refused: RefusedRow[];
}
export interface CodeUpload {
  pool: string;
  /** Exclusive, epoch ms; null: for ever. */
  validUntil: number | null;
  preview: boolean;
}

/** Errors of `rows` end it with nothing changed and are thrown on. The pool exists. */
export async function uploadCodes(
  pool: Pool,
  upload: CodeUpload,
  rows: AsyncIterable<ListedRow>,
  authored: Authored,
): Promise<CodesUploaded> {
  return await uploadList(pool, rows, upload, async (client) => {
    // one upload after the other: a code that two of them bear is new in one of them only
    await lockDefinition(client, 'coupon-codes');
    await judge(client);
    const counts = await countRows(client);
    const refused = await refusedRows(client);
    const id = upload.preview ? null : await keep(client, upload, counts, authored);
    return { id, counts, refused };
  });
}

/** Of a code that is repeated the first line counts; one that any pool has is nobody's to give again. */
async function judge(client: Client): Promise<void> {
  await client.query(
    `create temporary table judged on commit drop as
     select l.line, l.value, l.sha, case
         when l.reason is not null then l.reason
         when l.first <> l.line then 'repeats the code of line ' || l.first
         when c.no is not null then 'repeats a code that is in the pool ' || c.pool
       end as reason
     from (select *, min(line) over (partition by sha) as first
           from (select *, sha256(convert_to(value, 'UTF8')) as sha from listed) s) l
     left join coupon_codes c on c.code_sha256 = l.sha`,
  );
}

async function countRows(client: Client): Promise<CodeCounts> {
  const { rows } = await client.query<CodeCounts>(
    `select count(*) as rows, count(*) filter (where reason is null) as added,
       count(*) filter (where value is not null and reason is not null) as duplicates,
       count(*) filter (where value is null) as rejected
     from judged`,
  );
  return rows[0] as CodeCounts;
}

async function keep(
  client: Client,
  { pool, validUntil }: CodeUpload,
  counts: CodeCounts,
  { by, now }: Authored,
): Promise<string> {
  const { rows } = await client.query<{ n: number }>('select count(*) + 1 as n from coupon_uploads where pool = $1', [
    pool,
  ]);
  const id = `${pool}@${rows[0]?.n ?? 1}`;
  const until = validUntil === null ? 'infinity' : new Date(validUntil);
  await client.query(
    `insert into coupon_uploads (id, pool, "rows", added, duplicates, rejected, valid_until, uploaded_by, uploaded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, pool, counts.rows, counts.added, counts.duplicates, counts.rejected, until, by, new Date(now)],
  );
  await client.query(
    `insert into coupon_codes (pool, upload, code, code_sha256, valid_until)
     select $1, $2, value, sha, $3 from judged where reason is null order by line`,
    [pool, id, until],
  );
  await client.query(
    'insert into coupon_refused_rows (upload, line, reason) select $1, line, reason from judged where reason is not null',
    [id],
  );
  await appendAudit(client, {
    at: now,
    actor: by,
    action: 'coupon-pool.upload',
    subject: `coupon-pool/${pool}`,
    after: { upload: id, ...counts, validUntil: validUntil === null ? null : new Date(validUntil) },
  });
  return id;
}
