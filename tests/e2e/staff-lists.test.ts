/**
 * Calls and letters by the real API: whoever passes the gate is on the day's list, each download gives only whom staff may still reach and is on record,
 * and what staff tell moves the journey on.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { customers, defineBasics, importCustomers, launch } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 30;
const DAY = '2026-03-03';

const campaign = {
  key: 'calls',
  name: 'calls',
  purpose: 'advertising',
  segment: 'everyone',
  quietHours: { from: '00:00', to: '00:00' },
  journey: {
    start: 'call',
    nodes: {
      call: { type: 'send', template: 'script', channel: 'call', gateway: 'staff', notAfter: 'P5D', next: 'wait' },
      wait: { type: 'wait', span: 'P1D', response: { event: 'staff_no_answer' }, next: 'asked' },
      asked: { type: 'branch', on: { responded: 'wait' }, yes: 'letter', no: 'done' },
      letter: { type: 'send', template: 'letter', channel: 'post', gateway: 'staff', notAfter: 'P5D', next: 'done' },
      done: { type: 'exit' },
    },
  },
};

describe('a list for staff', () => {
  let stack: Stack;
  let run: string;
  const id = (n: number) => `c${String(n).padStart(5, '0')}`;
  const messageOf = (n: number, node = 'call') => `m/${run}/${node}/1/${id(n)}`;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: `${DAY}T10:00:00+09:00` });
    await defineBasics(stack);
    await stack.ok('PUT', '/v1/templates/script', {
      channel: 'call',
      body: '=HYPERLINK("x") {{ customer.name }}님께 전화',
    });
    await stack.ok('PUT', '/v1/templates/letter', { channel: 'post', body: '{{ customer.name }}님께' });
    await importCustomers(
      stack,
      customers(COUNT, (n) => ({
        consents: { 'call:advertising': n !== 1, 'post:advertising': true },
        addresses: { ...(n === 2 ? {} : { phone: `+8210${String(n).padStart(8, '0')}` }), postal: `서울시 ${n}번지` },
      })),
    );
    run = await launch(stack, campaign);
    await until('the calls are listed', async () => {
      const { n } = await stack.one<{ n: string }>(`select count(*) as n from outbox where state = 'accepted'`);
      return Number(n) === COUNT - 2;
    });
  });
  afterAll(() => stack.stop());

  const get = (path: string, as: 'operator' | 'marketer' = 'operator') =>
    stack.request('GET', `/v1/staff-lists${path}`, undefined, { as });
  async function lines(node = 'call'): Promise<Record<string, string>[]> {
    const reply = await get(`/${run}/${node}/${DAY}`);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    return parse(reply.body as string, { columns: true, bom: true });
  }
  const tell = (outcomes: object[]) =>
    stack.request('POST', `/v1/staff-lists/${run}/outcomes`, { outcomes }, { as: 'operator' });
  const downloads = async () =>
    (
      await stack.pool.query<{ actor: string; after: object }>(
        `select actor, after from audit_log where action = 'staff-list.download' order by no`,
      )
    ).rows;

  it('is one per node and day, with whoever passed the gate, for Excel and with formulas disarmed', async () => {
    expect((await get(`?run=${run}`)).body).toEqual({
      lists: [{ run, node: 'call', channel: 'call', day: DAY, entries: COUNT - 2 }],
    });
    const list = await lines();
    expect(list.map(({ customer }) => customer)).toEqual(Array.from({ length: COUNT - 2 }, (_, k) => id(k + 3)));
    expect(list[0]).toMatchObject({
      message: messageOf(3),
      channel: 'call',
      address: `'+821000000003`,
      text: '(광고) =HYPERLINK("x") 손님3님께 전화',
    });
    expect((await get(`/${run}/call/${DAY}`, 'marketer')).status).toBe(403);
    for (const path of [`/${run}/call/2026-03-04`, `/${run}/done/${DAY}`, `/nowhere/call/${DAY}`])
      expect((await get(path)).status).toBe(404);
    expect((await get(`/${run}/call/today`)).status).toBe(400);
  });

  it('leaves out at the next download whom staff may not reach any more, and every download is on record', async () => {
    const before = await downloads();
    await stack.ok('PUT', `/v1/customers/${id(3)}/consents`, {
      consents: { 'call:advertising': false },
      reason: 'asked',
    });
    await stack.ok('PUT', `/v1/customers/${id(4)}/status`, { status: 'withdrawn', reason: 'left' });
    expect((await lines()).map(({ customer }) => customer)).toEqual(
      Array.from({ length: COUNT - 4 }, (_, k) => id(k + 5)),
    );
    const added = (await downloads()).slice(before.length);
    expect(added).toEqual([{ actor: expect.any(String), after: { given: COUNT - 4, leftOut: 2 } }]);
  });

  it('gives nothing while its channel is switched off', async () => {
    const turn = (state: string) =>
      stack.ok('POST', '/v1/controls/channel/call', { state, reason: 'a mistake in the script' }, { as: 'operator' });
    await turn('paused');
    expect(await lines()).toEqual([]);
    await turn('running');
    await until('the list is back', async () => (await lines()).length > 0);
  });

  it('moves on by what staff tell, once per message, and takes no word about what is on no list', async () => {
    const faulty = await tell([
      { message: messageOf(10), outcome: 'no_answer' },
      { message: messageOf(1), outcome: 'contacted' },
    ]);
    expect([faulty.status, faulty.body.errors]).toEqual([
      400,
      [{ pointer: '/outcomes/1/message', detail: expect.any(String) }],
    ]);
    for (let n = 0; n < 2; n += 1)
      expect(
        (
          await tell([
            { message: messageOf(10), outcome: 'no_answer' },
            { message: messageOf(11), outcome: 'contacted' },
          ])
        ).body,
      ).toEqual({ accepted: 2 });
    await until('the letter is listed', async () => {
      const { body } = await get(`?run=${run}`);
      return body.lists.some(({ node }: { node: string }) => node === 'letter');
    });
    expect((await lines('letter')).map(({ customer, address }) => [customer, address])).toEqual([
      [id(10), '서울시 10번지'],
    ]);
    const { rows } = await stack.pool.query(
      `select name, customer_id from events where name like 'staff_%' order by customer_id`,
    );
    expect(rows).toEqual([
      { name: 'staff_no_answer', customer_id: id(10) },
      { name: 'staff_contacted', customer_id: id(11) },
    ]);
    await stack.auditClean();
  });
});
