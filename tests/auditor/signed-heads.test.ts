/**
 * Signed heads as the audit reads them: whoever may write everything in the database, or in the file, but has not the key, is found out.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { linkHash } from '../../src/domain/ledger/chain.js';
import { T0 } from '../support/seed.js';
import { DAY_MS, FORGER, KEY, SignedLedger } from '../support/signed-ledger.js';

describe('the audit of signed heads', () => {
  let ledger: SignedLedger;

  beforeAll(async () => {
    ledger = await SignedLedger.open();
  });
  afterEach(() => ledger.end());
  afterAll(() => ledger.close());

  beforeEach(async () => {
    await ledger.begin();
    for (const [n, reference] of ['a', 'b', 'c'].entries()) {
      await ledger.fund(reference);
      await ledger.notary().signAndTell(T0 + n * DAY_MS);
    }
    expect(await ledger.audited({ headsFile: ledger.file, headsKey: KEY.publicKey })).toEqual([]);
  });

  it('a chain that was rewritten from its second link on, with everything in the database, is another one than what left', async () => {
    const { rows } = await ledger.database.pool.query(
      `select s.no, t.id, t.kind, t.payout_key as "payoutKey", (extract(epoch from t.at) * 1000000)::bigint::text as "atMicros",
           (extract(epoch from t.recorded_at) * 1000000)::bigint::text as "recordedAtMicros",
           (select json_agg(json_build_array(e.side, e.account, case when s.no >= 2 then '9' else e.amount::text end, e.currency) order by e.side)
            from ledger_entries e where e.transfer_id = t.id) as entries
         from ledger_seals s join ledger_transfers t on t.id = s.transfer_id order by s.no`,
    );
    let hash = Buffer.alloc(32);
    const rewritten = rows.flatMap((row) => {
      const previous = hash.toString('hex');
      hash = linkHash(hash, row) as Buffer<ArrayBuffer>;
      const hex = hash.toString('hex');
      return [
        `update ledger_seals set previous = '\\x${previous}', hash = '\\x${hex}' where no = ${row.no}`,
        `update ledger_heads set hash = '\\x${hex}' where no = ${row.no}`,
      ];
    });
    await ledger.forge(
      `update ledger_entries set amount = 9 where transfer_id in (select transfer_id from ledger_seals where no >= 2)`,
      ...rewritten,
    );
    const found = await ledger.audited();
    for (const no of [3, 4]) expect(found).toContain(`${no} file: the chain has another hash there, or none`);
    expect(found.filter((text) => text.includes('the chain is broken'))).toEqual([]);
  });

  it('what was signed again by another key does not fit, nor does a database that begins with it', async () => {
    const kept = readFileSync(ledger.file, 'utf8');
    await ledger.forge('delete from signed_heads');
    expect(await ledger.audited()).toContain('4 file: a head that left is gone from the database');
    await ledger.store(FORGER).signDue(T0 + 2 * DAY_MS);
    const found = await ledger.audited();
    expect(found).toContain('1 file: a head that left is another one in the database');
    expect(await ledger.audited({ headsKey: KEY.publicKey })).toContain(
      '1 database: the first key is not the one that was named',
    );
    expect(readFileSync(ledger.file, 'utf8')).toBe(kept);
  });

  it.each<[string, (own: string[]) => string[], string]>([
    ['a line left out', (own) => own.toSpliced(1, 1), '2 file: not the statement of this number'],
    [
      'lines in another order',
      ([a, b, c, d]) => [a, b, d, c] as string[],
      '3 file: a statement does not follow from the one before it',
    ],
    [
      'a day changed',
      (own) => own.map((line, n) => (n === 2 ? line.replace(/day\\":\\"2/, 'day\\":\\"1') : line)),
      '3 file: a signature that does not fit',
    ],
    [
      'a signature changed',
      (own) => own.map((line, n) => (n === 3 ? line.replace(/:"[A-Za-z0-9+/]{10}/, ':"AAAAAAAAAA') : line)),
      '4 file: a signature that does not fit',
    ],
    ['a line that is none', (own) => [...own.slice(0, 3), 'x'], '4 file: neither a key nor a head'],
  ])('a file with %s is named', async (_, spoil, named) => {
    writeFileSync(
      ledger.file,
      spoil(ledger.lines())
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect(await ledger.audited()).toContain(named);
  });

  it('a file that is not there, or a key that is none, is said', async () => {
    expect(existsSync(join(ledger.dir, 'none'))).toBe(false);
    await expect(ledger.audited({ headsFile: join(ledger.dir, 'none') })).rejects.toThrow('cannot be read');
    await expect(ledger.audited({ headsFile: ledger.file, headsKey: 'AAAA' })).rejects.toThrow('is no public key');
  });
});
