/**
 * One poisoned customer in each stage of a run, before two APIs and four workers: everybody else goes on, each of them is set aside with the reason, the
 * list of what needs a person names the class, the customer and the cure, and who can be brought on after the cure is.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  customers,
  defineBasics,
  importCustomers,
  launchDraft,
  respond,
  sealed,
  settled,
  validated,
} from '../support/campaigns.js';
import { makePoisonous, poison } from '../support/poison.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 60;
const [ODD, GATE, POLICY, TEXT, SENDING, WAITING, PAYING] = customers(7).map(({ id }) => id) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const FAILED = [GATE, POLICY, WAITING];
/** Who buys at once. */
const BUYERS = customers(COUNT)
  .map(({ id }) => id)
  .filter((id) => ![ODD, GATE, POLICY].includes(id));

const CAMPAIGN = {
  key: 'one-wave',
  name: 'one wave',
  purpose: 'advertising',
  segment: 'scored',
  quietHours: { from: '00:00', to: '00:00' },
  journey: {
    start: 'send',
    nodes: {
      send: { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'wait' },
      wait: { type: 'wait', span: 'PT20M', response: { event: 'purchase' }, next: 'bought' },
      bought: { type: 'branch', on: { responded: 'wait' }, yes: 'reward', no: 'done' },
      reward: {
        type: 'reward',
        kind: 'cashback',
        amount: { value: '5000', currency: 'KRW' },
        budget: 'main',
        provider: 'sim-pay',
        next: 'done',
      },
      done: { type: 'exit' },
    },
  },
};

interface Item {
  code: string;
  subject: string;
  cause: string;
  sample: string[];
  do: { how: string };
}

describe('a poisoned customer in each stage', () => {
  let stack: Stack;
  let run: string;
  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4, apis: 2, workers: 4 });
    await makePoisonous(stack.pool);
  });
  afterAll(() => stack?.stop());

  const number = async (sql: string, values: unknown[] = []) =>
    Number((await stack.one<{ n: string }>(`select count(*) as n from ${sql}`, values)).n);
  const standing = (where: string) => number(`participants where run_id = $1 and ${where}`, [run]);
  const attention = async (code: string): Promise<Item[]> =>
    (await stack.ok('GET', `/v1/attention?code=${code}`, undefined, { as: 'operator' })).items;
  /** The queue's item names this one alone; set aside, it holds up nobody. */
  async function setAside(queue: string, id: string): Promise<void> {
    const [item] = await until('its queue has stopped', async () => {
      const items = await attention('queue_stopped');
      return items.length > 0 && items;
    });
    expect(item).toMatchObject({ subject: queue, cause: 'undocumented answer 400', sample: [id] });
    expect(item?.do.how).toContain(`./pado attention clear ${queue} [--set-aside]`);
    const { aside } = await stack.ok('GET', `/v1/attention/${queue}`, undefined, { as: 'operator' });
    expect(aside).toMatchObject({ count: 1, sample: [id] });
    const body = { reason: 'theirs alone', setAside: true };
    const cleared = await stack.ok('POST', `/v1/attention/${queue}/clear`, body, { as: 'operator' });
    expect(cleared.setAside).toEqual([id]);
    expect(await attention('queue_stopped')).toEqual([]);
  }

  it('of the audience, the gate, the policy or the text holds up nobody', async () => {
    await defineBasics(stack);
    const odd = (n: number) =>
      n === 1 ? { score: 'a lot', name: 'x' } : { score: 5, ...(n === 4 ? {} : { name: 'y' }) };
    await importCustomers(
      stack,
      customers(COUNT, (n) => ({ attributes: odd(n) })),
    );
    const rule = { combinator: 'and', rules: [{ field: 'attribute.score', operator: '>=', value: 1 }] };
    await stack.ok('PUT', '/v1/segments/scored', { name: 'scored', rule });
    await validated(stack, CAMPAIGN);
    await stack.pool.query(`update customers set consents = 'null' where id = $1`, [GATE]);
    await poison(stack.pool, [POLICY], 'contacts');
    await poison(stack.pool, [WAITING], 'payouts');
    stack.simulator.gateway.refuse([SENDING]);
    stack.simulator.provider.refuse([PAYING]);
    run = await launchDraft(stack, CAMPAIGN.key);
    await until('all others wait', async () => (await standing(`node = 'wait' and state = 'active'`)) === COUNT - 3);
    // whose value is no number is no member; whose text cannot be made goes on without contact, as the report says
    expect(await standing(`customer_id = '${ODD}'`)).toBe(0);
    expect(await number(`outbox where run_id = $1 and customer_id = $2`, [run, TEXT])).toBe(0);
    expect((await attention('participant_failed')).map(({ cause, sample }) => [cause, sample])).toEqual([
      ['failed_data at send', [POLICY]],
      ['failed_decision at send', [GATE]],
    ]);
  });

  it('of the hand-over is the only one that is not sent to', async () => {
    await setAside('gateway/sim-gate', `m/${run}/send/1/${SENDING}`);
    await until('all others are sent to', async () => {
      return (await number(`outbox where run_id = $1 and state in ('queued', 'submitting', 'ambiguous')`, [run])) === 0;
    });
    const book = await stack.simulator.gateway.readBook();
    expect(book).toHaveLength(COUNT - 5); // two never had one: the odd, and who has no text; two failed; one is set aside
    expect(await number(`outbox where run_id = $1 and state = 'withheld' and reason = 'set_aside'`, [run])).toBe(1);
  });

  it('of the response or the payout is the only one that is not paid', async () => {
    await respond(stack, BUYERS);
    const { key } = await until('it is there', () =>
      stack.one<{ key: string }>('select key from payouts where run_id = $1 and customer_id = $2', [run, PAYING]),
    );
    await setAside('provider/sim-pay', key);
    await settled(stack, run);
    expect(await number(`payouts where run_id = $1 and state = 'paid'`, [run])).toBe(BUYERS.length - 2);
    expect((await attention('payout_held')).map(({ cause, sample }) => [cause, sample])).toEqual([
      ['by_person', [key]],
    ]);
    expect((await attention('participant_failed')).map(({ cause, sample }) => [cause, sample])).toContainEqual([
      'failed_data at wait',
      [WAITING],
    ]);
    await stack.auditClean();

    stack.simulator.provider.refuse([]);
    const cured = { reason: 'they have mended it' };
    await stack.ok('POST', `/v1/payouts/${encodeURIComponent(key)}/approve`, cured, { as: 'finance' });
    await until('it is paid', async () => (await number(`payouts where key = $1 and state = 'paid'`, [key])) === 1);
  });

  it('goes on after the cure', async () => {
    await stack.pool.query(`update customers set consents = '{}' where id = $1`, [GATE]);
    await poison(stack.pool, FAILED, null);
    await importCustomers(
      stack,
      customers(COUNT).filter(({ id }) => FAILED.includes(id)),
    );
    const selector = { what: 'participants', run };
    const { no } = await stack.ok('POST', '/v1/retries', { selector, reason: 'cured' }, { as: 'operator' });
    await stack.ok('POST', `/v1/retries/${no}/start`, undefined, { as: 'operator' });
    await until('two of them wait', async () => (await standing(`node = 'wait' and state = 'active'`)) === 2);
    await respond(stack, [GATE, POLICY], 'purchase', 'cured');
    await settled(stack, run);
    expect(await standing(`state = 'failed'`)).toBe(0);
    expect(await number(`payouts where run_id = $1 and state = 'paid'`, [run])).toBe(BUYERS.length + 2);
    for (const code of ['participant_failed', 'queue_stopped', 'payout_held'])
      expect(await attention(code)).toEqual([]);
    await sealed(stack);
    await stack.auditClean();
  });
});
