/**
 * What the ledger's activities work with: the sealers, and the notary by whom signed heads leave; where settlements are fetched; and by which keys
 * seeds of lucky boxes are sealed.
 */
import type { LedgerPorts } from '../activities/ledger.activities.js';
import type { SettlementSource } from './api/ports.js';
import { SignedHttp } from './channels/signed-http.js';
import type { Config } from './config.js';
import { Notary } from './notary/notary.js';
import { HttpProvider } from './providers/http.provider.js';
import { AuditLogSealsStore } from './storage/audit-log-seals.store.js';
import { installationClock } from './storage/installation.store.js';
import { LedgerSealsStore } from './storage/ledger-seals.store.js';
import type { Pool } from './storage/pool.js';
import { SeedVault } from './storage/seed-vault.js';
import { SignedHeadsStore } from './storage/signed-heads.store.js';

/** Of the activity's 20 s the sealing may take ten. */
const TIMEOUT_MS = 5_000;

export function ledgerPorts(pool: Pool, { heads: { keys, file, webhook }, destinations }: Config): LedgerPorts {
  const places = { file, webhook: webhook && new SignedHttp({ ...webhook, timeoutMs: TIMEOUT_MS }, destinations) };
  return {
    seals: [new AuditLogSealsStore(pool), new LedgerSealsStore(pool)],
    businessTime: async (temporalNow) => temporalNow + (await installationClock(pool)).offsetMs,
    notary: new Notary(new SignedHeadsStore(pool, keys), places),
  };
}

/** Of lucky boxes: whoever draws opens seeds, whoever launches seals them. */
export const seedVault = ({ boxKeys }: Pick<Config, 'boxKeys'>): SeedVault => new SeedVault(boxKeys);

export function settlementSource({ providers, destinations }: Config): SettlementSource {
  const known = new Map(
    providers.flatMap((own) => (own.kind === 'http' ? [[own.name, new HttpProvider(own, destinations)] as const] : [])),
  );
  return {
    async fetch(name, day, signedAt) {
      const provider = known.get(name);
      if (!provider) throw new Error(`invariant: a settlement of an unconfigured provider ${name}`);
      return await provider.settlement(day, signedAt);
    },
  };
}
