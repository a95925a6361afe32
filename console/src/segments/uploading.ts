/**
 * A list of customers on its way to become a segment: looked at first, by which nothing is kept.
 */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/sending.js';
import type { SegmentUploaded } from '../client/types.gen.js';

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
export const isWorkbook = (file: File) => file.name.toLowerCase().endsWith('.xlsx');
export const typeOf = (file: File, charset: string) => (isWorkbook(file) ? XLSX : `text/csv; charset=${charset}`);
/** A look at a file needs some key, and keeps none. */
const NO_KEY = 'preview';

export interface TableFile {
  file: File | null;
  charset: string;
}
export interface Chosen extends TableFile {
  /** Null: not chosen; the API takes the one called id, or the first. */
  column: string | null;
}
export interface Target {
  key: string;
  name: string;
  /** The version that it is put over; null: there is none. */
  version: number | null;
}

export async function upload(
  { key, name, version }: Target,
  { file, charset, column }: Chosen & { file: File },
  how: { preview: boolean; progress: (share: number) => void; signal: AbortSignal },
): Promise<SegmentUploaded> {
  const query = new URLSearchParams({
    name,
    ...(how.preview ? { preview: 'true' } : {}),
    ...(column === null ? {} : { column }),
  });
  return await send<SegmentUploaded>({
    url: `/v1/segments/${encodeURIComponent(key)}/upload?${query.toString()}`,
    file,
    headers: how.preview ? {} : version === null ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` },
    type: typeOf(file, charset),
    ...how,
  });
}

/** What would become of the chosen file; `read`: how much of it was sent for that, 0 to 1. */
export function useLook({ file, charset, column }: Chosen) {
  const [read, setRead] = useState(0);
  const look = useQuery({
    queryKey: ['segment-look', file && [file.name, file.size, file.lastModified], charset, column],
    queryFn: async ({ signal }) => {
      if (file === null) return null;
      const how = { preview: true, progress: setRead, signal };
      return await upload({ key: NO_KEY, name: NO_KEY, version: null }, { file, charset, column }, how);
    },
    enabled: file !== null,
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
    placeholderData: (before) => before,
  });
  return { look, read, looked: file && (look.data ?? null) };
}
