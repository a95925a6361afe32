/**
 * How many a rule selects as it is edited, and what is wrong with it: asked a moment after the last change; what was asked before is given up.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { CallFailed } from '../api/problem.js';
import { segmentsCountInline, segmentsCountStored } from '../client/sdk.gen.js';
import type { RuleGroup } from '../client/types.gen.js';
import { splitFaults, type RuleFault } from './rule/faults.js';

const AFTER_MS = 400;

/** `stored`: the key of a segment that is asked as it is kept; its rule may be of an upload, which nobody writes. */
export interface Asked {
  rule: RuleGroup;
  source: string | null;
  stored: string | null;
}

export interface Counted {
  /** Null: not known. */
  count: number | null;
  asOf: string | null;
  faults: RuleFault[];
  /** What is told is of an older rule. */
  counting: boolean;
  /** Nobody could be asked, or it took too long. */
  failure: unknown;
  again: () => void;
}

export function useCount(given: Asked, enabled: boolean): Counted {
  const asked = useLater(given, AFTER_MS);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['segment-count', asked],
    queryFn: ({ signal }) =>
      asked.stored === null
        ? segmentsCountInline({ body: { rule: asked.rule, source: asked.source }, signal })
        : segmentsCountStored({ path: { key: asked.stored }, signal }),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
    retry: false,
    refetchOnWindowFocus: false,
  });
  return useMemo(() => {
    const { rule: faults, other } = splitFaults(error instanceof CallFailed && !error.passing ? error.faults : []);
    const isAboutRule = faults.length > 0 && other.length === 0;
    return {
      count: data?.count ?? null,
      asOf: data?.asOf ?? null,
      faults,
      counting: enabled && (isFetching || asked !== given),
      failure: isAboutRule ? null : error,
      again: () => void refetch(),
    };
  }, [data, error, isFetching, asked, given, enabled, refetch]);
}

function useLater<T>(value: T, ms: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later;
}
