/**
 * The auditor is proved: one guard is taken out of the engine, a small campaign runs on that build, and the audit must say which law broke.
 * The same scenario with the guard in place must be clean, so that it is the guard that was missed.
 */
import { assertClean, type AuditReport } from '../../src/auditor/index.js';
import { breakBuild, type Change } from '../support/broken-build.js';
import { customers, defineBasics, importCustomers, launch } from '../support/campaigns.js';
import { Stack, until, type StackOptions } from '../support/stack.js';

export interface Proof {
  /** What is taken out, as docs/operations.md names it. */
  guard: string;
  law: number;
  /** Of the violation that has to be found. */
  says: string;
  changes: readonly Change[];
  /** Guards of the database, dropped as its owner. */
  sql?: readonly string[];
  /** What makes the scenario happen, such as a pause at the right place; no guard, and there with the guard in place, too. */
  conditions?: readonly Change[];
  simulator?: StackOptions['simulator'];
  play(scene: ProofScene): Promise<void>;
}

export const PEOPLE = 20;

/** The installation that a proof plays on, with what its scenarios have in common. */
export class ProofScene {
  constructor(readonly stack: Stack) {}

  /** Customers, a segment of all, a template, and a budget for `rewards` rewards of 5,000. */
  async prepare(rewards = 1_000): Promise<void> {
    await defineBasics(this.stack, String(5_000 * rewards));
    await importCustomers(this.stack, customers(PEOPLE));
  }

  launch(key: string, start: string, nodes: Record<string, unknown>): Promise<string> {
    return launch(this.stack, {
      key,
      name: key,
      purpose: 'advertising',
      segment: 'everyone',
      quietHours: { from: '00:00', to: '00:00' },
      journey: { start, nodes: { ...nodes, done: { type: 'exit' } } },
    });
  }

  switchTo(scope: string, state: 'running' | 'paused'): Promise<unknown> {
    return this.stack.ok('POST', `/v1/controls/${scope}`, { state, reason: 'a proof' }, { as: 'operator' });
  }

  status(customer: string, status: string): Promise<unknown> {
    return this.stack.ok('PUT', `/v1/customers/${customer}/status`, { status, reason: 'a proof' });
  }

  async count(from: string): Promise<number> {
    return Number((await this.stack.one<{ n: string }>(`select count(*) as n from ${from}`)).n);
  }

  payments = async () =>
    (await this.stack.simulator.provider.readBook()).filter((line) => line.type === 'payment').length;
  messages = async () =>
    (await this.stack.simulator.gateway.readBook()).filter((line) => line.type === 'message').length;

  /** Until it is so, or for so long. Without the guard it may never be. */
  async eventually(what: string, check: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
    await until(what, check, withinMs).catch(() => undefined);
  }

  /** Until every message is accepted and the lanes have gone to sleep after the step that decided them. */
  async asleep(): Promise<void> {
    await this.eventually('all is sent', async () => (await this.count(`outbox where state = 'accepted'`)) === PEOPLE);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }

  /** Until nobody is under way and nothing is open with gateways and providers, or for so long. */
  quiet(withinMs = 20_000): Promise<void> {
    return this.eventually('nothing is open', async () => (await this.open()) === 0, withinMs);
  }

  private open(): Promise<number> {
    return this.count(`(
      select 1 from runs where state <> 'closed'
      union all select 1 from outbox where state in ('queued', 'submitting', 'ambiguous')
      union all select 1 from payouts where state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous')) x`);
  }
}

export const send = (next: string) => ({ type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next });
export const reward = (next: string) => ({
  type: 'reward',
  kind: 'cashback',
  amount: { value: '5000', currency: 'KRW' },
  budget: 'main',
  provider: 'sim-pay',
  next,
});

/** What the audit says of the scenario, without the guard or with it. */
export async function playProof(proof: Proof, guard: 'out' | 'in'): Promise<AuditReport> {
  const changes = [...(proof.conditions ?? []), ...(guard === 'out' ? proof.changes : [])];
  const build = await breakBuild(changes);
  try {
    const { simulator } = proof;
    const epoch = '2026-03-03T10:00:00+09:00';
    const stack = await Stack.start({
      epoch,
      sweepSeconds: 4,
      build: build.folder,
      ...(simulator ? { simulator } : {}),
    });
    try {
      if (guard === 'out') for (const statement of proof.sql ?? []) await stack.pool.query(statement);
      await proof.play(new ProofScene(stack));
      return await stack.audit();
    } finally {
      await stack.stop();
    }
  } finally {
    build.remove();
  }
}

/** The first violation of the proof's law that says what it has to; printed, for the table in docs/operations.md. */
export function caught(proof: Proof, report: AuditReport): string | undefined {
  const law = report.laws.find((one) => one.law === proof.law);
  const found = law?.violations.find(({ what }) => what.includes(proof.says));
  if (!law || !found) {
    const others = report.laws.flatMap((one) =>
      one.violations.slice(0, 3).map(({ what }) => `law ${one.law}: ${what}`),
    );
    console.log(`without ${proof.guard}: ${others.join('; ') || 'nothing was found'}`);
    return undefined;
  }
  const broken = report.laws.filter((one) => one.found > 0).map((one) => `${one.law} (${one.found})`);
  const said = `law ${law.law}: ${found.what}`;
  console.log(`| ${proof.guard} | ${said} ${JSON.stringify(found.keys)} | ${broken.join(', ')} |`);
  return said;
}

export const PROOF_TIMEOUT_MS = 300_000;

export { assertClean };
