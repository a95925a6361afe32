/**
 * Small runs of payouts beside a very large one of the same provider, which has waited for longer: when they are paid, and whether a claim costs more the
 * more wait.
 */
import { afterEach, describe } from '@jest/globals';
import { runIdOf } from '../../src/domain/base/keys.js';
import { bench, timeOf, type Measured } from '../support/bench.js';
import { validated } from '../support/campaigns.js';
import { importGroup, startEmpty } from '../support/crowds.js';
import { allAre, AMOUNT, intendAll, payAllOf, switchTo } from '../support/pay-everybody.js';
import type { Stack } from '../support/stack.js';
import { meterOf } from '../support/surroundings.js';

const SMALL = 10;
const SMALLS = ['small-0', 'small-1', 'small-2'];

/** A trigger whose run has an id that comes before nearly all others, so that nothing is first by the order of ids. */
async function firstByIdOf(stack: Stack, campaign: string): Promise<string> {
  const { id } = await stack.one<{ id: string }>('select id from installation');
  for (let n = 0; ; n += 1) if (runIdOf(id, campaign, 1, `${n}`) < '23') return `${n}`;
}

describe('small runs of payouts beside a big one', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  bench('payouts-beside', { tiny: 600, usual: 100_000 }, async (size): Promise<Measured> => {
    const own = (stack = await startEmpty({ providerTerms: { timeoutMs: 60_000 } })); // nothing becomes ambiguous while this process pauses
    const all = size + SMALLS.length * SMALL;
    const funds = { amount: { value: String(AMOUNT * all), currency: 'KRW' }, reference: 'opening' };
    await own.ok('PUT', '/v1/budgets/main', { name: 'main', currency: 'KRW' });
    await own.ok('POST', '/v1/budgets/main/fundings', funds, { as: 'finance' });
    await importGroup(own, 'big', size);
    await importGroup(own, 'small', SMALL);
    await validated(own, payAllOf('big', 'big'));
    for (const key of SMALLS) await validated(own, payAllOf(key, 'small'));
    const big = await intendAll(own, await firstByIdOf(own, 'big'), size, 'big');
    const smalls: string[] = [];
    for (const key of SMALLS) smalls.push(await intendAll(own, 'now', SMALL, key));

    let smallsMs = 0;
    const { cpu, seconds } = await meterOf(own).during(async () => {
      await switchTo(own, 'running');
      smallsMs = await timeOf(async () => {
        for (const run of smalls) await allAre(own, run, 'paid', SMALL);
      });
      await allAre(own, big, 'paid', size);
    });
    const { earlier, halves } = await own.one<{ earlier: number; halves: [number, number] }>(
      `with done as (
         select p.run_id, a.opened_at, a.closed_at, row_number() over (order by a.closed_at, a.id) as n
         from payout_attempts a join payouts p on p.key = a.payout_key),
       middle as (select max(closed_at) as at from done where n <= $2::int / 2)
       select (select count(*)::int from done where n < (select max(n) from done where run_id <> $1) and run_id = $1) as earlier,
         (select array[extract(epoch from at - (select min(opened_at) from done)), extract(epoch from (select max(closed_at) from done) - at)]::float8[]
          from middle) as halves`,
      [big, all],
    );
    const auditMs = await timeOf(() => own.auditClean());
    return {
      figures: {
        smallsPaidMs: smallsMs,
        allPaidMs: seconds * 1_000,
        payoutsPerSecond: all / seconds,
        cpuMsPerPayout: ((cpu['all'] as number) * 1_000) / all,
        auditMs,
      },
      // of those of the big run, how many were paid before the last of the small ones; and how much longer the second half of all took than the first
      ratios: { bigPaidBefore: earlier / size, laterHalfToEarlier: halves[1] / halves[0] },
    };
  });
});
