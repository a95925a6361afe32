/**
 * What the API finds wrong with the campaign as it is edited, asked a moment after the last change.
 */
import { useQuery, keepPreviousData } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { CallFailed } from '../api/problem.js';
import { campaignsJudge } from '../client/sdk.gen.js';
import type { Campaign } from '../client/types.gen.js';
import { useLater } from '../parts/later.js';
import { placeFaults, type Fault, type PlacedFault } from './graph/faults.js';
import { isSame } from './graph/pointer.js';

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
    // by its number: to write out a long campaign for its key takes longer than to draw what changed of it
    queryKey: ['judged', numberOf(asked)],
    queryFn: ({ signal }) => judge(asked, signal),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
  });
  // the same ones while it is asked again, so that nothing is drawn anew that did not change
  const faults = useUnchanged(data?.faults);
  const warnings = useUnchanged(data?.warnings);
  const judging = enabled && (isFetching || asked !== campaign);
  return useMemo(() => ({ faults, warnings, judging, failure: error }), [faults, warnings, judging, error]);
}

function useUnchanged(found: readonly Fault[] | undefined): readonly PlacedFault[] {
  const [placed, setPlaced] = useState<{ of: readonly Fault[]; faults: readonly PlacedFault[] }>(NONE);
  if (found === undefined || found === placed.of || isSame(found, placed.of)) return placed.faults;
  const faults = placeFaults(found);
  setPlaced({ of: found, faults });
  return faults;
}
const NONE = { of: [], faults: [] };

const numbers = new WeakMap<Campaign, number>();
let last = 0;
/** The same one of the same campaign, which is never changed. */
function numberOf(campaign: Campaign): number {
  const number = numbers.get(campaign) ?? (last += 1);
  numbers.set(campaign, number);
  return number;
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
