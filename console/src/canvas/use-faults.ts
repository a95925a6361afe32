/**
 * What the API finds wrong with the campaign as it is edited, asked a moment after the last change.
 */
import { useQuery, keepPreviousData } from '@tanstack/react-query';
import { useMemo } from 'react';
import { CallFailed } from '../api/problem.js';
import { campaignsJudge } from '../client/sdk.gen.js';
import type { Campaign } from '../client/types.gen.js';
import { useLater } from '../parts/later.js';
import { placeFaults, type Fault, type PlacedFault } from './graph/faults.js';

const AFTER_MS = 350;

export interface Judged {
  faults: readonly PlacedFault[];
  /** Of coupons that may run out, and the like: nobody is kept from launching. */
  warnings: readonly PlacedFault[];
  /** What was found is about an older form. */
  judging: boolean;
  /** The API could not be asked. */
  failure: unknown;
}

export function useFaults(campaign: Campaign, enabled: boolean): Judged {
  const asked = useLater(campaign, AFTER_MS);
  const { data, isFetching, error } = useQuery({
    queryKey: ['judged', asked],
    queryFn: ({ signal }) => judge(asked, signal),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
  });
  return useMemo(
    () => ({
      faults: placeFaults(data?.faults ?? []),
      warnings: placeFaults(data?.warnings ?? []),
      judging: enabled && (isFetching || asked !== campaign),
      failure: error,
    }),
    [data, isFetching, asked, campaign, enabled, error],
  );
}

/** What has not even the right shape is refused, with the same places in it. */
async function judge(campaign: Campaign, signal: AbortSignal): Promise<{ faults: Fault[]; warnings: Fault[] }> {
  try {
    return await campaignsJudge({ body: campaign, signal });
  } catch (error) {
    if (!(error instanceof CallFailed) || error.kind !== 'invalid') throw error;
    return {
      faults: error.faults.map(({ pointer = '', detail }) => ({ pointer, detail })),
      warnings: [],
    };
  }
}
