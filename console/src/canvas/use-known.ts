/**
 * Names that a field may have, to choose from while one types: what is named and does not exist is a fault all the same.
 */
import { useMemo } from 'react';
import { useRead } from '../api/lists.js';
import { useMay } from '../api/session.js';
import {
  budgetsList,
  campaignsList,
  couponpoolsList,
  luckyboxesList,
  segmentsList,
  templatesList,
} from '../client/sdk.gen.js';

export const FIRST = { limit: 200 };

export function useKnown(): Readonly<Record<string, readonly string[]>> {
  const may = useMay();
  const templates = useNames('templates', may('templates.list'), (signal) => templatesList({ query: FIRST, signal }));
  const segments = useNames('segments', may('segments.list'), (signal) => segmentsList({ query: FIRST, signal }));
  const budgets = useNames('budgets', may('budgets.list'), (signal) => budgetsList({ query: FIRST, signal }));
  const campaigns = useNames('campaigns', may('campaigns.list'), (signal) => campaignsList({ query: FIRST, signal }));
  const pools = useNames('pools', may('couponpools.list'), (signal) => couponpoolsList({ query: FIRST, signal }));
  const boxes = useNames('boxes', may('luckyboxes.list'), (signal) => luckyboxesList({ query: FIRST, signal }));
  return useMemo(
    () => ({ template: templates, segment: segments, budget: budgets, campaign: campaigns, pool: pools, box: boxes }),
    [templates, segments, budgets, campaigns, pools, boxes],
  );
}

const NONE: readonly string[] = [];

function useNames(
  of: string,
  enabled: boolean,
  read: (signal: AbortSignal) => Promise<{ items: readonly { key: string }[] }>,
): readonly string[] {
  const { data } = useRead(['names', of], read, { enabled });
  return useMemo(() => data?.items.map(({ key }) => key) ?? NONE, [data]);
}
