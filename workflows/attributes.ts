/**
 * What a lane that its run starts can be found by: what the run itself was started with. Where a server knows no attributes the run has none, and neither
 * has the lane; so nothing changes for runs that were started without, and no start is refused for them.
 */
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import { NO_ATTENTION } from './ids.js';

const STAGE = defineSearchAttributeKey('PadoStage', 'KEYWORD');
const RUN = defineSearchAttributeKey('PadoRun', 'KEYWORD');
const LANE = defineSearchAttributeKey('PadoLane', 'KEYWORD');
const CAMPAIGN = defineSearchAttributeKey('PadoCampaign', 'KEYWORD');
const ATTENTION = defineSearchAttributeKey('PadoAttention', 'KEYWORD');

export function laneAttributes(lane: number): { typedSearchAttributes?: TypedSearchAttributes } {
  const own = workflowInfo().typedSearchAttributes;
  const run = own.get(RUN);
  if (run === undefined) return {};
  const campaign = own.get(CAMPAIGN);
  return {
    typedSearchAttributes: new TypedSearchAttributes([
      { key: STAGE, value: 'lane' },
      { key: RUN, value: run },
      { key: LANE, value: String(lane) },
      ...(campaign === undefined ? [] : [{ key: CAMPAIGN, value: campaign }]),
      // a run that was started before there was this one goes on without
      ...(own.get(ATTENTION) === undefined ? [] : [{ key: ATTENTION, value: NO_ATTENTION }]),
    ]),
  };
}
