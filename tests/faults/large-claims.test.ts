/**
 * What a quick provider's large claims risk: kill -9 of the worker in the midst of one of 600 payouts, and a provider that turns so slow in the midst of one
 * that its lease would run out. Nothing is paid twice, nothing stays unpaid, and the audit is clean.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokenBuild } from '../support/broken-build.js';
import { validated } from '../support/campaigns.js';
import { importGroup, startEmpty } from '../support/crowds.js';
import { hastyBuild } from '../support/hasty-build.js';
import { allAre, AMOUNT, intendAll, payAllOf, switchTo } from '../support/pay-everybody.js';
import { until, type Stack } from '../support/stack.js';

const COUNT = 6_000;
const CAMPAIGNS = ['killed', 'slowed'];
/** Of a claim of 600 payouts. */
const LARGE = 600;
const TIMEOUT_MS = 2_000;
/** 600 payouts, 16 at once, would take 57 s; a claim is its own for 30, as long as one of 150 may take at the worst. */
const SLOW_MS = 1_500;

describe('claims of 600 payouts', () => {
  let build: BrokenBuild;
  let stack: Stack;
  beforeAll(async () => {
    // they grow, however busy this machine is
    const bound = (from: string) => ({
      file: 'activities/turn-limits.ts',
      from,
      to: from.replace(/[\d_]+;$/, '10_000;'),
    });
    build = await hastyBuild([bound('QUICK_MS = 500;'), bound('SLOW_MS = 2_000;')]);
    stack = await startEmpty({ build: build.folder, sweepSeconds: 4, providerTerms: { timeoutMs: TIMEOUT_MS } });
    const total = { value: String(AMOUNT * COUNT * CAMPAIGNS.length), currency: 'KRW' };
    await stack.ok('PUT', '/v1/budgets/main', { name: 'main', currency: 'KRW' });
    await stack.ok('POST', '/v1/budgets/main/fundings', { amount: total, reference: 'opening' }, { as: 'finance' });
    await importGroup(stack, 'everybody', COUNT);
    for (const key of CAMPAIGNS) await validated(stack, payAllOf(key, 'everybody'));
  }, 120_000);
  afterAll(async () => {
    await stack?.stop();
    build?.remove();
  });

  /** Until so many of a claim of 600 of this run are not known yet. */
  const inTheMidst = (run: string, { least, most }: { least: number; most: number }) =>
    until(
      'a claim of 600 is under way',
      async () => {
        const { found } = await stack.one<{ found: boolean }>(
          `select exists (
             select from payout_attempts a join payouts p on p.key = a.payout_key and p.run_id = $1
             group by a.context_id
             having count(*) = $2 and count(*) filter (where a.closed_at is null) between $3 and $4) as found`,
          [run, LARGE, least, most],
        );
        return found;
      },
      60_000,
      2,
    );
  const counted = async (run: string, condition: string) => {
    const { n } = await stack.one<{ n: number }>(
      `select count(*)::int as n from payout_attempts a join payouts p on p.key = a.payout_key where p.run_id = $1 and ${condition}`,
      [run],
    );
    return n;
  };
  const eachIsPaidOnce = async (run: string) => {
    await allAre(stack, run, 'paid', COUNT);
    const book = await stack.simulator.provider.readBook();
    const keys = book.flatMap((line) =>
      line.type === 'payment' && line.key.startsWith(`p/${run}/`) ? [line.key] : [],
    );
    expect(keys).toHaveLength(COUNT);
    expect(new Set(keys).size).toBe(COUNT);
    await stack.auditClean();
  };

  it('are asked about or repeated where the worker is killed in the midst of one', async () => {
    const run = await intendAll(stack, 'now', COUNT, 'killed');
    await switchTo(stack, 'running');
    await inTheMidst(run, { least: LARGE / 4, most: LARGE - 1 });
    await stack.worker.kill('SIGKILL');
    const interrupted = await counted(run, 'a.closed_at is null');
    console.log(`killed with ${interrupted} payouts in hand`);
    expect(interrupted).toBeGreaterThanOrEqual(LARGE / 4);
    await stack.worker.start();
    await eachIsPaidOnce(run);
    expect(await counted(run, `a.outcome = 'unknown'`)).toBeGreaterThanOrEqual(interrupted); // each was in doubt for a while
  }, 300_000);

  it('are not sent to their end where the provider turns slow in the midst of one', async () => {
    const run = await intendAll(stack, 'now', COUNT, 'slowed');
    await switchTo(stack, 'running');
    await inTheMidst(run, { least: LARGE, most: LARGE }); // it has just begun
    stack.simulator.provider.setLatency([SLOW_MS, SLOW_MS]);
    await until(
      'what would come too late is not sent',
      async () => (await counted(run, `a.outcome = 'not_acted'`)) > 0,
    );
    stack.simulator.provider.setLatency([0, 0]);
    await eachIsPaidOnce(run);
    console.log(`${await counted(run, `a.outcome = 'unknown'`)} were in doubt`);
  }, 300_000);
});
