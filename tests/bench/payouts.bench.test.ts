/**
 * Payouts per second from intended to posted, through the payout workflow and a provider that answers at once; against bare inserts of the same
 * rows, one posting per transaction on a hot budget, alone and by the whole way, and a bare HTTP loop to such a provider. Providers are processes of their own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect } from '@jest/globals';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { bareCalls } from '../support/bare-http.js';
import { BarePayouts } from '../support/bare-payouts.js';
import { bench, IS_TINY, timeOf, type Measured } from '../support/bench.js';
import { customers, defineBasics, importCustomers, validated } from '../support/campaigns.js';
import { median } from '../support/pairs.js';
import { AMOUNT, intendAll, payAll, payEverybody } from '../support/pay-everybody.js';
import { paidBy, PostedSingly } from '../support/posted-singly.js';
import { ProviderProcess } from '../support/simulator-process.js';
import type { Stack } from '../support/stack.js';
import { meterOf } from '../support/surroundings.js';

/** Two shards, each with so many calls of a claim under way. */
const CALLS_AT_ONCE = 2 * 32;
const ROUNDS = 5;
/** So many say how fast one after the other are. */
const SINGLE_MAX = 5_000;

describe('payouts', () => {
  let stack: Stack | undefined;
  let bare: BarePayouts | undefined;
  let singly: PostedSingly | undefined;
  let provider: ProviderProcess | undefined;
  let other: ProviderProcess | undefined;
  const books = mkdtempSync(join(tmpdir(), 'pado-paid-'));
  afterEach(async () => {
    await provider?.stop();
    await other?.stop();
    await stack?.stop();
    await bare?.close();
    await singly?.stop();
    rmSync(books, { recursive: true, force: true });
  });

  bench('payouts', { tiny: 300, usual: 30_000 }, async (size): Promise<Measured> => {
    provider = await ProviderProcess.start('sim-pay', books);
    other = await ProviderProcess.start('other-pay', books);
    stack = await paidBy(provider);
    bare = await BarePayouts.open();
    singly = await PostedSingly.start(Math.min(size, SINGLE_MAX), ROUNDS);
    await defineBasics(stack, String(AMOUNT * size * ROUNDS));
    await importCustomers(stack, customers(size));
    await validated(stack, payEverybody);

    const round = new Rounds({ stack, bare, singly }, { provider, other }, size);
    for (let n = 1; n <= (IS_TINY ? 1 : ROUNDS); n += 1) await round.play(n);
    if (IS_TINY)
      assertClean(
        await runAudit({ databaseUrl: stack.ownerUrl, providerBooks: [provider.bookFile], gatewayBooks: [] }),
      );
    const [ours, inserts, single, grouped, http, whole] = round.medians();
    const perSecond = (ms: number) => (size / ms) * 1_000;
    return {
      figures: {
        payoutsPerSecond: perSecond(ours),
        cpuMsPerPayout: median(round.cpuMs) / size,
        insertedPerSecond: perSecond(inserts),
        postedSinglyPerSecond: perSecond(single),
        postedInGroupsPerSecond: perSecond(grouped),
        calledPerSecond: perSecond(http),
        paidAndPostedSinglyPerSecond: perSecond(whole),
      },
      ratios: {
        payoutsToInserts: inserts / ours,
        payoutsToSinglePostings: single / ours,
        groupedToSinglePostings: single / grouped,
        payoutsToCalls: http / ours,
        payoutsToPostedSingly: whole / ours,
      },
    };
  });
});

/** Each thing once a round, so that what the machine does meanwhile favours none of them. */
class Rounds {
  private readonly times: number[][] = [[], [], [], [], [], []];
  /** Of all processes of the installation, while it paid. */
  readonly cpuMs: number[] = [];

  constructor(
    private readonly on: { stack: Stack; bare: BarePayouts; singly: PostedSingly },
    private readonly providers: { provider: ProviderProcess; other: ProviderProcess },
    private readonly size: number,
  ) {}

  async play(n: number): Promise<void> {
    const { size } = this;
    const { stack, bare, singly } = this.on;
    const { provider, other } = this.providers;
    const run = await intendAll(stack, `round-${n}`, size);
    const meter = meterOf(stack, { provider: [provider.pid] });
    const { cpu, seconds } = await meter.during(() => payAll(stack, run, size));
    const { claim, group } = await this.together(run);
    const { end } = await stack.one<{ end: number }>('select coalesce(max(no), 0) as end from ledger_seals');
    const ours = seconds * 1_000;
    this.cpuMs.push((cpu['all'] as number) * 1_000);
    console.log(
      `CPU-seconds of ${size} payouts, ${claim} a claim and ${group} recorded together: ${JSON.stringify(cpu)}`,
    );
    const taken = await bare.take(stack.pool, run, end);
    expect([...taken.values()].slice(0, -1)).toEqual([size, size, 2 * size, size, 2 * size]);
    expect(taken.get('ledger_seals')).toBeLessThanOrEqual(size); // as many as were sealed meanwhile
    let inserted = new Map<string, number>();
    const inserts = await timeOf(async () => {
      inserted = await bare.insertAll(claim);
    });
    expect(inserted).toEqual(taken);
    const singles = Math.min(size, SINGLE_MAX);
    const single = (size / singles) * (await timeOf(() => bare.postSingly(`${n}`, singles, AMOUNT)));
    const grouped = await timeOf(() => bare.postInGroups(`${n}`, { count: size, amount: AMOUNT, group }));
    const http = await this.callAll(run);
    expect(await other.payments()).toBe(n * size);
    const whole = await singly.payAll(`round-${n}`);
    expect(whole.transactions).toBe(singles);
    [ours, inserts, single, grouped, http, (size / singles) * whole.ms].forEach((ms, which) =>
      this.times[which]?.push(ms),
    );
  }

  /** How many payouts a claim was for, and a transaction that recorded replies, on average: the bare ones go by them. */
  private async together(run: string): Promise<{ claim: number; group: number }> {
    return await this.on.stack.one<{ claim: number; group: number }>(
      `select ceil(count(*)::float8 / count(distinct a.context_id))::int as claim,
              ceil(count(*)::float8 / count(distinct m.xmin::text))::int as "group"
       from payouts p join payout_attempts a on a.payout_key = p.key
       join payout_moves m on m.payout_key = p.key and m.to_state = 'paid' where p.run_id = $1`,
      [run],
    );
  }

  medians(): [number, number, number, number, number, number] {
    return this.times.map(median) as [number, number, number, number, number, number];
  }

  /** The requests of the run once more, to a provider of which the engine knows nothing. */
  private async callAll(run: string): Promise<number> {
    const { rows } = await this.on.stack.pool.query<{ key: string; body: string }>(
      `select key, convert_from(request, 'UTF8') as body from payouts where run_id = $1 order by key`,
      [run],
    );
    const calls = rows.map(({ key, body }) => ({ id: `payout-${key}-1`, body, headers: { 'idempotency-key': key } }));
    return await bareCalls({ system: this.providers.other, path: '/payouts', calls, atOnce: CALLS_AT_ONCE });
  }
}
