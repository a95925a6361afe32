/**
 * A campaign's slot has come, says Temporal's schedule: whatever is due is fired. A failed turn is not repeated; the sweep fires what it left.
 */
import { startActivities } from './proxies.js';
import { businessNow } from './turn.js';

export interface StartInput {
  campaign: string;
  clockOffsetMs: number;
}

export async function startWorkflow({ campaign, clockOffsetMs }: StartInput): Promise<void> {
  await startActivities.fireStarts({ campaign, now: businessNow(clockOffsetMs) });
}
