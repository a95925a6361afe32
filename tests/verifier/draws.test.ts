/**
 * Draws verified by an outsider: the program and the Python of docs/lucky-box.md agree with the engine, and any byte of a draw that is changed is named.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyDraws as verifyInBrowser } from '../../console/src/format/draws.js';
import { csvFile } from '../../src/api/exports/csv-file.js';
import { commitmentOf, OpenBox, termsText, type BoxTerms } from '../../src/domain/ledger/lucky-box.js';
import { main } from '../../src/verifier/verify-draws.js';
import { verifyDraws } from '../../src/verifier/draws.js';

const SEED = Buffer.alloc(32, 11);
const COUNT = 300;
const TERMS: BoxTerms = {
  key: 'spring',
  currency: 'KRW',
  prizes: [
    { name: '+1 "big", one', kind: 'cashback', amountMinor: 100_000, weight: 1, stock: 2 },
    { name: '커피', kind: 'coupon', amountMinor: 5_000, weight: 20, stock: 12 },
    { name: 'next time', kind: 'nothing', amountMinor: 0, weight: 30, stock: null },
  ],
};

describe('the draws of a closed lucky box', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pado-draws-'));
  const terms = termsText(TERMS);
  const box = {
    key: 'spring',
    terms,
    commitment: commitmentOf(SEED, terms).toString('hex'),
    seed: SEED.toString('hex'),
    drawn: COUNT,
  };
  let csv = '';

  beforeAll(async () => {
    const open = new OpenBox(TERMS, SEED, [0, 0, 0]);
    for (let n = 0; n < COUNT; n += 1) open.take(`p/run/draw/1/c${n}/1`, 100_000);
    async function* rows() {
      for (const { number, payoutKey, prize, amountMinor } of open.draws.values()) {
        const { name = '', kind = '' } = TERMS.prizes[prize] ?? {};
        yield ['spring', number, payoutKey, name, kind, amountMinor, 'KRW', '2026-03-03T01:00:00.000Z'];
      }
    }
    const header = ['box', 'number', 'key', 'prize', 'kind', 'amount', 'currency', 'drawn_at'];
    for await (const part of csvFile({ header, rows: rows() })) csv += part;
    writeFileSync(join(dir, 'box.json'), JSON.stringify(box));
    writeFileSync(join(dir, 'draws.csv'), csv);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('verify in the console, as the browser computes them', async () => {
    const verdict = await verifyInBrowser(box, csv);
    expect([verdict.committed, verdict.wrong, verdict.draws.length]).toEqual([true, 0, COUNT]);
    const lines = csv.split('\r\n');
    const of = async (changed: string[]) => (await verifyInBrowser(box, changed.join('\r\n'))).wrong;
    const fallback = lines.findIndex((line) => line.includes('next time'));
    expect(await of(lines.with(fallback, (lines[fallback] ?? '').replace('next time', '커피')))).toBe(1);
    expect(await of(lines.with(fallback, (lines[fallback] ?? '').replace(',0,', ',7,')))).toBe(1);
    expect(await of(lines.slice(0, COUNT))).toBe(1);
    expect(await of(lines.toSpliced(5, 1))).toBeGreaterThan(1);
    expect(await of(lines.with(1, lines[2] ?? '').with(2, lines[1] ?? ''))).toBeGreaterThan(0);
    const odds = { ...box, terms: terms.replace('"weight":20', '"weight":21') };
    expect((await verifyInBrowser(odds, csv)).committed).toBe(false);
    await expect(verifyInBrowser({ ...box, seed: null }, csv)).rejects.toThrow('not closed');
  });

  it('verify, by the program and its exit code', () => {
    expect(verifyDraws(csv, box, box.commitment)).toEqual([]);
    const args = [join(dir, 'draws.csv'), '--box', join(dir, 'box.json')];
    expect(main(args)).toBe(0);
    expect(main([...args, '--commitment', box.commitment])).toBe(0);
    expect(main([...args, '--commitment', '0'.repeat(64)])).toBe(1);
    expect(main([args[0] ?? ''])).toBe(2);
  });

  it('verify by the Python that the guide shows', () => {
    const [, python = ''] = /```python\n([\s\S]*?)```/.exec(readFileSync('docs/lucky-box.md', 'utf8')) ?? [];
    const run = (text: string) => {
      writeFileSync(join(dir, 'draws.csv'), text);
      return execFileSync('python3', ['-c', python], { cwd: dir, stdio: 'pipe' });
    };
    const plain = csv.replaceAll(`'+1`, '+1'); // the guide's lines do not know about a spreadsheet's apostrophe
    expect(() => run(plain)).not.toThrow();
    expect(() => run(plain.replace('"coupon",5000', '"coupon",5001'))).toThrow('AssertionError');
  });

  it('do not verify with any byte of box, number, prize, kind, amount or currency changed, and the draw is named', () => {
    const lines = csv.split('\r\n');
    const line = lines.findIndex((text) => text.includes('"coupon"'));
    const text = lines[line] ?? '';
    for (let at = 0; at < text.lastIndexOf('KRW') + 3; at += 1) {
      if ('",'.includes(text[at] ?? '')) continue;
      const changed = text.slice(0, at) + (text[at] === '7' ? '8' : '7') + text.slice(at + 1);
      const faults = verifyDraws(lines.with(line, changed).join('\r\n'), box);
      // another key draws another ticket, which may be of the same prize
      const isKey = at > text.indexOf('p/') && at < text.indexOf(',"커피');
      if (!isKey) expect(faults.map(({ where }) => where)).toContain(`draw ${line}`);
    }
  });

  it('do not verify with a draw left out, doubled or swapped, or other odds', () => {
    const lines = csv.split('\r\n');
    const [first = '', second = ''] = lines.slice(1);
    expect(verifyDraws(lines.toSpliced(5, 1).join('\r\n'), box).length).toBeGreaterThan(0);
    expect(verifyDraws(lines.toSpliced(5, 0, lines[5] ?? '').join('\r\n'), box).length).toBeGreaterThan(0);
    expect(verifyDraws(lines.with(1, second).with(2, first).join('\r\n'), box).length).toBeGreaterThan(0);
    const odds = { ...box, terms: terms.replace('"weight":1,', '"weight":9,') };
    expect(verifyDraws(csv, odds).map(({ where }) => where)).toContain('the box');
    expect(() => verifyDraws(csv, { ...box, seed: null })).toThrow('not closed');
  });
});
