/**
 * Sub-segment labels: names that a report can tell apart, and segments that can be asked wherever the campaign lets somebody in.
 */
import type { Campaign } from './definition.js';
import { segmentFaults } from './node-faults.js';
import { audienceSourceFaults } from './source-faults.js';
import type { CampaignFault, Known } from './validate.js';

export function labelFaults(campaign: Pick<Campaign, 'labels' | 'start'>, known: Known): CampaignFault[] {
  const labels = campaign.labels ?? [];
  return labels.flatMap(({ name, segment: key }, n) => {
    const segment = known.segments?.get(key);
    const pointer = `/labels/${n}/segment`;
    const faults = segmentFaults(pointer, segment);
    if (segment) faults.push(...audienceSourceFaults(campaign, segment, known.sources ?? new Map(), pointer));
    if (labels.slice(0, n).some((before) => before.name === name))
      faults.push({ pointer: `/labels/${n}/name`, detail: 'is the name of a label before it' });
    return faults;
  });
}
