/**
 * The sweep: whatever is due and unclaimed is nudged by signal-with-start, so that a lost nudge or a vanished workflow costs at
 * most one round (law 8). A Temporal Schedule starts it.
 */
import { sweepActivities } from './proxies.js';

export async function sweepWorkflow(): Promise<void> {
  await sweepActivities.sweep({ temporalNow: Date.now() });
}
