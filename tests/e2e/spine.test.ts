/**
 * One wave campaign through all seven stages on real parts, from definition to the audit, with the odd customers of real life.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const HOSTILE = `"'; drop table customers; -- {{ customer.id }} {% raw %} 👩‍🚀 \u202Eevil`;
const COUNT = 60;

describe('a two-wave campaign', () => {
  let stack: Stack;
  let run: string;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    await importCustomers(
      stack,
      customers(COUNT, (n) => {
        if (n === 1) return { attributes: { grade: 'gold' } }; // the template's name is missing
        if (n === 2) return { addresses: {} };
        if (n === 3) return { attributes: { name: HOSTILE } };
        if (n === 4) return { status: 'incident' };
        if (n === 5) return { consents: { 'push:advertising': false } };
        return {};
      }),
    );
    run = await launch(stack, twoWaves({ span: 'PT20S' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length >= COUNT - 4);
    await respond(stack, ['c00001', 'c00003', 'c00010', 'c00011']);
    await until('the second wave is out', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from outbox where run_id = $1 and wave = 2 and state = 'accepted'`,
        [run],
      );
      return Number(n) >= COUNT - 7;
    });
    await respond(stack, ['c00020'], 'purchase', 'second');
    await settled(stack, run);
  });
  afterAll(() => stack.stop());

  it('counts everyone in both waves, with the reasons of those who got nothing', async () => {
    const report = await stack.ok('GET', `/v1/runs/${run}/report`);
    expect(report.waves).toMatchObject([
      {
        wave: 1,
        entered: 60,
        suppressed: { render_failed: 1, no_address: 1, incident: 1, consent_refused: 1 },
        sent: 56,
        responded: 4,
        paid: 4,
      },
      {
        wave: 2,
        entered: 56,
        suppressed: { no_address: 1, incident: 1, consent_refused: 1 },
        sent: 53,
        responded: 1,
        paid: 1,
      },
    ]);
    expect(report.payouts).toEqual({ paid: 5 });
  });

  it('gives both sums of law 4 per node', async () => {
    const { nodes } = await stack.ok('GET', `/v1/runs/${run}`);
    const sum = (of: Record<string, number> | undefined) => Object.values(of ?? {}).reduce((a, b) => a + b, 0);
    expect(nodes.length).toBeGreaterThan(0);
    for (const { people } of nodes) expect(people.here + sum(people.moved) + sum(people.ended)).toBe(people.entered);
    const send = nodes.find((node: { node: string }) => node.node === 'send-1');
    expect(send.messages).toMatchObject({ decided: 60, accepted: 56, queued: 0, submitting: 0, ambiguous: 0 });
  });

  it('sends the hostile name as it is, to one customer, and breaks nothing', async () => {
    const { body } = await stack.one<{ body: string }>(
      `select body from outbox where run_id = $1 and customer_id = 'c00003' and wave = 1`,
      [run],
    );
    expect(body).toContain(HOSTILE);
  });

  it('tells per customer what was decided, when and why', async () => {
    const why = await stack.ok('GET', `/v1/runs/${run}/customers/c00001`);
    const first = why.decisions[0].steps[0];
    expect(first).toMatchObject({ node: 'send-1' });
    expect(first.codes).toEqual(
      expect.arrayContaining(['status=active', 'consent=granted', 'offer=failed', 'message=suppressed:render_failed']),
    );
  });

  it('paid exactly once per responder in the provider’s own book', async () => {
    const payments = (await stack.simulator.provider.readBook()).filter((line) => line.type === 'payment');
    expect(new Set(payments.map((line) => line.key)).size).toBe(payments.length);
    expect(payments).toHaveLength(5);
  });

  it('is clean for the independent auditor, against both books', async () => {
    await stack.auditClean();
  });
});
