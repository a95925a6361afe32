/**
 * Two campaigns over the real purchases of 23,570 people, six weeks of 1998 in skipped time: every figure equals a calculation in Python from the
 * file alone, the books of provider and gateway are clean, and it is the same where the segments are asked of a Parquet file.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyStatement } from '../../src/verifier/verify.js';
import { importCustomers } from '../support/campaigns.js';
import { writeParquet } from '../support/lake.js';
import { writeSettlements } from '../support/settlement-folder.js';
import { KEY } from '../support/signed-ledger.js';
import { SkippedTime, sweep } from '../support/skipped-time.js';
import { Stack } from '../support/stack.js';
import { atNoon, calculated, EPOCH, figuresOf, people, play, purchases, REWARD, tell } from '../support/win-back.js';

describe('the win-back campaigns on real purchases', () => {
  const base = mkdtempSync(join(tmpdir(), 'pado-win-back-'));
  const folder = join(base, 'lake');
  const PADO_SOURCES = JSON.stringify([
    {
      name: 'lake',
      folder,
      customers: { files: 'customers.parquet', id: 'id' },
      events: [{ files: 'purchases.parquet', event: 'purchase', customer: 'customer', at: 'at' }],
    },
  ]);
  const { windows, paidByMonth, ...python } = calculated();
  const PADO_LEDGER_KEYS = Buffer.alloc(32, 1).toString('base64'); // KEY's
  let time: SkippedTime;
  beforeAll(async () => {
    await writeParquet(folder, {
      'customers.parquet': { columns: { id: 'varchar' }, rows: people.map((id) => ({ id })) },
      'purchases.parquet': {
        columns: { customer: 'varchar', at: 'timestamptz' },
        rows: purchases.map(({ customer, day }) => ({ customer, at: new Date(atNoon(day)) })),
      },
    });
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it('are about the people that the file is known for', () => {
    expect([purchases.length, people.length]).toEqual([69_659, 23_570]);
    expect([python.lapsed.audience.length, python.loyal.audience.length]).toEqual([6_468, 4_084]);
    expect(windows).toEqual([212, 200, 163]);
    expect(python.lapsed.waves[2]?.suppressed['capped']).toBeGreaterThan(1_000);
  });

  describe.each([
    ['Postgres', null],
    ['the data lake', 'lake'],
  ])('with their segments asked of %s', (place, source) => {
    let stack: Stack;
    let runs: { lapsed: string; loyal: string };
    beforeAll(async () => {
      time = await SkippedTime.start();
      stack = await Stack.start({
        epoch: EPOCH,
        time,
        simulator: { providers: [{ faults: { cutAfter: 0.05 } }], gateways: [{}] },
        env: { api: { PADO_SOURCES, PADO_LEDGER_KEYS }, worker: { PADO_SOURCES, PADO_LEDGER_KEYS } },
      });
      await importCustomers(
        stack,
        people.map((id) => ({
          id,
          consents: { 'push:advertising': true },
          addresses: { push: `token-${id}` },
        })),
      );
      // the lake has its own
      if (source === null)
        await tell(
          stack,
          purchases.filter(({ day }) => day < '1998-01-01'),
        );
      runs = await play(stack, source);
    }, 1_200_000);
    afterAll(async () => {
      await stack.stop();
      await time.close();
    });

    it('report what Python calculates, for the same people', async () => {
      expect({ lapsed: await figuresOf(stack, runs.lapsed), loyal: await figuresOf(stack, runs.loyal) }).toEqual(
        python,
      );
    });

    it('are closed, with nothing late and every lost reply paid once', async () => {
      for (const run of Object.values(runs)) {
        const report = await stack.ok('GET', `/v1/runs/${run}/report`);
        expect(report.state).toBe('closed');
        expect(report.businessEpoch).toBe(new Date(EPOCH).toISOString());
        expect(report.open).toEqual({ participants: 0, failed: 0, messages: 0, payouts: 0 });
        expect(report.waves.map(({ late }: { late: number }) => late)).toEqual(report.waves.map(() => 0));
      }
      const { faults } = stack.simulator.provider.stats();
      expect(faults.cutAfter).toBeGreaterThan(0);
      const book = await stack.simulator.provider.readBook();
      const paid = book.filter(({ type }) => type === 'payment').length;
      expect(paid).toBe(python.lapsed.waves.reduce((sum, wave) => sum + wave.paid, 0));
    });

    it('send and pay at the times of the simulators, which are those of the engine', async () => {
      const days = async (lines: { at: string }[]) =>
        [...new Set(lines.map(({ at }) => new Date(Date.parse(at) + 9 * 3_600_000).toISOString().slice(0, 13)))].sort();
      expect(await days(await stack.simulator.gateway.readBook())).toEqual([
        '1998-01-01T10',
        '1998-01-10T10',
        '1998-01-15T10',
        '1998-01-29T10',
      ]);
      expect((await days(await stack.simulator.provider.readBook())).every((hour) => hour.endsWith('T12'))).toBe(true);
    });

    it('leave clean books', async () => {
      await sweep(stack);
      await stack.auditClean();
    });

    it('end with statements whose totals are the calculated ones, and that verify offline', async () => {
      const close = '/v1/ledger/periods/1998-01/close';
      await stack.ok('POST', close, { reason: 'all is in' }, { as: 'finance' });
      await stack.ok('POST', `${close}/approve`, undefined, { as: 'admin' });
      await sweep(stack); // signs the end of what is closed
      const settlements = join(base, `settlements-${place}`);
      const [provider] = stack.simulator.providers;
      if (!provider) throw new Error('no provider');
      await writeSettlements(settlements, provider, { from: '1998-01-01', to: '1998-02-13', zone: 'Asia/Seoul' });
      expect(Object.keys(paidByMonth).sort()).toEqual(['1998-01', '1998-02']);
      for (const [month, paid] of Object.entries(paidByMonth)) {
        const { status, body } = await stack.request('GET', `/v1/ledger/statements/${month}`, undefined, {
          as: 'finance',
        });
        expect(status).toBe(200);
        const lines = String(body).trimEnd().split('\n');
        const totals = lines
          .filter((line) => line.startsWith('{"kind":"total"') && line.includes('"transfer":"pay"'))
          .map((line) => JSON.parse(line) as { campaign: string; count: string; amount: string });
        expect(totals.map(({ campaign, count, amount }) => [campaign, Number(count), Number(amount)])).toEqual([
          ['lapsed', paid, paid * REWARD],
        ]);
        const file = join(base, `${month}-${place}.jsonl`);
        const verify = (text: string) => {
          writeFileSync(file, text);
          return verifyStatement({ file, settlements, publicKey: KEY.publicKey, without: [] });
        };
        const whole = await verify(String(body));
        expect([whole.state, whole.faults]).toEqual([month === '1998-01' ? 'closed' : 'open', []]);
        const bytes = Buffer.from(String(body));
        const at = bytes.indexOf('"amount":"5000"') + '"amount":"'.length;
        bytes[at] = '6'.charCodeAt(0);
        expect((await verify(bytes.toString())).faults).not.toEqual([]);
      }
    });
  });
});
