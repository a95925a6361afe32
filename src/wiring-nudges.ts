/**
 * Which turn looks at which nudges: before it reads, so that what was committed before a nudge is read by it or by another turn.
 */
import type { Activities } from '../activities/index.js';
import type { DebouncedNudger } from './temporal/nudger.js';

export function lookingAtNudges(
  activities: Activities,
  nudger: Pick<DebouncedNudger, 'laneLooks' | 'deliveryLooks' | 'payoutLooks'>,
): Activities {
  return {
    ...activities,
    async advanceCohorts(input) {
      await nudger.laneLooks(input.runId, input.lane);
      return activities.advanceCohorts(input);
    },
    async deliverMessages(input) {
      await nudger.deliveryLooks(input.gateway, input.shard);
      return activities.deliverMessages(input);
    },
    async submitPayouts(input) {
      await nudger.payoutLooks(input.provider, input.shard);
      return activities.submitPayouts(input);
    },
  };
}
