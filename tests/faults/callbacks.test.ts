/**
 * A provider whose callbacks come before its replies, late, twice, never, about keys that nobody knows, and that says the opposite of what
 * it has said: everybody ends as its book has them, and what differs is a break for finance.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 300;

describe(`${COUNT} payouts at a provider that calls back in every wrong way`, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    stack.simulator.provider.setFaults({
      acceptThenCallback: 0.5,
      decideRejected: 0.2,
      callbackEarly: 0.4,
      callbackLate: 0.3,
      callbackDuplicate: 0.5,
      callbackLost: 0.2,
      callbackUnknown: 0.1,
      callbackContradict: 0.2,
      callbackLateMs: 1_500,
      cutAfter: 0.1,
    });
  });
  afterAll(() => stack.stop());

  it('pays each once, and believes the first word', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const run = await launch(stack, twoWaves({ span: 'PT2H' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === COUNT);
    await respond(
      stack,
      customers(COUNT).map((c) => c.id),
    );
    await settled(stack, run, 180_000);

    const book = await stack.simulator.provider.readBook();
    const decided = new Map(
      book.flatMap((line) => (line.type === 'payment' || line.type === 'rejection' ? [[line.key, line.type]] : [])),
    );
    const { rows } = await stack.pool.query<{ key: string; state: string }>('select key, state from payouts');
    expect(rows).toHaveLength(COUNT);
    for (const { key, state } of rows)
      expect(`${key} ${state}`).toBe(`${key} ${decided.get(key) === 'payment' ? 'paid' : 'rejected'}`);
    await until('contradictions and unknown keys are on record', async () => {
      const { rows: kinds } = await stack.pool.query<{ kind: string }>('select distinct kind from breaks order by 1');
      return kinds.map(({ kind }) => kind).join() === 'contradiction,unknown_key';
    });
    await stack.auditClean();
  });
});
