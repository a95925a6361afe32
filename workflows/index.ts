/**
 * The one file that the bundler reads: workflow functions only.
 */
export { campaignRunWorkflow } from './campaign-run.workflow.js';
export { laneWorkflow } from './lane.workflow.js';
export { deliveryWorkflow } from './delivery.workflow.js';
export { payoutWorkflow } from './payout.workflow.js';
export { startWorkflow } from './start.workflow.js';
export { sweepWorkflow } from './sweep.workflow.js';
