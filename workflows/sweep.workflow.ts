/**
 * The sweep: whatever is due and unclaimed is nudged by signal-with-start, so that a lost nudge or a vanished workflow costs at
 * most one round (law 8); and what the ledger has committed unsealed is sealed. A Temporal Schedule starts it.
 */
import { sealActivities, sweepActivities } from './proxies.js';

export async function sweepWorkflow(): Promise<void> {
  try {
    await sweepActivities.sweep({ temporalNow: Date.now() });
  } finally {
    await sealActivities.sealLedger({ temporalNow: Date.now() });
  }
}
