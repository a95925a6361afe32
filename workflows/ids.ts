/**
 * Workflow ids and task queues, built here and nowhere else. Ids are paths; one id is one open workflow.
 */

/** Workflows, and the activities that are brief: starts, first turns of lanes, the sweep, the sealer. */
export const MAIN_QUEUE = 'pado';
/** Of lanes that have more to do than a brief turn takes: whatever they have, what is brief waits for none of them. */
export const BULK_QUEUE = 'pado-bulk';

/** Of freezes, which may take half an hour each: however many begin at once, or wait for a lake that hangs, nothing else waits for them. */
export const FREEZE_QUEUE = 'pado-freeze';

export const runWorkflowId = (runId: string): string => `run/${runId}`;
export const laneWorkflowId = (runId: string, lane: number): string => `run/${runId}/lane/${lane}`;
/** What the ids of all its shards begin with, before a `/`. */
export const deliveryWorkflows = (gateway: string): string => `delivery/${gateway}`;
export const payoutWorkflows = (provider: string): string => `payout/${provider}`;
export const deliveryWorkflowId = (gateway: string, shard: number): string => `${deliveryWorkflows(gateway)}/${shard}`;
export const payoutWorkflowId = (provider: string, shard: number): string => `${payoutWorkflows(provider)}/${shard}`;
/** Of the schedule as well as of what it starts. */
export const startWorkflowId = (campaign: string): string => `start/${campaign}`;
export const SWEEP_ID = 'sweep';

/** What workflows can be found by in Temporal, each of the type Keyword; src/services registers them at the development server. */
export const SEARCH_ATTRIBUTES = [
  'PadoCampaign',
  'PadoRun',
  'PadoLane',
  'PadoStage',
  'PadoAttention',
  'PadoFailure',
] as const;
/** Of `PadoAttention`, which every workflow that has attributes is started with. */
export const NO_ATTENTION = 'none';

/** One queue per gateway and per provider, so that one that hangs starves nobody. */
export const deliveryQueue = (gateway: string): string => `delivery-${gateway}`;
export const payoutQueue = (provider: string): string => `payout-${provider}`;

/** Shards of one gateway or provider: a customer's shard is bucket mod this. */
export const SHARDS = 2;
export const shardOf = (bucket: number): number => bucket % SHARDS;
