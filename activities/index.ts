/**
 * All activities over all ports; its type is what workflows see.
 */
import { createAudienceActivities, type AudiencePorts } from './audience.activities.js';
import { createCohortActivities, type CohortPorts } from './cohort.activities.js';
import { createDeliveryActivities, type DeliveryPorts } from './delivery.activities.js';
import { createLedgerActivities, type LedgerPorts } from './ledger.activities.js';
import { createPayoutActivities, type PayoutPorts } from './payout.activities.js';
import { createStartActivities, type StartPorts } from './start.activities.js';
import { createSweepActivities, type SweepPorts } from './sweep.activities.js';

export interface Ports {
  audience: AudiencePorts;
  cohort: CohortPorts;
  delivery: DeliveryPorts;
  payout: PayoutPorts;
  ledger: LedgerPorts;
  start: StartPorts;
  sweep: SweepPorts;
}

export function createActivities(ports: Ports) {
  return {
    ...createAudienceActivities(ports.audience),
    ...createCohortActivities(ports.cohort),
    ...createDeliveryActivities(ports.delivery),
    ...createPayoutActivities(ports.payout),
    ...createLedgerActivities(ports.ledger),
    ...createStartActivities(ports.start),
    ...createSweepActivities(ports.sweep),
  };
}
export type Activities = ReturnType<typeof createActivities>;
