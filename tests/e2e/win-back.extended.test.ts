/**
 * Two campaigns over the real purchases of 23,570 people, six weeks of 1998 in skipped time: every figure equals a calculation in Python from the
 * file alone, the books of provider and gateway are clean, and it is the same where the segments are asked of a Parquet file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importCustomers } from '../support/campaigns.js';
import { writeParquet } from '../support/lake.js';
import { SkippedTime, sweep } from '../support/skipped-time.js';
import { Stack } from '../support/stack.js';
import { atNoon, calculated, EPOCH, figuresOf, people, play, purchases, tell } from '../support/win-back.js';

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
  const { windows, ...python } = calculated();
  let time: SkippedTime;
  beforeAll(async () => {
    await writeParquet(folder, {
      'customers.parquet': { columns: { id: 'varchar' }, rows: people.map((id) => ({ id })) },
      'purchases.parquet': {
        columns: { customer: 'varchar', at: 'timestamptz' },
        rows: purchases.map(({ customer, day }) => ({ customer, at: new Date(atNoon(day)) })),
      },
    });
  }, 120_000);
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
  ])('with their segments asked of %s', (_, source) => {
    let stack: Stack;
    let runs: { lapsed: string; loyal: string };
    beforeAll(async () => {
      time = await SkippedTime.start();
      stack = await Stack.start({
        epoch: EPOCH,
        time,
        simulator: { providers: [{ faults: { cutAfter: 0.05 } }], gateways: [{}] },
        env: { api: { PADO_SOURCES }, worker: { PADO_SOURCES } },
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
    }, 60_000);

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
    }, 240_000);
  });
});
