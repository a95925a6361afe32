/**
 * The payout machine against a model of its provider, in any order of replies, losses, crashes, callbacks, look-ups, decisions of persons
 * and the passing of time: never two payments for a slot, none lost, and all ends paid, rejected, cancelled or held (laws 1, 3 and 10).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { LEASE_MS, Machine, PAYOUTS, TIMEOUT_MS, WINDOW_MS } from '../support/payout-machine.js';
import { seedPayouts, type Terms } from '../support/payouts.js';
import { ProviderModel, type Verdict } from '../support/provider-model.js';
import { seeded } from '../support/seeded.js';

const RUNS = 30;

interface Model {
  /** Nothing is kept of the machine: its own tables are judged. */
  steps: number;
}

class Step implements fc.AsyncCommand<Model, Machine> {
  constructor(
    private readonly name: string,
    private readonly move: (machine: Machine) => Promise<void> | void,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, machine: Machine): Promise<void> {
    model.steps += 1;
    await this.move(machine);
    await machine.check();
  }

  toString(): string {
    return this.name;
  }
}

const which = fc.nat({ max: 5 });
const step = (name: string, move: (machine: Machine) => Promise<void> | void) => new Step(name, move);
const verdicts = fc.tuple(which, fc.constantFrom<Verdict>('paid', 'paid', 'rejected', 'accepted', 'later'));
const COMMANDS = [
  fc.integer({ min: 1, max: 3 }).map((n) => step(`claim ${n}`, (m) => m.claim(n))),
  which.map((n) => step(`send ${n}`, (m) => m.send(n))),
  // several times, as these happen most
  ...Array.from({ length: 3 }, () =>
    verdicts.map(([n, verdict]) => step(`send, act ${n} ${verdict}`, (m) => (m.send(n), m.act(n, verdict)))),
  ),
  verdicts.map(([n, verdict]) => step(`act ${n} ${verdict}, then crash`, (m) => (m.act(n, verdict), m.crash(n)))),
  verdicts.map(([n, verdict]) => step(`act ${n} ${verdict}`, (m) => m.act(n, verdict))),
  fc.tuple(which, fc.boolean()).map(([n, lost]) => step(`record ${n}${lost ? ' lost' : ''}`, (m) => m.record(n, lost))),
  which.map((n) => step(`crash ${n}`, (m) => m.crash(n))),
  which.map((n) => step(`record late ${n}`, (m) => m.recordLate(n))),
  fc.constant(step('expire leases', (m) => m.expire())),
  fc.constant(step('ask', (m) => m.ask())),
  fc.constant(step('learn', (m) => m.learn())),
  fc.constant(step('ask and learn', async (m) => (await m.ask(), await m.learn()))),
  fc
    .tuple(which, fc.boolean())
    .map(([n, odd]) => step(`callback ${n}${odd ? ' contradicting' : ''}`, (m) => m.callback(n, odd))),
  fc
    .tuple(which, fc.constantFrom<'paid' | 'rejected'>('paid', 'rejected'))
    .map(([n, status]) =>
      step(`decide ${n} ${status}`, (m) => m.provider.decide(m.scene.keys[n % PAYOUTS] as string, status)),
    ),
  fc.constantFrom(300, 2_500, LEASE_MS, WINDOW_MS).map((ms) => step(`pass ${ms} ms`, (m) => m.pass(ms))),
  fc
    .tuple(which, fc.constantFrom<'active' | 'incident'>('active', 'active', 'incident'))
    .map(([n, status]) => step(`customer ${n} is ${status}`, (m) => m.setStatus(n, status))),
  ...Array.from({ length: 3 }, () =>
    fc
      .tuple(
        which,
        fc.constantFrom<'approve' | 'ask' | 'cancel' | 'settle' | 'reissue'>(
          'approve',
          'ask',
          'cancel',
          'settle',
          'reissue',
        ),
      )
      .map(([n, what]) => step(`person: ${what} ${n}`, (m) => m.person(n, what))),
  ),
];

describe('the payout machine', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('never pays a slot twice, loses none, and ends every payout or leaves it to a person', async () => {
    let round = 0;
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.commands(COMMANDS, { maxCommands: 40, size: 'max' }),
        async (idempotent, lookup, reported, commands) => {
          round += 1;
          const terms: Terms = {
            idempotent,
            lookup,
            idempotencyMs: WINDOW_MS,
            visibilityMs: 2_000,
            timeoutMs: TIMEOUT_MS,
          };
          const scene = await seedPayouts(database.pool, pool, `run-${round}`, PAYOUTS);
          const machine = new Machine(database, pool, scene, new ProviderModel(terms));
          if (reported) await machine.setStatus(0, 'incident');
          await machine.claim(PAYOUTS);
          for (let n = 0; n < PAYOUTS; n += 1) machine.send(0);
          await fc.asyncModelRun(() => ({ model: { steps: 0 }, real: machine }), commands);
          await machine.settle();
          await machine.check();
          for (const what of machine.met) met.add(what);
        },
      ),
      { seed: seeded('the payout machine'), numRuns: RUNS, endOnFailure: true },
    );
    // what happens often must have happened, or the commands prove nothing
    console.log(`met: ${[...met].sort().join(', ')}`);
    const wanted = [
      'lease expired',
      'look-up resubmit',
      'look-up hold',
      'look-up move',
      'callback',
      'reply word',
      'reply unknown',
    ];
    expect(wanted.filter((what) => !met.has(what))).toEqual([]);
  });
});
