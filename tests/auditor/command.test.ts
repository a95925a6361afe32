/**
 * `pado audit` tells its verdict by its exit code, a page, and one line of JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { register } from '../../src/cli/audit.command.js';
import { keyStatement, signaturesOf, signingKey, ZEROS } from '../../src/domain/ledger/signed-heads.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

describe('pado audit', () => {
  const server = process.env['DATABASE_URL'];
  let database: TestDatabase;
  let dir: string;
  beforeAll(async () => {
    database = await createDatabase();
    dir = mkdtempSync(join(tmpdir(), 'pado-audit-command-'));
    process.env['DATABASE_URL'] = database.ownerUrl;
    process.env['PADO_STATE'] = dir;
  });
  afterAll(async () => {
    process.env['DATABASE_URL'] = server;
    delete process.env['PADO_STATE'];
    await database.drop();
    rmSync(dir, { recursive: true, force: true });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });

  async function run(...args: string[]): Promise<{ code: typeof process.exitCode; printed: string }> {
    let printed = '';
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(['audit', ...args], { from: 'user' });
    return { code: process.exitCode, printed };
  }
  const book = (name: string, ...lines: object[]): string => {
    const file = join(dir, name);
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return file;
  };

  it('ends with 0 where every law holds', async () => {
    const { code, printed } = await run(
      '--provider-book',
      book('sim-pay.jsonl'),
      '--gateway-book',
      book('sim-gate.jsonl'),
    );
    expect(code).toBe(0);
    expect(printed).toContain('payouts exactly once');
    expect(printed).toContain('clean');
  });

  it('compares the signed heads that left, by the key that was named', async () => {
    const key = signingKey(Buffer.alloc(32, 1).toString('base64'));
    const statement = keyStatement({ no: 1, previous: ZEROS, at: 0 }, key);
    const heads = book('heads.jsonl', { statement, signatures: signaturesOf(statement, [key]) });
    const gone = await run('--heads', heads, '--public-key', key.publicKey);
    expect([gone.code, gone.printed]).toEqual([
      1,
      expect.stringContaining('a head that left is gone from the database'),
    ]);
    const other = signingKey(Buffer.alloc(32, 2).toString('base64'));
    const forged = await run('--heads', heads, '--public-key', other.publicKey);
    expect(forged.printed).toContain('the first key is not the one that was named');
    await expect(run('--heads', join(dir, 'none.jsonl'))).rejects.toThrow('none.jsonl cannot be read');
  });

  it('ends with 1 and names law and key where one is broken, in any of several books', async () => {
    const key = 'p/run/reward-1/1/c00001/1';
    const payment = {
      type: 'payment',
      key,
      reference: 'r',
      amount: '1',
      currency: 'KRW',
      kind: 'point',
      customer: 'c00001',
    };
    const books = ['--provider-book', book('one.jsonl'), '--provider-book', book('two.jsonl', payment)];
    const { code, printed } = await run(...books, '--json');
    expect(code).toBe(1);
    const report = JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '');
    expect(Object.keys(report)).toEqual(['clean', 'laws']);
    expect(report.clean).toBe(false);
    expect(report.laws.map(({ law }: { law: number }) => law)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(Object.keys(report.laws[0])).toEqual(['law', 'title', 'checked', 'open', 'violations']);
    expect(report.laws[0].violations).toMatchObject([
      { what: 'a payment that no payout explains', keys: { payout: key } },
    ]);
  });

  it('ends with 2 for a run that is not there', async () => {
    expect((await run('--run', 'nowhere')).code).toBe(2);
  });

  it('says what is missing: a book, or the tables', async () => {
    await expect(run('--gateway-book', join(dir, 'nowhere.jsonl'))).rejects.toMatchObject({ name: 'EnvironmentLack' });
    process.env['DATABASE_URL'] = server;
    try {
      await expect(run()).rejects.toMatchObject({ name: 'EnvironmentLack' });
    } finally {
      process.env['DATABASE_URL'] = database.ownerUrl;
    }
  });
});
