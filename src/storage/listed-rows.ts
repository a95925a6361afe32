/**
 * Rows of an uploaded list on their way into a table: one value each, or the reason why there is none that can be one.
 */
import { Transform } from 'node:stream';

/** One row below the header. */
export interface ListedRow {
  line: number;
  /** Null where there is none that can be one, for the reason beside it. It holds nothing that COPY would have to escape. */
  value: string | null;
  reason: string | null;
}
export interface RefusedRow {
  line: number;
  reason: string;
}

const CHUNK = 65_536;

/** Rows as COPY's text: line, value, reason. */
export function listedAsCopy(): Transform {
  let pending = '';
  return new Transform({
    writableObjectMode: true,
    transform({ line, value, reason }: ListedRow, _encoding, done) {
      pending += `${line}\t${value ?? '\\N'}\t${reason ?? '\\N'}\n`;
      if (pending.length < CHUNK) return done();
      const chunk = pending;
      pending = '';
      done(null, chunk);
    },
    flush(done) {
      done(null, pending);
    },
  });
}

/** What became of the rows of an uploaded segment. */
export interface UploadCounts {
  rows: number;
  matched: number;
  duplicates: number;
  unmatched: number;
  rejected: number;
}
