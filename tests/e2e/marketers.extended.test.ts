/**
 * A bank's marketers' wishes, word for word, each as a campaign file that `pado campaign` takes: whom it means gets it, nobody else of those who come
 * close, and the audit is clean with both books. Needs nothing but minutes.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { applyDraft, judge } from '../../src/cli/campaign-verbs.js';
import {
  client,
  contentOf,
  endings,
  FOLDER,
  happens,
  idsOf,
  launchFile,
  paidTo,
  rested,
  sentTo,
  standing,
} from '../support/campaign-files.js';
import { launchDraft } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';
import { importPeople, PEOPLE, putAll } from './marketers-wishes.js';

/** In this order: a link leads to what is there already. */
const FILES = [
  'living-expenses',
  'limit-inquiry',
  'product-preference',
  'event-winners',
  'cross-sell',
  'welcome',
  'cashback-coupon',
  'dormant-wake-up',
  'push-caps',
];
const EPOCH = '2026-03-03T12:10:00+09:00'; // a Tuesday, at lunchtime in Seoul
const CODES = ['COFFEE-0001', 'COFFEE-0002', 'COFFEE-0003', 'COFFEE-0004'];
const CRASH_POINTS = pathToFileURL(join(import.meta.dirname, '../support/crash-points.ts')).href;

describe('marketers want', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      epoch: EPOCH,
      sweepSeconds: 4,
      env: { worker: { NODE_OPTIONS: `--import=${CRASH_POINTS}` } },
    });
    await putAll(stack);
    await importPeople(stack, PEOPLE);
    await stack.ok('PUT', '/v1/budgets/spring', { name: 'spring', currency: 'KRW' });
    await stack.ok(
      'POST',
      '/v1/budgets/spring/fundings',
      { amount: { value: '1000000', currency: 'KRW' }, reference: 'spring' },
      { headers: { 'idempotency-key': 'spring' } },
    );
    await stack.ok('PUT', '/v1/coupon-pools/coffee', { name: '커피', warnBelow: 1 }, { as: 'marketer' });
    const csv = { as: 'marketer' as const, headers: { 'content-type': 'text/csv' } };
    await stack.ok('POST', '/v1/coupon-pools/coffee/upload', `code\n${CODES.join('\n')}\n`, csv);
  });
  afterAll(() => stack?.stop());

  it('winners of an event from an uploaded file', async () => {
    // 이름 and 김 in EUC-KR, as Korean Excel writes them
    const [name, kim] = [Buffer.from([0xc0, 0xcc, 0xb8, 0xa7]), Buffer.from([0xb1, 0xe8])];
    const ids = ['ew-first', 'ew-second', 'ew-first', 'ew-nobody', 'ew-refused', 'ew-withdrawn', 'no id'];
    const rows = ids.map((id) => Buffer.concat([Buffer.from(`\r\n${id},`), kim]));
    const uploaded = await fetch(`${stack.api.url}/v1/segments/event-winners/upload?name=winners`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.keys.marketer}`, 'content-type': 'text/csv; charset=euc-kr' },
      body: new Uint8Array(Buffer.concat([Buffer.from('id,'), name, ...rows])),
    });
    const { counts } = (await uploaded.json()) as { counts: object };
    expect(counts).toEqual({ rows: 7, matched: 4, duplicates: 1, unmatched: 1, rejected: 1 });
    const run = await launchFile(stack, 'event-winners');
    await rested(stack, run);
    expect(await sentTo(stack, run, 'push')).toEqual(['ew-first', 'ew-second']);
    expect(await endings(stack, run)).toEqual({
      'ew-first': 'completed',
      'ew-second': 'completed',
      'ew-refused': 'skipped_consent_refused',
      'ew-withdrawn': 'skipped_withdrawn',
    });
  });

  it('each of them as a file that `pado campaign` judges and keeps', async () => {
    expect(readdirSync(FOLDER).sort()).toEqual(FILES.map((key) => `${key}.yaml`).sort());
    for (const key of FILES) {
      const { draft, ...verdict } = await judge(client(stack), contentOf(key));
      expect([key, draft?.key, verdict]).toEqual([key, key, { valid: true, faults: [], warnings: expect.any(Array) }]);
      await applyDraft(client(stack), contentOf(key), undefined);
    }
  });

  it('a push for the living-expenses account to office workers in their thirties at lunchtime', async () => {
    const run = await launchFile(stack, 'living-expenses');
    await rested(stack, run);
    expect(await sentTo(stack, run, 'push')).toEqual(['le-yes']);
    expect(await standing(stack, run, 'lunchtime')).toEqual(['le-abroad']); // it is night there
    expect(Object.keys(await endings(stack, run)).sort()).toEqual(['le-refused', 'le-yes']);
  });

  it('men in their thirties with a credit-loan limit inquiry within a week', async () => {
    const run = await launchFile(stack, 'limit-inquiry');
    await rested(stack, run);
    expect(await sentTo(stack, run, 'push')).toEqual(['li-edge-old', 'li-edge-young', 'li-yes']);
    expect(Object.keys(await endings(stack, run)).sort()).toEqual([
      'li-edge-old',
      'li-edge-young',
      'li-incident',
      'li-yes',
    ]);
  });

  it('preference by product from three months of transactions', async () => {
    const run = await launchFile(stack, 'product-preference');
    await rested(stack, run);
    expect(await sentTo(stack, run, 'push')).toEqual(['pp-mostly']);
    expect(await endings(stack, run)).toEqual({ 'pp-mostly': 'completed' });
  });

  it('welcome → cross-sell by response as two linked campaigns, with everyone in exactly one though the worker dies in between', async () => {
    const crossSell = await launchFile(stack, 'cross-sell');
    await stack.worker.kill('SIGTERM');
    await stack.worker.start({ PADO_CRASH_AT: 'before commit events.store append' });
    const welcome = await launchFile(stack, 'welcome');
    await rested(stack, welcome);
    expect(await sentTo(stack, welcome, 'push')).toEqual(['wl-1', 'wl-2', 'wl-3', 'wl-4', 'wl-5']);
    await happens(stack, 'purchase', { 'wl-1': {}, 'wl-2': {}, 'wl-old-hand': {} });
    await until('the worker dies', async () => !stack.worker.running, 60_000);
    expect(await idsOf(stack, 'select customer_id as id from links where outcome is null', [])).toEqual([
      'wl-1',
      'wl-2',
    ]);
    expect(await idsOf(stack, 'select customer_id as id from participants where run_id = $1', [crossSell])).toEqual([]);

    await stack.worker.start();
    await until('their offer is out', async () => (await sentTo(stack, crossSell, 'lms')).length === 2);
    expect(await sentTo(stack, crossSell, 'lms')).toEqual(['wl-1', 'wl-2']);
    expect(await endings(stack, welcome)).toEqual({ 'wl-1': 'linked', 'wl-2': 'linked' });
    expect(await standing(stack, welcome, 'answer')).toEqual(['wl-3', 'wl-4', 'wl-5']);
    expect(await idsOf(stack, 'select customer_id as id from participants where run_id = $1', [crossSell])).toEqual([
      'wl-1',
      'wl-2',
    ]);
  });

  it('cashback, then a coupon LMS with the code after payout.paid', async () => {
    const run = await launchFile(stack, 'cashback-coupon');
    await rested(stack, run);
    expect(await sentTo(stack, run, 'push')).toEqual(['cc-just', 'cc-less', 'cc-more', 'cc-no-lms', 'cc-silent']);
    const amounts = {
      'cc-more': 52_000,
      'cc-just': 10_000,
      'cc-less': 9_999,
      'cc-no-lms': 20_000,
      'cc-no-card': 90_000,
    };
    const buyers = ['cc-just', 'cc-more', 'cc-no-lms'];
    await happens(
      stack,
      'purchase',
      Object.fromEntries(Object.entries(amounts).map(([id, amount]) => [id, { amount }])),
    );
    await until('their way is over', async () => Object.keys(await endings(stack, run)).length === buyers.length);
    await rested(stack, run);

    expect(await paidTo(stack, run, 'cashback')).toEqual(buyers);
    expect(await paidTo(stack, run, 'coupon')).toEqual(buyers);
    expect(await standing(stack, run, 'bought')).toEqual(['cc-less', 'cc-silent']);
    const book = (await stack.simulator.provider.readBook()) as unknown as Record<string, unknown>[];
    const payments = book.filter((line) => line['type'] === 'payment');
    expect(payments.map((line) => `${String(line['customer'])} ${String(line['amount'])}`).sort()).toEqual(
      buyers.map((id) => `${id} 5000`),
    );

    expect(await sentTo(stack, run, 'lms')).toEqual(['cc-just', 'cc-more']);
    const { rows } = await stack.pool.query<{ code: string; told: boolean }>(
      `select p.code, o.body like '%쿠폰 번호 ' || p.code || ' (4500원)%' as told
       from payouts p left join outbox o on o.run_id = p.run_id and o.customer_id = p.customer_id and o.node = 'tell'
       where p.run_id = $1 and p.kind = 'coupon' order by p.customer_id`,
      [run],
    );
    expect(rows.map(({ told }) => told)).toEqual([true, true, null]);
    expect(new Set(rows.map(({ code }) => code)).size).toBe(3);
    for (const { code } of rows) expect(CODES).toContain(code);
    expect(await stack.ok('GET', '/v1/coupon-pools/coffee')).toMatchObject({ given: 3, left: 1 });
  });

  it('wake-up of dormant members', async () => {
    const run = await launchFile(stack, 'dormant-wake-up');
    await rested(stack, run);
    expect(await sentTo(stack, run, 'push')).toEqual(['dm-never', 'dm-old']);
    expect(await endings(stack, run)).toEqual({
      'dm-refused': 'skipped_consent_refused',
      'dm-withdrawn': 'skipped_withdrawn',
    });
    await happens(stack, 'login', { 'dm-old': {}, 'dm-recent': {}, 'dm-refused': {} });
    await until('who came back is thanked', async () => (await paidTo(stack, run, 'point')).length > 0);
    await rested(stack, run);
    expect(await paidTo(stack, run, 'point')).toEqual(['dm-old']);
    expect(await standing(stack, run, 'returned')).toEqual(['dm-never']);
    expect(await sentTo(stack, run, 'lms')).toEqual([]);
  });

  it('clean books', async () => {
    await stack.auditClean();
  });
});

describe('marketers want push once a day and twice a week at most, over all campaigns', () => {
  let stack: Stack;
  const { 'le-yes': worker } = PEOPLE;
  const reader = { attributes: { news: true } };

  beforeAll(async () => {
    stack = await Stack.start({ epoch: EPOCH, sweepSeconds: 4 });
    await putAll(stack);
    await importPeople(stack, {
      both: { attributes: { ...worker?.attributes, news: true } },
      'only-news': reader,
      'no-reader': {},
    });
  });
  afterAll(() => stack?.stop());

  /** A night passes: the owner of the installation puts its clock on by a day, once no queue's workflow is left that has the old one. */
  async function nextDay(): Promise<void> {
    const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
    const { workflow } = new Client({ connection, namespace: stack.namespace });
    for (const id of ['delivery/sim-gate/0', 'delivery/sim-gate/1']) {
      const isOver = () =>
        workflow
          .getHandle(id)
          .describe()
          .then(
            ({ status }) => status.name !== 'RUNNING',
            (error: unknown) => error instanceof WorkflowNotFoundError,
          );
      await until(`${id} is over`, isOver);
    }
    await connection.close();
    await Promise.all([stack.api, stack.worker].map((child) => child.kill('SIGTERM')));
    await stack.pool.query(`update installation set temporal_base = temporal_base - interval '1 day'`);
    await Promise.all([stack.api, stack.worker].map((child) => child.start()));
    const row = await stack.one<{ epoch: Date; base: Date }>(
      'select business_epoch as epoch, temporal_base as base from installation',
    );
    stack.simulator.setClock({ epochMs: row.epoch.getTime(), baseMs: row.base.getTime() });
    stack.simulator.setCallbackUrl(stack.api.url);
  }
  const news = async (trigger: string) => {
    const run = await launchDraft(stack, 'push-caps', trigger);
    await until('it is over', async () => (await stack.ok('GET', `/v1/runs/${run}`)).state === 'closed');
    await rested(stack, run);
    return run;
  };
  const cappedBy = (run: string, policy: string) =>
    idsOf(
      stack,
      `select customer_id as id from trace where run_id = $1 and steps like '%policy=' || $2 || '%message=suppressed:capped%'`,
      [run, policy],
    );

  it('on the first day one, whatever campaign it is of', async () => {
    const account = await launchFile(stack, 'living-expenses');
    await rested(stack, account);
    expect(await sentTo(stack, account, 'push')).toEqual(['both']);
    const first = await launchFile(stack, 'push-caps');
    await rested(stack, first);
    expect(await sentTo(stack, first, 'push')).toEqual(['only-news']);
    expect(await cappedBy(first, 'push-daily@1:1/1')).toEqual(['both']);
    const again = await news('tuesday-again');
    expect(await sentTo(stack, again, 'push')).toEqual([]);
    expect(await cappedBy(again, 'push-daily@1:1/1')).toEqual(['both', 'only-news']);
  });

  it('on the second day another, and on the third none, but to whom the week has brought one only', async () => {
    await nextDay();
    await importPeople(stack, { 'new-reader': reader });
    expect(await sentTo(stack, await news('wednesday'), 'push')).toEqual(['both', 'new-reader', 'only-news']);
    await nextDay();
    const third = await news('thursday');
    expect(await sentTo(stack, third, 'push')).toEqual(['new-reader']);
    expect(await cappedBy(third, 'push-weekly@1:2/2')).toEqual(['both', 'only-news']);
    await stack.auditClean();
  });
});
