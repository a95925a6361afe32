/**
 * Signed heads as the audit reads them: whoever may write everything in the database, or in the file, but has not the key, is found out.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { lineHash, linkHash, type SealedLine } from '../../src/domain/ledger/chain.js';
import { hashOfStatement, signaturesOf, ZEROS } from '../../src/domain/ledger/signed-heads.js';
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

  it('an audit log that was rewritten from its second line on is another one than what left', async () => {
    await ledger.forge(`update audit_log set actor = 'nobody' where no >= 2`);
    const { rows } = await ledger.database.pool.query<{ line: SealedLine }>(
      `select json_build_array(no::text, (extract(epoch from at) * 1000000)::bigint::text, actor, action, subject, reason, before::text, after::text,
         (extract(epoch from recorded_at) * 1000000)::bigint::text) as line from audit_log order by no`,
    );
    let hash = Buffer.alloc(32);
    const rewritten = rows.map(({ line }) => {
      const previous = hash.toString('hex');
      hash = lineHash(hash, line) as Buffer<ArrayBuffer>;
      return `update audit_log_seals set previous = '\\x${previous}', hash = '\\x${hash.toString('hex')}' where line = ${line[0]}`;
    });
    await ledger.forge(...rewritten);
    const wrong = 'the audit log has another hash there, or none';
    const places = ['database', 'file'].flatMap((place) => [2, 3, 4].map((no) => `${no} ${place}: ${wrong}`));
    expect((await ledger.audited()).sort()).toEqual(places.sort());
  });

  it('heads of the first format, without the audit log, hold on, but never behind one that has it', async () => {
    const signed = (no: number, previous: string, body: object) => {
      const statement = JSON.stringify({ format: 'pado-ledger-head/1', ...body, no, previous });
      return { statement, signatures: signaturesOf(statement, [KEY]) };
    };
    const all = await ledger.statements();
    const old: { statement: string; signatures: Record<string, string> }[] = [];
    for (const [n, { logThrough, logHash, format, ...body }] of all.slice(0, 3).entries()) {
      expect([typeof logThrough, typeof logHash, format]).toEqual(
        n === 0 ? ['undefined', 'undefined', 'pado-ledger-head/2'] : ['number', 'string', 'pado-ledger-head/2'],
      );
      old.push(signed(n + 1, old.length > 0 ? hashOfStatement(old.at(-1)?.statement ?? '') : ZEROS, body));
    }
    const row = ({ statement, signatures }: (typeof old)[number]) =>
      `update signed_heads set statement = '${statement}', signatures = '${JSON.stringify(signatures)}', log_through = null
       where no = ${JSON.parse(statement).no as number}`;
    await ledger.forge('delete from signed_heads where no > 3', ...old.map(row));
    await ledger.fund('d');
    await ledger.store().signDue(T0 + 3 * DAY_MS);
    expect((await ledger.statements()).at(-1)).toMatchObject({ format: 'pado-ledger-head/2', logThrough: 5 });
    expect(await ledger.audited({})).toEqual([]);
    const last = (await ledger.store().after(3, 1))[0]?.statement ?? '';
    const { logThrough, logHash, format, ...body } = JSON.parse(last) as Record<string, unknown>;
    expect([logThrough, typeof logHash, format]).toEqual([5, 'string', 'pado-ledger-head/2']);
    const again = signed(5, hashOfStatement(last), body);
    await ledger.forge(
      `insert into signed_heads (no, kind, key_id, day, through, closings, statement, signatures)
       select 5, kind, key_id, day, through, closings, '${again.statement}', '${JSON.stringify(again.signatures)}' from signed_heads where no = 4`,
    );
    expect(await ledger.audited({})).toContain('5 database: not the statement of this number');
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
