/**
 * Seals what the ledger has committed unsealed, batch by batch. It decides nothing about a customer; one that is lost or comes twice is
 * made up for by the next.
 */
import { heartbeat } from '@temporalio/activity';
import { withHeartbeat } from './heartbeat.js';

export interface LedgerPorts {
  seals: {
    /** One transaction each; one sealer at a time. */
    sealBatch(): Promise<{ sealed: number; more: boolean }>;
  };
}

const WORK_MS = 10_000;

export function createLedgerActivities(ports: LedgerPorts) {
  return {
    /** Returns how many transfers it sealed. */
    sealLedger: (): Promise<{ sealed: number; more: boolean }> => withHeartbeat(() => seal(ports)),
  };
}

async function seal(ports: LedgerPorts): Promise<{ sealed: number; more: boolean }> {
  const deadline = performance.now() + WORK_MS;
  for (let sealed = 0; ;) {
    const batch = await ports.seals.sealBatch();
    sealed += batch.sealed;
    heartbeat(sealed);
    if (!batch.more || performance.now() > deadline) return { sealed, more: batch.more };
  }
}
