/**
 * Postgres ends the connections of API and worker again and again, whatever they are in the middle of: every transaction is either whole or
 * has not happened, and the run comes to its end.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { seeded } from '../support/seeded.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 2_000;
const KILLS = 12;

describe('backends that are killed', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
    stack.simulator.gateway.setLatency([20, 60]);
    stack.simulator.provider.setLatency([5, 30]);
  });
  afterAll(() => stack?.stop());

  /** Ends all connections of the engine; returns how many of them were inside a transaction or statement. */
  async function killBackends(): Promise<number> {
    const { rows } = await stack.pool.query<{ busy: boolean }>(
      `select state <> 'idle' as busy, pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'pado-%' and application_name <> 'pado-test'`,
    );
    return rows.filter(({ busy }) => busy).length;
  }

  it('lose nothing and repeat nothing', async () => {
    const seed = seeded('the moments of the kills');
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT25S' }));
    let interrupted = 0;
    for (let n = 0; n < KILLS; n += 1) {
      if (n === KILLS / 2) {
        await until('some are waiting', async () => {
          const row = await stack.one<{ n: string }>(
            `select count(*) as n from participants where run_id = $1 and node = 'wait-1'`,
            [run],
          );
          return Number(row.n) > 0;
        });
        // the client of the events tries again until it is told that they are stored, as Segment's do
        const buyers = customers(COUNT / 4).map(({ id }) => id);
        await until(
          'the events are stored',
          async () =>
            await respond(stack, buyers).then(
              () => true,
              () => false,
            ),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 150 + (((n + seed) * 7_919) % 400)));
      interrupted += await killBackends();
    }
    console.log(`interrupted ${interrupted} statements or transactions`);
    expect(interrupted).toBeGreaterThan(0);
    await settled(stack, run, 240_000);
    const { paid } = await stack.one<{ paid: string }>(`select count(*) as paid from payouts where state = 'paid'`);
    expect(Number(paid)).toBeGreaterThan(0);
    await stack.auditClean();
  }, 400_000);
});
