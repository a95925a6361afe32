/**
 * A table of customers on its way: how it begins, what would become of it, and then the table itself.
 */
import { send } from '../api/sending.js';
import type { CustomerColumns, CustomerImport } from '../client/types.gen.js';
import { isWorkbook, typeOf, type TableFile } from '../segments/uploading.js';

/** Of a CSV the beginning is enough to see its columns by. */
const BEGINNING = 1_000_000;

interface How {
  progress: (share: number) => void;
  signal: AbortSignal;
}
export type Whole = TableFile & { file: File };

export async function lookAt({ file, charset }: Whole, how: How): Promise<CustomerColumns> {
  const beginning = isWorkbook(file) ? file : file.slice(0, BEGINNING);
  const type = typeOf(file, charset);
  return await send<CustomerColumns>({ url: '/v1/customers/columns', file: beginning, headers: {}, type, ...how });
}

/** `map`: what its columns are. */
export async function upload(
  { file, charset }: Whole,
  map: URLSearchParams,
  { preview, ...how }: How & { preview: boolean },
): Promise<CustomerImport> {
  const query = new URLSearchParams([...map, ...(preview ? [['preview', 'true']] : [])]);
  const url = `/v1/customers?${query.toString()}` as const;
  return await send<CustomerImport>({ url, file, headers: {}, type: typeOf(file, charset), ...how });
}
