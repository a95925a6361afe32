/**
 * The body of a file. Whoever sends it may be slow; what its rows go to may not wait for that, so the first byte is told when all are here.
 */
import { Problem } from '../http/problem.js';
import { spooled, type Bounds } from './spool.js';
import type { TableFormat } from './table.js';

const CSV_MB_MAX = 500;
/** Twenty million rows of 500 bytes. */
const NDJSON_GB_MAX = 10;

const BOUNDS: Record<'csv' | 'ndjson', Bounds> = {
  csv: {
    bytesMax: CSV_MB_MAX * 1_000_000,
    tooLong: () => new Problem('too_large', `A CSV has at most ${CSV_MB_MAX} MB.`),
  },
  ndjson: {
    bytesMax: NDJSON_GB_MAX * 1_000_000_000,
    tooLong: () => new Problem('too_large', `NDJSON has at most ${NDJSON_GB_MAX} GB.`),
  },
};

/** A workbook is spooled, and bounded, by whoever reads it. */
export const bodyOf = (
  source: AsyncIterable<Uint8Array>,
  { format }: { format: 'ndjson' | TableFormat },
): AsyncIterable<Uint8Array> => (format === 'xlsx' ? source : spooled(source, BOUNDS[format]));
