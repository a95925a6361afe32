/**
 * An uploaded text file as a stream, in flat memory: which format and charset it says it has, its text, the records of a CSV.
 */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Request } from 'express';
import iconv from 'iconv-lite';
import { Problem, type FieldFault } from './problem.js';

export const LINE_LENGTH_MAX = 65_536;

/** EUC-KR as Korean Excel means it: code page 949, which has every modern syllable. */
export type Charset = 'utf-8' | 'euc-kr';

const CHARSETS: Record<string, Charset> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'euc-kr': 'euc-kr',
  'ks_c_5601-1987': 'euc-kr',
  'windows-949': 'euc-kr',
  cp949: 'euc-kr',
  ms949: 'euc-kr',
  uhc: 'euc-kr',
};

/** `formats`: what each accepted media type is. Problem `media_type` saying `accepted` where it is another, or compressed. */
export function fileKind<T>(
  request: Request,
  formats: Readonly<Record<string, T>>,
  accepted: string,
): { format: T; charset: Charset } {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset =
    parameters
      .find((p) => p.startsWith('charset='))
      ?.slice('charset='.length)
      .replaceAll('"', '') ?? 'utf-8';
  const format = Object.hasOwn(formats, type) ? formats[type] : undefined;
  const known = Object.hasOwn(CHARSETS, charset) ? CHARSETS[charset] : undefined;
  if (!format || !known || request.headers['content-encoding'] !== undefined) {
    throw new Problem('media_type', `Send ${accepted}, in UTF-8 or EUC-KR, without content encoding.`);
  }
  return { format, charset: known };
}

/** What a decoder puts where bytes stand for nothing; no text in code page 949 can have it. */
const REPLACEMENT = '\uFFFD';

class Misencoded extends Error {
  readonly code = 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

const isMisencoded = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';

interface Decoder {
  write(chunk: Uint8Array): string;
  end(): string;
}

/** Node’s own EUC-KR knows the 2,350 syllables of KS X 1001 alone, and takes bytes of the others for controls. */
function decoderOf(charset: Charset): Decoder {
  if (charset === 'utf-8') {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    return { write: (chunk) => decoder.decode(chunk, { stream: true }), end: () => decoder.decode() };
  }
  const decoder = iconv.getDecoder('cp949');
  const checked = (text: string | undefined): string => {
    if (text?.includes(REPLACEMENT)) throw new Misencoded();
    return text ?? '';
  };
  return { write: (chunk) => checked(decoder.write(Buffer.from(chunk))), end: () => checked(decoder.end()) };
}

/** A byte order mark is left out. Problem `unprocessable` where the bytes are not of the charset. */
export async function* decoded(source: AsyncIterable<Uint8Array>, charset: Charset): AsyncGenerator<string> {
  const decoder = decoderOf(charset);
  const read = (work: () => string): string => {
    try {
      return work();
    } catch (error) {
      if (!isMisencoded(error)) throw error;
      throw new Problem('unprocessable', `The file is not ${charset.toUpperCase()}.`);
    }
  };
  for await (const chunk of source) yield read(() => decoder.write(chunk));
  yield read(() => decoder.end());
}

export interface CsvRecord {
  /** The first is 1. */
  line: number;
  cells: string[];
}

/** Records of any number of cells; empty lines are left out. `notCsv` makes the problem of a file that is none. */
export async function* csvRecords(
  text: AsyncIterable<string>,
  notCsv: (fault: FieldFault) => Problem,
): AsyncGenerator<CsvRecord> {
  const parser = parse({
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LINE_LENGTH_MAX,
  });
  const source = Readable.from(text);
  source.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw notCsv({ line: Number(error['lines'] ?? 0), detail: `is not CSV: ${error.code}` });
  } finally {
    source.destroy();
  }
}
