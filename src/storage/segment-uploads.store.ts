/**
 * Uploads of segments: made, found, and the rows that they refused, page by page.
 */
import type { Authored } from './definition-lock.js';
import type { Pool } from './pool.js';
import type { ListedRow, RefusedRow, UploadCounts } from './listed-rows.js';
import { uploadSegment, type SegmentUpload, type Uploaded } from './segment-upload.js';

const PAGE = 5_000;

export class SegmentUploads {
  constructor(private readonly pool: Pool) {}

  async upload(upload: SegmentUpload, rows: AsyncIterable<ListedRow>, authored: Authored): Promise<Uploaded> {
    return await uploadSegment(this.pool, upload, rows, authored);
  }

  /** `id`: <segment>@<version>. */
  async find(id: string): Promise<UploadCounts | null> {
    const { rows } = await this.pool.query<UploadCounts>(
      'select "rows", matched, duplicates, unmatched, rejected from segment_uploads where id = $1',
      [id],
    );
    return rows[0] ?? null;
  }

  /** By line. */
  async *refused(id: string): AsyncGenerator<RefusedRow[]> {
    for (let after = 0; ;) {
      const { rows } = await this.pool.query<RefusedRow>(
        'select line, reason from segment_refused_rows where upload = $1 and line > $2 order by line limit $3',
        [id, after, PAGE],
      );
      const last = rows.at(-1);
      if (!last) return;
      yield rows;
      after = last.line;
    }
  }
}
