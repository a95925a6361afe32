/**
 * "Pay, then send the coupon code": a wait for payout.paid and a message that bears the code, while the worker dies between the payment and
 * the word about it. The message goes out once.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokenBuild } from '../support/broken-build.js';
import { customers, defineBasics, importCustomers, launch, settled } from '../support/campaigns.js';
import { hastyBuild } from '../support/hasty-build.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 30;
const BODY = '{{ customer.name }}님 쿠폰 {{ reward.code }} ({{ reward.amount }}원, {{ reward.paidAt }})';

/** Reward at once, wait until it is paid, send the code; who is not paid in time gets nothing. */
const coupons = (key: string, span: string) => ({
  key,
  name: '쿠폰',
  purpose: 'advertising',
  segment: 'everyone',
  quietHours: { from: '00:00', to: '00:00' },
  journey: {
    start: 'coupon',
    nodes: {
      coupon: {
        type: 'reward',
        kind: 'coupon',
        amount: { value: '3000', currency: 'KRW' },
        budget: 'main',
        provider: 'sim-pay',
        next: 'paid',
      },
      paid: { type: 'wait', span, response: { event: 'payout.paid' }, next: 'was-paid' },
      'was-paid': { type: 'branch', on: { responded: 'paid' }, yes: 'tell', no: 'unpaid' },
      tell: { type: 'send', template: 'code', channel: 'push', gateway: 'sim-gate', next: 'done' },
      done: { type: 'exit' },
      unpaid: { type: 'exit', reason: 'unpaid' },
    },
  },
});

describe('a wait for payout.paid', () => {
  let build: BrokenBuild;
  let stack: Stack;
  beforeAll(async () => {
    build = await hastyBuild();
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, build: build.folder });
    await defineBasics(stack);
    await stack.ok('PUT', '/v1/templates/code', { channel: 'push', body: BODY });
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(async () => {
    await stack?.stop();
    build?.remove();
  });

  const numbers = async (run: string) => {
    const row = await stack.one<Record<'paid' | 'queued' | 'events', string>>(
      `select (select count(*) from payouts where run_id = $1 and state = 'paid') as paid,
              (select count(*) from payout_events) as queued,
              (select count(*) from events where name = 'payout.paid' and properties ->> 'run' = $1) as events`,
      [run],
    );
    return { paid: Number(row.paid), queued: Number(row.queued), events: Number(row.events) };
  };

  it('lets the message follow the payment, with its code, though the worker was dead between them', async () => {
    stack.simulator.provider.setFaults({ acceptThenCallback: 1, callbackDelayMs: 20_000 });
    const run = await launch(stack, coupons('killed-between', 'P1D'));
    await until('all are accepted', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from payouts where run_id = $1 and state = 'accepted'`,
        [run],
      );
      return Number(n) === COUNT;
    });
    await stack.worker.kill('SIGKILL');
    await until('all are paid', async () => (await numbers(run)).paid === COUNT);
    expect(await numbers(run)).toEqual({ paid: COUNT, queued: COUNT, events: 0 });
    expect(await stack.simulator.gateway.readBook()).toEqual([]);

    await stack.worker.start();
    await settled(stack, run, 120_000);
    expect(await numbers(run)).toEqual({ paid: COUNT, queued: 0, events: COUNT });
    const messages = (await stack.simulator.gateway.readBook()).filter((line) => line.type === 'message');
    expect(messages).toHaveLength(COUNT);
    const wrong = await stack.one<{ n: string }>(
      `select count(*) as n from outbox o join payouts p on p.run_id = o.run_id and p.customer_id = o.customer_id
       where o.run_id = $1 and (p.code is null or strpos(o.body, p.code) = 0 or strpos(o.body, '(3000원, 2026-03-03 1') = 0)`,
      [run],
    );
    expect(Number(wrong.n)).toBe(0);
    await stack.auditClean();
  });

  it('lets those go on who are not paid in time; what is told then is late and changes no path', async () => {
    stack.simulator.provider.setFaults({ acceptThenCallback: 1, callbackDelayMs: 8_000 });
    const run = await launch(stack, coupons('too-slow', 'PT2S'));
    await until('all have gone on', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from participants where run_id = $1 and end_reason = 'unpaid'`,
        [run],
      );
      return Number(n) === COUNT;
    });
    await settled(stack, run, 120_000);
    await until('all is told', async () => (await numbers(run)).events === COUNT);
    const { n } = await stack.one<{ n: string }>('select count(*) as n from outbox where run_id = $1', [run]);
    expect(Number(n)).toBe(0);
    await stack.auditClean();
  });
});
