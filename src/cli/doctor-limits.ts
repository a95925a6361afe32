/**
 * Check of `pado doctor`: workflows that Temporal has ended at one of its limits. By design none comes near them, so its limits are set too low.
 */
import { faulty, type Seen, type Sight } from './doctor-sight.js';

export async function limits(sight: Sight): Promise<Seen> {
  const ended = (await sight.temporal().catch(() => null))?.endedAtLimits; // said by the check of the namespace
  if (!ended) return null;
  if (ended.size === 0) return 'Temporal has ended no workflow at a limit within the hour';
  throw faulty(
    [...ended].map(([reason, n]) => ({
      what: `Within the hour Temporal has ended ${n} workflows at one of its limits: ${reason}`,
      cure:
        'Set limit.historySize.error (50 MB), limit.historyCount.error (51,200) and limit.blobSize.error (2 MB) of its server back to what it comes with. ' +
        'Nothing is lost: the sweep begins them again. Where it has been ended itself (Sweep): start a worker anew.',
    })),
  );
}
