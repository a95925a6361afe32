/**
 * Two linked campaigns: a welcome whose buyers go on in a cross-sell. The worker is killed between the end of the one and the beginning of the other:
 * everybody is in exactly one of them, once.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, respond, settled, validated } from '../support/campaigns.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 120;
const BUYERS = customers(COUNT / 3).map(({ id }) => id);
const CRASH_POINTS = pathToFileURL(join(import.meta.dirname, '../support/crash-points.ts')).href;

describe('linked campaigns', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      sweepSeconds: 4,
      env: { worker: { NODE_OPTIONS: `--import=${CRASH_POINTS}` } },
    });
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
  });
  afterAll(() => stack?.stop());

  const campaign = <T extends object>(key: string, over: T) => ({
    key,
    name: key,
    purpose: 'advertising',
    segment: 'everyone',
    ...over,
  });
  const send = (next: string) => ({ type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next });
  const CROSS_SELL = campaign('cross-sell', {
    start: { type: 'link' },
    journey: { start: 'offer', nodes: { offer: send('done'), done: { type: 'exit' } } },
  });
  const WELCOME = campaign('welcome', {
    journey: {
      start: 'hello',
      nodes: {
        hello: send('answer'),
        answer: { type: 'wait', span: 'PT25S', response: { event: 'purchase' }, next: 'bought' },
        bought: { type: 'branch', on: { responded: 'answer' }, yes: 'on', no: 'done' },
        on: { type: 'link', campaign: 'cross-sell' },
        done: { type: 'exit' },
      },
    },
  });
  const launch = async (definition: { key: string; name: string }) => {
    await validated(stack, definition);
    return (await stack.ok('POST', `/v1/campaigns/${definition.key}/launch`, {}, { as: 'marketer' })).run as string;
  };
  const idsIn = async (run: string) => {
    const { rows } = await stack.pool.query<{ id: string }>(
      'select customer_id as id from participants where run_id = $1 order by 1',
      [run],
    );
    return rows.map(({ id }) => id);
  };
  const links = async (outcome: string | null) => {
    const { n } = await stack.one<{ n: string }>(
      'select count(*) as n from links where outcome is not distinct from $1',
      [outcome],
    );
    return Number(n);
  };

  it('a link to what is not there is a fault at its place', async () => {
    const { faults } = await stack.ok('POST', '/v1/campaigns/validate', WELCOME, { as: 'marketer' });
    expect(faults).toEqual([{ pointer: '/journey/nodes/on/campaign', detail: 'does not exist' }]);
  });

  it('nobody but us says that somebody comes by a link', async () => {
    const event = { userId: 'c00001', event: 'campaign.cross-sell', messageId: 'forged' };
    const { status, body } = await stack.request('POST', '/v1/track', event, { as: 'source' });
    expect([status, body.errors[0].pointer]).toEqual([400, '/event']);
  });

  it('everybody is in exactly one, although the worker dies between exit and entry', async () => {
    const crossSell = await launch(CROSS_SELL);
    await stack.worker.kill('SIGTERM');
    await stack.worker.start({ PADO_CRASH_AT: 'before commit events.store append' });
    const welcome = await launch(WELCOME);
    await until('all are out', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from outbox where run_id = $1 and state = 'accepted'`,
        [welcome],
      );
      return Number(n) === COUNT;
    });
    await respond(stack, BUYERS);
    await until('the worker dies', async () => !stack.worker.running, 60_000);
    expect(await links(null)).toBeGreaterThan(0);
    expect(await idsIn(crossSell)).toEqual([]);

    await stack.worker.start();
    await settled(stack, welcome);
    await until('all links are told', async () => (await links('entered')) === BUYERS.length);
    await until('all have their offer', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from outbox where run_id = $1 and state = 'accepted'`,
        [crossSell],
      );
      return Number(n) === BUYERS.length;
    });
    expect(await idsIn(crossSell)).toEqual([...BUYERS].sort());
    const { rows } = await stack.pool.query<{ reason: string; n: number }>(
      'select end_reason as reason, count(*)::int as n from participants where run_id = $1 group by 1 order by 1',
      [welcome],
    );
    expect(rows).toEqual([
      { reason: 'completed', n: COUNT - BUYERS.length },
      { reason: 'linked', n: BUYERS.length },
    ]);
    await stack.auditClean();
  });

  it('who has been in it once is refused, with the reason', async () => {
    const again = await launch({ ...WELCOME, key: 'welcome-again', name: 'again' });
    await until('all are out', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from outbox where run_id = $1 and state = 'accepted'`,
        [again],
      );
      return Number(n) === COUNT;
    });
    await respond(stack, BUYERS, 'purchase', 'again');
    await until('all links are told', async () => (await links('refused')) === BUYERS.length);
    await settled(stack, again);
    const { n } = await stack.one<{ n: string }>(`select count(*) as n from entrants where outcome = 'entered_before'`);
    expect(Number(n)).toBe(BUYERS.length);
    await stack.auditClean();
  });

  /** Everybody through a welcome that leads to `target`, until it has ended; returns its run. */
  async function welcomeTo(target: string): Promise<string> {
    const { on, ...nodes } = WELCOME.journey.nodes;
    const journey = { ...WELCOME.journey, nodes: { ...nodes, on: { ...on, campaign: target } } };
    const definition = { ...WELCOME, key: `to-${target}`, name: target, journey };
    const run = await launch(definition);
    await until('everybody waits', async () => {
      const { n } = await stack.one<{ n: string }>(
        `select count(*) as n from participants where run_id = $1 and node = 'answer'`,
        [run],
      );
      return Number(n) === COUNT;
    });
    await respond(stack, BUYERS, 'purchase', target);
    await settled(stack, run);
    return run;
  }

  it.each([
    [
      'is paused',
      'goes on',
      async (offer: { key: string; name: string }) => {
        await launch(offer);
        await stack.ok('POST', `/v1/campaigns/${offer.key}/pause`, { reason: 'test' }, { as: 'operator' });
      },
      (key: string) => stack.ok('POST', `/v1/campaigns/${key}/resume`, { reason: 'test' }, { as: 'operator' }),
    ],
    [
      'is not launched yet',
      'is launched',
      (offer: { key: string; name: string }) => validated(stack, offer),
      (key: string) => stack.ok('POST', `/v1/campaigns/${key}/launch`, {}, { as: 'marketer' }),
    ],
  ])('who comes while it %s is let in when it %s', async (held, _goesOn, hold, goOn) => {
    const key = held.replaceAll(' ', '-');
    await hold({ ...CROSS_SELL, key, name: held });
    const run = await welcomeTo(key);
    expect(await links(null)).toBe(BUYERS.length);
    await stack.auditClean();

    await goOn(key);
    await until('all links are told', async () => (await links(null)) === 0);
    const { n } = await stack.one<{ n: string }>(
      `select count(*) as n from links where run_id = $1 and outcome = 'entered'`,
      [run],
    );
    expect(Number(n)).toBe(BUYERS.length);
    await stack.auditClean();
  });

  it('links are in what a customer asks for, and an erasure leaves them to the audit', async () => {
    const [linked = ''] = BUYERS;
    const { links: own } = await stack.ok('GET', `/v1/customers/${linked}/export`, undefined, { as: 'operator' });
    expect(own).toContainEqual(expect.objectContaining({ campaign: 'cross-sell', outcome: 'entered' }));
    await stack.ok('POST', `/v1/customers/${linked}/erase`, { reason: 'asked' }, { as: 'operator' });
    for (const { run_id: runId } of own) expect((await stack.audit({ runId })).clean).toBe(true);
  });
});
