/**
 * Exports: the same rows as CSV and as XLSX, disarmed, signed and kept.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { workbookRows } from '../../src/api/files/workbook.js';
import { KEY } from '../support/signed-ledger.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

const TABLES = ['payouts', 'entries', 'payout-report', 'budget-report', 'open-items-report'];
const PUBLIC = createPublicKey({ key: Buffer.from(KEY.publicKey, 'base64'), format: 'der', type: 'spki' });

export function exportCases(stack: () => Stack): void {
  const take = async (path: string, as: 'finance' | 'operator' = 'finance') => {
    const headers = { authorization: `Bearer ${stack().keys[as]}` };
    const response = await fetch(`${stack().api.url}/v1/exports/${path}`, { headers });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const sheetOf = async (bytes: Buffer): Promise<string[][]> => {
    const rows: string[][] = [];
    const refuse = (fault: object) => new Error(JSON.stringify(fault)) as never;
    for await (const { cells } of workbookRows(chunks(bytes), refuse)) rows.push([...cells]);
    return rows;
  };

  describe('exports', () => {
    it.each(TABLES)('%s say the same as CSV and as XLSX, signed, and are kept', async (table) => {
      const [csv, xlsx] = [await take(`${table}.csv`), await take(`${table}.xlsx`)];
      expect([csv.status, xlsx.status]).toEqual([200, 200]);
      expect(csv.bytes.subarray(0, 3).toString('hex')).toBe('efbbbf');
      const rows = parse(csv.bytes, { bom: true });
      expect(rows.length).toBeGreaterThan(1);
      expect(padded(await sheetOf(xlsx.bytes), rows)).toEqual(rows);
      for (const [name, { headers, bytes }] of [[`${table}.csv`, csv] as const, [`${table}.xlsx`, xlsx] as const]) {
        const sha256 = createHash('sha256').update(bytes).digest();
        expect(headers.get('content-digest')).toBe(`sha-256=:${sha256.toString('base64')}:`);
        const [, signature = ''] = /^[0-9a-f]{16}=(.+)$/.exec(headers.get('pado-signature') ?? '') ?? [];
        const statement = headers.get('pado-statement') ?? '';
        expect(verify(null, Buffer.from(statement), PUBLIC, Buffer.from(signature, 'base64'))).toBe(true);
        const { items } = await stack().ok('GET', '/v1/exports?limit=2', undefined, { as: 'finance' });
        const kept = items.find((item: { name: string }) => item.name === name);
        expect(kept).toMatchObject({ bytes: bytes.length, sha256: sha256.toString('hex'), statement });
        const logged = await stack().one(
          `select action, after ->> 'sha256' as sha256 from audit_log where subject = $1`,
          [`export/${kept.no}`],
        );
        expect(logged).toEqual({ action: `export.${kept.kind}`, sha256: kept.sha256 });
      }
    });

    it('keep to the filter that was asked', async () => {
      const { bytes } = await take('payouts.csv?provider=pay-ra&state=paid&state=settled');
      const rows = parse<Record<string, string>>(bytes, { bom: true, columns: true });
      expect(rows.map(({ state, amount }) => [state, amount])).toEqual([
        ['paid', '5000'],
        ['settled', '5000'],
      ]);
      const { items } = await stack().ok('GET', '/v1/exports?limit=1', undefined, { as: 'finance' });
      expect(items[0].query).toEqual({ provider: 'pay-ra', state: ['paid', 'settled'] });
      const entries = parse((await take('entries.csv?account=budget:main')).bytes, { bom: true, columns: true });
      expect(entries).toMatchObject([{ transfer: 'main#fund/r-1', debit: '5000', credit: '' }]);
    });

    it.each(['=1+1', '+1', '-1', '@sum', '\tx', '\rx'])('disarm a cell that begins with %j', async (reason) => {
      const text = `${reason}<&>"`;
      await stack().pool.query(`update payouts set reason = $1 where run_id = 'rb' and state = 'intended'`, [text]);
      const [csv, xlsx] = [await take('payouts.csv?run=rb'), await take('payouts.xlsx?run=rb')];
      const rows = parse<Record<string, string>>(csv.bytes, { bom: true, columns: true });
      expect(rows.map((row) => row['reason'])).toEqual([`'${text}`, `'${text}`]);
      const [header = [], ...cells] = await sheetOf(xlsx.bytes);
      const shown = cells.map((row) => row[header.indexOf('reason')]);
      expect(shown.map((cell) => cell?.trim())).toEqual([text.trim(), text.trim()]);
    });

    it('are finance’s, of tables that there are, and days in their order', async () => {
      expect((await take('payouts.csv', 'operator')).status).toBe(403);
      const get = (path: string) => stack().request('GET', `/v1/exports${path}`, undefined, { as: 'finance' });
      expectProblem(await get('/customers.csv'), 400, 'invalid', [{ parameter: 'file' }]);
      expectProblem(await get('/payouts.csv?from=2026-03-02&to=2026-03-01'), 400, 'invalid', [{ parameter: 'to' }]);
      expectProblem(await get('?cursor=eA'), 400, 'invalid', [{ parameter: 'cursor' }]);
    });
  });
}

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A sheet has no cells behind the last one with something in it. */
const padded = (sheet: string[][], like: string[][]): string[][] =>
  sheet.map((row, n) => [
    ...row,
    ...Array.from({ length: Math.max(0, (like[n]?.length ?? 0) - row.length) }, () => ''),
  ]);
