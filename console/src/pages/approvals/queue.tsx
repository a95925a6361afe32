/**
 * What one kind of approval has waiting, and how its reading went.
 */
import type { ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import { Failure } from '../../parts/failure.js';

export interface Queue<T> {
  items: readonly T[];
  pending: boolean;
  /** When the oldest of what it was read from was read. */
  dataUpdatedAt: number;
  failure: ReactNode;
}

export function queueOf<T>(name: string, queries: readonly UseQueryResult[], items: readonly T[]): Queue<T> {
  const failed = queries.find(({ isError }) => isError);
  return {
    items,
    dataUpdatedAt: Math.min(...queries.map(({ dataUpdatedAt }) => dataUpdatedAt)),
    pending: queries.some(({ isLoading }) => isLoading),
    failure: failed && <Failure key={name} error={failed.error} again={() => void failed.refetch()} />,
  };
}
