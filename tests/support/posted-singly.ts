/**
 * An installation that pays as the engine does, from intended to posted, but posts each payment by a transaction of its own: one after the other of each
 * queue. Several at once of a queue wait for the row of the budget all the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timeOf } from './bench.js';
import { breakBuild, type BrokenBuild, type Change } from './broken-build.js';
import { customers, defineBasics, importCustomers, validated } from './campaigns.js';
import { AMOUNT, intendAll, payAll, payEverybody } from './pay-everybody.js';
import { ProviderProcess } from './simulator-process.js';
import { Stack } from './stack.js';

const EACH_BY_ITSELF: Change = {
  file: 'activities/payout.activities.ts',
  from: 'for (const { name, shard } of await ports.payouts.record(input, results, terms))\n      await',
  to: 'for (const result of results) for (const { name, shard } of await ports.payouts.record(input, [result], terms))\n      await',
};

/** An installation whose one provider this is, without simulators of its own. */
export function paidBy({ config }: ProviderProcess, more: { build?: string } = {}): Promise<Stack> {
  const terms = { ...config, timeoutMs: 60_000 }; // nothing becomes ambiguous while somebody pauses
  const env = { PADO_PAYOUT_PROVIDERS: JSON.stringify([terms]) };
  return Stack.start({ simulator: { providers: [], gateways: [] }, env: { worker: env, api: env }, ...more });
}

export class PostedSingly {
  private readonly books = mkdtempSync(join(tmpdir(), 'pado-singly-'));
  private build?: BrokenBuild;
  private provider?: ProviderProcess;
  private stack?: Stack;

  private constructor(private readonly size: number) {}

  /** With so many customers, for up to so many runs. */
  static async start(size: number, runs: number): Promise<PostedSingly> {
    const singly = new PostedSingly(size);
    try {
      await singly.begin(runs);
    } catch (error) {
      await singly.stop();
      throw error;
    }
    return singly;
  }

  private async begin(runs: number): Promise<void> {
    this.build = await breakBuild([EACH_BY_ITSELF]);
    this.provider = await ProviderProcess.start('sim-pay', this.books);
    this.stack = await paidBy(this.provider, { build: this.build.folder });
    await defineBasics(this.stack, String(AMOUNT * this.size * runs));
    await importCustomers(this.stack, customers(this.size));
    await validated(this.stack, payEverybody);
  }

  /** Everybody is paid once. Returns how long it took, in ms, and in how many transactions they were posted. */
  async payAll(trigger: string): Promise<{ ms: number; transactions: number }> {
    const { stack, size } = this;
    if (!stack) throw new Error('invariant: paid before the start');
    const run = await intendAll(stack, trigger, size);
    const ms = await timeOf(() => payAll(stack, run, size));
    const { transactions } = await stack.one<{ transactions: number }>(
      `select count(distinct t.xmin::text)::int as transactions from ledger_transfers t join payouts p on p.key = t.payout_key
       where p.run_id = $1 and t.kind = 'pay'`,
      [run],
    );
    return { ms, transactions };
  }

  async stop(): Promise<void> {
    await this.stack?.stop();
    await this.provider?.stop();
    this.build?.remove();
    rmSync(this.books, { recursive: true, force: true });
  }
}
