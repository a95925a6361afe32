/**
 * The monthly statement as an outsider verifies it: whole it verifies, and whatever is changed in it or in a settlement is named, even where it is signed
 * anew by the ledger's own key.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { main } from '../../src/verifier/verify-statement.js';
import { verifyStatement } from '../../src/verifier/verify.js';
import { Draws } from '../support/draws.js';
import { seeded } from '../support/seeded.js';
import { FORGER, KEY } from '../support/signed-ledger.js';
import { ROOT } from '../support/sources.js';
import { signedAnew, StatementMonth } from '../support/statement-month.js';
import { SABOTAGES, type Parts } from './sabotages.js';

const { publicKey } = KEY;
const CHANGES = 300;

describe('the monthly statement', () => {
  let month: StatementMonth;
  let march: string[];

  beforeAll(async () => {
    month = await StatementMonth.play();
    march = await month.statement('2026-03');
  });
  afterAll(() => month.end());

  const verify = (place: { file: string; settlements: string }, key = publicKey) =>
    verifyStatement({ ...place, publicKey: key, without: [] });
  const faultsOf = async (place: { file: string; settlements: string }) =>
    (await verify(place)).faults.map(({ where, what }) => `${where}: ${what}`);

  it('verifies: every link, head, balance, total and payment', async () => {
    const verdict = await verify(month.write(march));
    expect(verdict.faults).toEqual([]);
    expect(verdict).toMatchObject({
      month: '2026-03',
      state: 'closed',
      figures: { links: 18, transfers: 18, payouts: 10, settlementRows: 10, settlementRowsOfOtherMonths: 1 },
    });
    expect(verdict.notes).toEqual([
      'Opening balances are those that the statement of the month before ends with: compare them.',
      '3 payments or reversals that may be of this month are in the books of another.',
    ]);
  });

  it('begins with what the month before ended with', async () => {
    const february = await month.statement('2026-02');
    expect(
      february.filter((line) => line.includes('"balance"')).map((line) => line.replace('balance', 'opening')),
    ).toEqual(march.filter((line) => line.includes('"opening"')));
    const { faults } = await verify(month.write(february, new Map()));
    expect(new Set(faults.map(({ what }) => what))).toEqual(new Set(['there is no settlement of this day']));
    expect(faults.length).toBe(56); // two providers
  });

  it('of an open month verifies as it is, and says so', async () => {
    const april = await month.statement('2026-04');
    const rows = new Map(month.settlements);
    for (const name of ['pay-a/2026-04-01.csv', 'pay-b/2026-04-01.csv', 'pay-a/2026-04-02.csv']) rows.set(name, []);
    const verdict = await verify(month.write(april, rows));
    expect([verdict.state, verdict.faults]).toEqual(['open', []]);
    expect(verdict.notes).toContain('The month is not closed: it may still change.');
  });

  it.each(SABOTAGES.map((one) => [one.what, one] as const))('names %s', async (_what, { change, named, resigned }) => {
    const parts: Parts = { lines: [...march], settlements: new Map(month.settlements) };
    change(parts);
    expect(JSON.stringify([parts.lines, [...parts.settlements]])).not.toBe(
      JSON.stringify([march, [...month.settlements]]),
    );
    expect(await faultsOf(month.write(parts.lines, parts.settlements))).toContainEqual(expect.stringMatching(named));
    if (!resigned) return;
    // by somebody who has the key: the bytes are those that were signed, and the fault is still there
    const again = await faultsOf(month.write(await signedAnew(parts.lines, KEY), parts.settlements));
    expect(again.filter((fault) => fault.includes('the bytes before this line'))).toEqual([]);
    expect(again).toContainEqual(expect.stringMatching(named));
  });

  it('signed by another key is not the ledger’s', async () => {
    const forged = await signedAnew(march, FORGER);
    expect(await faultsOf(month.write(forged))).toEqual([
      `line ${march.length}: the statement is not signed by the last key that was introduced`,
    ]);
    expect((await verify(month.write(march), FORGER.publicKey)).faults).toEqual([
      { where: 'line 2', what: 'the first key is not the one that was given' },
    ]);
  });

  it(`does not verify with one byte changed: ${CHANGES} random ones, and each of the last line`, async () => {
    const { file, settlements } = month.write(march);
    const bytes = readFileSync(file);
    const last = bytes.length - Buffer.byteLength(`${march.at(-1)}\n`);
    const draws = new Draws(seeded('the bytes of the statement'));
    const positions = [
      ...Array.from({ length: CHANGES }, () => draws.below(bytes.length)),
      ...Array.from({ length: bytes.length - last }, (_, n) => last + n),
    ];
    const passed: string[] = [];
    for (const position of positions) {
      const changed = Buffer.from(bytes);
      changed[position] = (bytes[position] as number) ^ (1 + draws.below(255));
      writeFileSync(file, changed);
      const { faults } = await verify({ file, settlements });
      if (faults.length === 0) passed.push(`${position}: ${bytes[position]} to ${changed[position]}`);
    }
    expect(passed).toEqual([]);
  });

  it('is verified by a program that runs without us: exit codes 0, 1 and 2', async () => {
    const alone = join(month.dir, 'alone');
    cpSync(join(ROOT, 'dist/src/verifier'), alone, { recursive: true });
    writeFileSync(join(alone, 'package.json'), '{"type":"module"}');
    const { file, settlements } = month.write(march);
    const args = [join(alone, 'program.js'), file, '--provider-settlements', settlements, '--public-key', publicKey];
    const told = execFileSync(process.execPath, [...args, '--json'], { encoding: 'utf8', env: {} })
      .trimEnd()
      .split('\n');
    expect(told.at(-2)).toBe('✔ the statement verifies');
    expect(JSON.parse(told.at(-1) ?? '')).toMatchObject({ verified: true, month: '2026-03', faults: [] });
    writeFileSync(file, readFileSync(file, 'utf8').replace('5000', '5001'));
    const no = spawnSync(process.execPath, args, { encoding: 'utf8', env: {} });
    expect([no.status, no.stdout]).toEqual([1, expect.stringContaining('✖ the statement does NOT verify')]);
    const [program = '', ...given] = args;
    for (const wrong of [given.slice(0, 1), [...given.slice(0, -1), 'nonsense'], [...given, 'more']])
      expect(spawnSync(process.execPath, [program, ...wrong], { env: {} }).status).toBe(2);
    expect(await main([join(month.dir, 'nothing'), ...given.slice(1)])).toBe(2);
    // whatever way leads to it, it judges: an outsider's script goes by the exit code alone
    symlinkSync(alone, join(month.dir, 'linked'));
    for (const name of ['program.js', 'draws-program.js'])
      expect(spawnSync(process.execPath, [join(month.dir, 'linked', name)], { env: {} }).status).toBe(2);
    const linked = spawnSync(process.execPath, [join(month.dir, 'linked/program.js'), ...given], { env: {} });
    expect(linked.status).toBe(1);
  });
});
