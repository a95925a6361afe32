/**
 * The real claims and results of messages as the activities take them, with a gateway and a throttle of the test's own.
 */
import type { DeliveryPorts } from '../../activities/delivery.activities.js';
import type { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import type { DeliveryClaims } from '../../src/storage/delivery.store.js';

export function deliveryPorts(
  { claims, results }: { claims: DeliveryClaims; results: DeliveryResults },
  gateway: ReturnType<DeliveryPorts['gateway']>,
  take: DeliveryPorts['throttle']['take'] = async () => undefined,
): DeliveryPorts {
  return {
    gateway: () => gateway,
    deliveries: {
      claim: claims.claim.bind(claims),
      reclaim: claims.reclaim.bind(claims),
      record: results.record.bind(results),
      presume: claims.presume.bind(claims),
      expireLeases: results.expireLeases.bind(results),
      dueLookups: results.dueLookups.bind(results),
      recordLookups: results.recordLookups.bind(results),
      nextInMs: results.nextInMs.bind(results),
      isStopped: results.isStopped.bind(results),
    },
    throttle: { take },
  };
}
