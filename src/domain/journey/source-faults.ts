/**
 * Where a campaign may name a segment of a lake: as its audience and its labels, which are frozen once. Whoever is asked about one customer at a time (a branch,
 * an entry) is answered from Postgres.
 */
import { faultsOfSource, type LakeSchema } from '../segment/source.js';
import type { Campaign } from './definition.js';
import type { CampaignFault, KnownSegment } from './validate.js';

const ONE_BY_ONE = ['event', 'link'];

export function audienceSourceFaults(
  campaign: Pick<Campaign, 'start'>,
  { rule, source }: KnownSegment,
  sources: ReadonlyMap<string, LakeSchema>,
  pointer = '/segment',
): CampaignFault[] {
  if (!source) return [];
  const schema = sources.get(source);
  if (!schema) return [{ pointer, detail: `is of the source ${source}, which this installation does not have` }];
  const faults = faultsOfSource(rule, schema, source).map(({ detail }) => ({ pointer, detail }));
  if (ONE_BY_ONE.includes(campaign.start?.type ?? '')) {
    const detail = `is of the source ${source}, which is asked when an audience is frozen; customers who enter one by one are asked of a segment without a source`;
    faults.push({ pointer, detail });
  }
  return faults;
}

export const branchSourceFault = (segment: KnownSegment | undefined): CampaignFault[] =>
  segment?.source
    ? [{ pointer: '/on/segment', detail: `is of the source ${segment.source}; a branch asks a segment without one` }]
    : [];
