/**
 * Coupons from a pool on a whole installation, its worker killed between the draw of codes and their record: everybody has the code that was drawn for
 * them, who came too late is owed one and gets it when there are more, and no code is anywhere but with its payout and in its message.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { customers, defineBasics, importCustomers, launch, settled } from '../support/campaigns.js';
import { codesOf } from '../support/coupons.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const CODES = codesOf('SECRET', 50);
const MORE = codesOf('SECRET-MORE', 10);
const CRASH_POINTS = pathToFileURL(join(import.meta.dirname, '../support/crash-points.ts')).href;

const CAMPAIGN = {
  key: 'drinks',
  name: '커피 쿠폰',
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
        pool: 'drinks',
        next: 'paid',
      },
      paid: { type: 'wait', span: 'P1D', response: { event: 'payout.paid' }, next: 'tell' },
      tell: { type: 'send', template: 'code', channel: 'push', gateway: 'sim-gate', next: 'done' },
      done: { type: 'exit' },
    },
  },
};

describe('a pool of coupons', () => {
  let stack: Stack;
  let run: string;
  beforeAll(async () => {
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 4,
      workers: 1, // the one that dies is the one that draws
      env: { worker: { NODE_OPTIONS: `--import=${CRASH_POINTS}` } },
    });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    await stack.ok('PUT', '/v1/templates/code', { channel: 'push', body: '쿠폰 {{ reward.code }}' });
    await stack.ok('PUT', '/v1/coupon-pools/drinks', { name: '커피', warnBelow: 5 }, { as: 'marketer' });
    await upload(CODES);
  });
  afterAll(() => stack?.stop());

  const upload = (codes: string[]) =>
    stack.ok('POST', '/v1/coupon-pools/drinks/upload', `code\n${codes.join('\n')}\n`, {
      as: 'marketer',
      headers: { 'content-type': 'text/csv' },
    });
  const poolNow = () => stack.ok('GET', '/v1/coupon-pools/drinks', undefined, { as: 'finance' });
  const count = async (state: string) => {
    const { n } = await stack.one<{ n: string }>('select count(*) as n from payouts where run_id = $1 and state = $2', [
      run,
      state,
    ]);
    return Number(n);
  };
  const sentCodes = async () => {
    const { rows } = await stack.pool.query<{ body: string }>(
      `select body from outbox where run_id = $1 and state = 'accepted'`,
      [run],
    );
    return rows.map(({ body }) => /쿠폰 (\S+)/.exec(body)?.[1] ?? 'none').sort();
  };

  it('warns before the launch that it has fewer codes than the segment has people', async () => {
    const { valid, warnings } = await stack.ok('POST', '/v1/campaigns/validate', CAMPAIGN, { as: 'marketer' });
    expect([valid, warnings]).toEqual([
      true,
      [
        {
          pointer: '/journey/nodes/coupon/pool',
          detail: 'has 50 codes left, and the segment has 60 customers: who comes too late is owed one',
        },
      ],
    ]);
  });

  it('gives every code once, although the worker dies after it has drawn some and before it says so', async () => {
    await stack.worker.kill('SIGTERM');
    await stack.worker.start({ PADO_CRASH_AT: 'after commit coupon-draws.store draw' });
    run = await launch(stack, CAMPAIGN);
    await until('the worker dies', async () => !stack.worker.running, 60_000);
    const drawn = await stack.one<{ n: string }>('select count(*) as n from coupon_codes where payout_key is not null');
    expect(Number(drawn.n)).toBeGreaterThan(0);
    expect(await count('paid')).toBe(0);

    await stack.worker.start();
    await until('all are decided', async () => (await count('paid')) + (await count('rejected')) === COUNT, 120_000);
    expect([await count('paid'), await count('rejected')]).toEqual([CODES.length, COUNT - CODES.length]);
    await until('all are told', async () => (await sentCodes()).length === CODES.length);
    expect(await sentCodes()).toEqual(CODES);
    expect(await poolNow()).toMatchObject({ given: CODES.length, left: 0, runningOut: 'empty', need: 2 * MORE.length });
    await stack.auditClean();
  });

  it('gives those who came too late theirs when there are more, by another generation of their payout', async () => {
    await upload(MORE);
    const { items } = await stack.ok('GET', '/v1/owed-items?state=open', undefined, { as: 'finance' });
    expect(items).toHaveLength(MORE.length);
    for (const { payout, reason } of items) {
      expect(reason).toBe('out_of_stock');
      await stack.ok(
        'POST',
        `/v1/owed-items/${payout}/reissue`,
        { reason: 'more codes' },
        {
          as: 'finance',
          headers: { 'idempotency-key': `again-${payout}` },
        },
      );
    }
    await until('all are paid', async () => (await count('paid')) === COUNT);
    await settled(stack, run);
    expect(await sentCodes()).toEqual([...CODES, ...MORE].sort());
    expect(await poolNow()).toMatchObject({ given: COUNT, left: 0, need: 0, campaigns: [] });
    const metrics = await (await fetch(`${stack.api.url}/metrics`)).text();
    expect(metrics).toContain(`pado_coupon_codes{pool="drinks",state="given"} ${COUNT}`);
    expect(metrics).toContain('pado_coupon_pool_running_out{pool="drinks"} 1');
    await stack.auditClean();
  });

  it('has left no code in a log, a history, the audit log, a trace, an event or a break', async () => {
    const { text } = await stack.one<{ text: string }>(
      `select concat((select string_agg(a::text, ' ') from audit_log a), (select string_agg(steps, ' ') from trace),
         (select string_agg(e::text, ' ') from events e), (select string_agg(b::text, ' ') from breaks b),
         (select string_agg(i::text, ' ') from idempotency_keys i), (select string_agg(m::text, ' ') from payout_moves m)) as text`,
    );
    const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
    const temporal = new Client({ connection, namespace: stack.namespace });
    const histories: string[] = [];
    for await (const { workflowId, runId } of temporal.workflow.list()) {
      const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      histories.push(
        JSON.stringify(history, (_, value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
        ),
      );
    }
    await connection.close();
    expect(histories.join('')).toContain('submitPayouts');
    for (const place of [text, stack.api.log, stack.worker.log, ...histories]) expect(place).not.toContain('SECRET');
  });
});
