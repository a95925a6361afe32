/**
 * What was read from the API, kept while it is looked at. Live values are asked again every few seconds, as long as the page is seen.
 */
import { QueryClient } from '@tanstack/react-query';
import { CallFailed } from './problem.js';

/** Between two looks at what moves by itself. */
export const LIVE_MS = 3_000;
/** At what moves when people decide. */
export const CALM_MS = 15_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && error instanceof CallFailed && error.passing,
      staleTime: 1_000,
      refetchOnWindowFocus: true,
    },
  },
});
