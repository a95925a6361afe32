/**
 * Reading: single things by their query, lists page by page, filters from the address.
 */
import { keepPreviousData, useInfiniteQuery, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';

export const PAGE_SIZE = 200;

interface ListPage<T> {
  items: T[];
  next: string | null;
}

/** `everyMs`: asked again so often while the page is seen. `once`: only when somebody wants it again. */
export function useRead<T>(
  key: readonly unknown[],
  read: (signal: AbortSignal) => Promise<T>,
  options: { everyMs?: number; enabled?: boolean; once?: boolean } = {},
): UseQueryResult<T> {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => read(signal),
    refetchInterval: options.everyMs ?? false,
    enabled: options.enabled ?? true,
    ...(options.once ? { staleTime: Infinity } : {}),
  });
}

/** Whoever has gone far down a list does not have all of it asked again by itself. */
const REFETCHED_PAGES_MAX = 3;
export const isShort = ({ state }: { state: { data?: unknown } }) =>
  ((state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) <= REFETCHED_PAGES_MAX;

/** All pages read so far as one list. */
export function useList<T>(
  key: readonly unknown[],
  read: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<ListPage<T>>,
  options: { everyMs?: number } = {},
) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      read({ limit: PAGE_SIZE, ...(pageParam === '' ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: (query) => (isShort(query) ? (options.everyMs ?? false) : false),
    refetchOnWindowFocus: isShort,
    refetchOnMount: isShort,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
    // rows are compared by nobody: to look through all of them with every page would make a long list slower and slower
    structuralSharing: false,
    placeholderData: keepPreviousData,
  });
}

/** Filters live in the address: `get` reads one, `set` writes it and forgets it where it is empty, `change` several at once. */
export function useFilters() {
  const [params, setParams] = useSearchParams();
  const change = (values: Record<string, string | readonly string[] | null>) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(values)) {
          after.delete(name);
          for (const one of typeof value === 'string' ? [value] : (value ?? []))
            if (one !== '') after.append(name, one);
        }
        return after;
      },
      { replace: true },
    );
  return {
    get: (name: string): string => params.get(name) ?? '',
    all: (name: string): string[] => params.getAll(name),
    any: params.size > 0,
    change,
    set: (name: string, value: string | readonly string[] | null) => change({ [name]: value }),
    clear: () => setParams({}, { replace: true }),
  };
}

/** Only what is not empty. */
export function given(filters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ''));
}
