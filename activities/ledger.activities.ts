/**
 * Seals what the ledger and the audit log have committed unsealed, batch by batch, and lets signed heads leave. It decides nothing about a customer; one that is lost or
 * comes twice is made up for by the next.
 */
import { log } from '@temporalio/activity';
import { withHeartbeat, type Position } from './heartbeat.js';

export interface LedgerPorts {
  /** The chains: one transaction a batch, one sealer at a time. */
  seals: readonly { sealBatch(): Promise<{ sealed: number; more: boolean }> }[];
  /** Business time at this Temporal time. */
  businessTime(temporalNow: number): Promise<number>;
  notary: {
    /** Signs a head that is due and brings the places outside up to date; names what went wrong, and does the rest. */
    signAndTell(now: number): Promise<string[]>;
  };
}

const WORK_MS = 10_000;

export function createLedgerActivities(ports: LedgerPorts) {
  return {
    /** Returns how many transfers and lines it sealed. Without a time, as workflows of before ask, nothing is signed. */
    sealLedger: (input?: { temporalNow: number }): Promise<{ sealed: number; more: boolean }> =>
      withHeartbeat(async (at) => {
        const result = await seal(ports, at);
        if (input && !result.more) await sign(ports, input.temporalNow);
        return result;
      }),
  };
}

async function seal(ports: LedgerPorts, at: (position: Position) => void): Promise<{ sealed: number; more: boolean }> {
  const deadline = performance.now() + WORK_MS;
  let sealed = 0;
  for (const chain of ports.seals) {
    for (let more = true; more;) {
      const batch = await chain.sealBatch();
      sealed += batch.sealed;
      at({ sealed });
      if (batch.more && performance.now() > deadline) return { sealed, more: true };
      more = batch.more;
    }
  }
  return { sealed, more: false };
}

async function sign(ports: LedgerPorts, temporalNow: number): Promise<void> {
  const problems = await ports.notary.signAndTell(await ports.businessTime(temporalNow));
  if (problems.length > 0) log.warn('signed heads of the ledger do not all leave', { stage: 'ledger', problems });
}
