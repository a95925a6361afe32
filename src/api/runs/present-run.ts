/**
 * A run as it is told: by whoever asks once, and to whoever follows it.
 */
import type { Config } from '../../config.js';
import type { RunSnapshot } from '../../storage/runs.store.js';
import { workflowsUrl } from '../../temporal/ui.js';
import { nodeFigures, reportOf } from './run-figures.js';

/** `readAt`: business time, epoch ms. */
export function presentRun(snapshot: RunSnapshot, temporal: Config['temporal'], readAt: number) {
  const { run, definition, counts, participants, businessEpoch } = snapshot;
  return {
    ...run,
    businessEpoch,
    participants,
    nodes: nodeFigures(definition, counts),
    ...reportOf(snapshot),
    workflows: workflowsUrl(temporal, `run/${run.id}`),
    readAt: new Date(readAt),
  };
}
