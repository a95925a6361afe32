/**
 * A base backup that was taken while the books were written to, restored into a server of its own: what had been committed by then is there, whole and
 * signed, and the audit is clean.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { OwnPostgres } from '../support/base-backup.js';
import { T0 } from '../support/seed.js';
import { SignedLedger } from '../support/signed-ledger.js';

describe('a backup taken while the books were written to', () => {
  let server: OwnPostgres;
  let restored: OwnPostgres | undefined;
  let ledger: SignedLedger;
  beforeAll(async () => {
    server = await OwnPostgres.start();
    ledger = await SignedLedger.open(server.url());
    await ledger.begin();
  });
  afterAll(async () => {
    await restored?.close();
    ledger?.end();
    await ledger?.close();
    await server?.close();
  });

  it('is restored whole, and judged clean with the signed heads that had left before', async () => {
    for (let n = 0; n < 20; n += 1) await ledger.fund(`before-${n}`);
    await ledger.notary().signAndTell(T0);
    const over = new AbortController();
    let written = 0;
    const writing = (async () => {
      for (; !over.signal.aborted; written += 1) await ledger.fund(`meanwhile-${written}`);
    })();
    try {
      restored = await server.restoredFromBackup();
    } finally {
      over.abort();
      await writing;
    }
    expect(written).toBeGreaterThan(0);

    const databaseUrl = restored.url(new URL(ledger.database.ownerUrl).pathname.slice(1));
    const report = await runAudit({ databaseUrl, providerBooks: [], gatewayBooks: [], headsFile: ledger.file });
    assertClean(report);
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ n: number }>('select count(*)::int as n from ledger_transfers');
    await client.end();
    expect(rows[0]?.n).toBeGreaterThanOrEqual(20);
    expect(rows[0]?.n).toBeLessThanOrEqual(20 + written);
  });
});
