/**
 * Two campaigns that want the same contact of the same customers and are due together: the one of higher priority gets it, whichever arrived
 * first. (That many at once stay below their caps, is `tests/bench/shared-customers`.)
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  customers,
  defineBasics,
  defineGroup,
  importCustomers,
  launchDraft,
  oneSend,
  putCap,
  settled,
  validated,
} from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const PAIRED = 200;

const once = (key: string, product: string, priority: number) => oneSend({ key, product, priority, segment: 'paired' });

describe('two campaigns that are due together', () => {
  let stack: Stack;
  beforeAll(async () => {
    const paired = customers(PAIRED, (n) => ({ id: `p${n}`, attributes: { name: `손님${n}`, group: 'paired' } }));
    stack = await Stack.start({ epoch: '2026-03-07T23:00:00+09:00', sweepSeconds: 4 });
    await defineBasics(stack);
    await importCustomers(stack, paired);
    await defineGroup(stack, 'paired');
    for (const product of ['first-pair', 'second-pair']) {
      await putCap(stack, product, {
        scope: { kind: 'product', value: product },
        window: { kind: 'rolling', span: 'P1D' },
        cap: 1,
      });
    }
  });
  afterAll(() => stack.stop());

  it('give the contact to the higher priority of two that are due together, in either order of arrival', async () => {
    const pairs = [
      once('low-1', 'first-pair', 0),
      once('high-1', 'first-pair', 9),
      once('high-2', 'second-pair', 9),
      once('low-2', 'second-pair', 0),
    ];
    for (const draft of pairs) await validated(stack, draft);
    // Nobody moves until both audiences of a pair are frozen: then everybody is due at once.
    await stack.ok('POST', '/v1/controls/all', { state: 'paused', reason: 'both first' }, { as: 'operator' });
    const runs: string[] = [];
    for (const { key } of pairs as { key: string }[]) {
      const run = await launchDraft(stack, key);
      runs.push(run);
      await until(
        'frozen',
        async () =>
          (await stack.one<{ state: string }>('select state from runs where id = $1', [run])).state === 'running',
      );
    }
    await stack.ok('POST', '/v1/controls/all', { state: 'running', reason: 'both are there' }, { as: 'operator' });
    for (const run of runs) await settled(stack, run);

    const sent = async (run: string | undefined) =>
      (
        await stack.one<{ n: number }>(
          `select count(*)::int as n from outbox where run_id = $1 and state = 'accepted'`,
          [run],
        )
      ).n;
    expect(await Promise.all(runs.map(sent))).toEqual([0, PAIRED, PAIRED, 0]);
    const refused = await stack.one<{ n: number }>(
      `select sum(n)::int as n from counters where run_id = any($1) and reason in ('capped', 'yielded')`,
      [[runs[0], runs[3]]],
    );
    expect(refused.n).toBe(2 * PAIRED);
    await stack.auditClean();
  });
});
