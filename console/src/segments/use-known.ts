/**
 * What a rule may name, read once: the catalogue with what has been seen, the other segments, the lakes.
 */
import { useMemo } from 'react';
import { useRead } from '../api/lists.js';
import { useMay } from '../api/session.js';
import { segmentfieldsFields, segmentsList } from '../client/sdk.gen.js';

export function useCatalogue() {
  return useRead(['segment-fields'], (signal) => segmentfieldsFields({ signal }));
}

export function useSegmentKeys(): readonly string[] {
  const may = useMay();
  const { data } = useRead(['names', 'segments'], (signal) => segmentsList({ query: { limit: 200 }, signal }), {
    enabled: may('segments.list'),
  });
  return useMemo(() => data?.items.map(({ key }) => key) ?? [], [data]);
}

export function useSourceNames(): readonly string[] {
  const { data } = useCatalogue();
  return useMemo(() => data?.sources.map(({ name }) => name) ?? [], [data]);
}
