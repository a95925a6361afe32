/**
 * A whole campaign, paid by a provider, settled by its own book: what was earned, what the ledger paid and what the provider says agree, every
 * payout is confirmed, and the audit is clean; then a payment that nobody ordered is found.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { dayOf } from '../../src/domain/ledger/settlement.js';
import { call, payout } from '../simulator/harness.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
});
afterAll(() => stack?.stop());

it('is matched whole, confirms what agrees, and names what does not', async () => {
  await defineBasics(stack);
  await importCustomers(stack, customers(6));
  const run = await launch(stack, twoWaves({ span: 'PT20S' }));
  await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === 6);
  await respond(stack, ['c00001', 'c00002', 'c00003']);
  await until('the second wave is out', async () => (await stack.simulator.gateway.readBook()).length === 9);
  await respond(stack, ['c00004'], 'purchase', 'second');
  await settled(stack, run);
  const path = `/v1/ledger/settlements/sim-pay/${dayOf(Date.parse('2026-03-03T10:00:00+09:00'), 'Asia/Seoul')}`;
  const post = (of: string) => stack.ok('POST', `${path}/${of}`, undefined, { as: 'finance' });
  expect(await post('fetch')).toMatchObject({ file: { rows: 4, source: 'fetched', version: 1 } });
  expect(await post('match')).toMatchObject({ open: 0, settled: 4, match: { posted: 4, rows: 4, matched: 4 } });
  const { hashed } = await stack.one<{ hashed: number }>(
    `select count(*) filter (where evidence ? 'answerHashes')::int as hashed from payouts where state = 'settled'`,
  );
  expect(hashed).toBe(4);
  await stack.auditClean();

  const stranger = await call(stack.simulator.provider, 'POST', '/payouts', payout('p/stranger/1'), {
    key: 'p/stranger/1',
  });
  expect(stranger.status).toBe(201);
  expect(await post('fetch')).toMatchObject({ file: { rows: 5, version: 2 } });
  expect(await post('match')).toMatchObject({ open: 1, settled: 0, match: { matched: 4, rows: 5 } });
  const { items } = await stack.ok('GET', '/v1/ledger/breaks', undefined, { as: 'finance' });
  expect(items).toMatchObject([{ class: 'unknown_to_us', payout: 'p/stranger/1' }]);
});
