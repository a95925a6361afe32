/**
 * What is watched, as it changes: one look for all who watch, each topic for whoever may read it, and what is the same is told as the same.
 */
import { describe, expect, it } from '@jest/globals';
import type { TopicTold } from '../../console/src/client/types.gen.js';
import { STREAMS_PER_PERSON } from '../../src/api/http/open-streams.js';
import { TOPICS } from '../../src/api/live/topics.js';
import { ROLES } from '../../src/storage/keys.store.js';
import { signedIn } from '../support/browser.js';
import { defineBasics, launch, oneSend, respond } from '../support/campaigns.js';
import { eventsOf } from '../support/event-stream.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

/** Where each topic is read. */
const PATHS: Record<(typeof TOPICS)[number], string> = {
  attention: '/v1/attention',
  breaks: '/v1/ledger/breaks',
  budgets: '/v1/budgets',
  campaigns: '/v1/campaigns',
  controls: '/v1/controls',
  deployment: '/v1/deployment',
  events: '/v1/events',
  owed: '/v1/owed-items',
  payouts: '/v1/payouts',
  periods: '/v1/ledger/periods',
  proposals: '/v1/payout-proposals',
  queues: '/v1/queues',
  rates: '/v1/rates',
  restorations: '/v1/restorations',
  retries: '/v1/retries',
  runs: '/v1/runs',
  segments: '/v1/segments',
  templates: '/v1/templates',
};

export function liveTopicCases(stack: () => Stack): void {
  const at = (...topics: string[]) => `/v1/live?${topics.map((topic) => `topic=${topic}`).join('&')}`;
  const followed = async (headers: Record<string, string>, ...topics: string[]) => {
    const stream = await eventsOf<TopicTold>(stack().api.url + at(...topics), headers);
    expect(stream.status).toBe(200);
    return stream;
  };
  const byKey = (role: keyof Stack['keys']) => ({ authorization: `Bearer ${stack().keys[role]}` });
  const slow = (perSecond: number | null) =>
    stack().ok(
      'POST',
      '/v1/rates/gateway/sim-gate',
      { perSecond, reason: 'test' },
      { as: 'operator', headers: { 'idempotency-key': `live-${perSecond}` } },
    );

  describe('what is watched', () => {
    it('is looked at once for all who watch it, and told to each when it is another', async () => {
      const [one, other] = [await followed(byKey('operator'), 'rates'), await followed(byKey('finance'), 'rates')];
      expect(one.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const [first, same] = [await one.next(), await other.next()];
      expect(first).toEqual({ topic: 'rates', readAt: expect.any(String), version: expect.any(String) });
      expect(same.version).toBe(first.version);
      const told = { one: [] as TopicTold[], other: [] as TopicTold[] };
      await slow(3);
      for (const [name, stream] of [['one', one] as const, ['other', other] as const]) {
        const changed = await stream.next(({ version }) => version !== first.version);
        told[name].push(changed, await stream.next(), await stream.next());
        expect(new Set(told[name].map(({ version }) => version)).size).toBe(1);
      }
      // what both hear is the same look, to the moment
      expect(told.other).toEqual(told.one);
      const moments = told.one.map(({ readAt }) => Date.parse(readAt));
      expect(moments).toEqual(moments.toSorted((a, b) => a - b));
      expect(await looksAt('rates')).toBeGreaterThan(0);
      await slow(null);
      const back = await one.next(({ version }) => version !== told.one[0]?.version);
      // who said it and when is another thing to read
      expect(back.version).not.toBe(first.version);
      await Promise.all([one.leave(), other.leave()]);
    });

    it('is told of several topics by one stream, each by itself', async () => {
      await defineBasics(stack());
      const stream = await followed(byKey('operator'), 'runs', 'payouts', 'runs');
      const versions = new Map<string, string>();
      while (versions.size < 2) {
        const { topic, version } = await stream.next();
        versions.set(topic, version);
      }
      expect([...versions.keys()].toSorted()).toEqual(['payouts', 'runs']);
      await launch(stack(), oneSend({ key: 'watched' }));
      const moved = await stream.next(({ topic, version }) => versions.get(topic) !== version);
      expect(moved.topic).toBe('runs');
      await stack().pool.query(
        `insert into payout_moves (payout_key, to_state, cause, at) values ('live-topics', 'intended', 'cohort', now())`,
      );
      const paid = await stream.next(({ topic, version }) => topic === 'payouts' && versions.get(topic) !== version);
      expect(paid.topic).toBe('payouts');
      await stream.leave();
    });

    it('is what a person saves: a campaign, a segment, a message', async () => {
      await defineBasics(stack());
      const stream = await followed(byKey('marketer'), 'campaigns', 'segments', 'templates');
      const versions = new Map<string, string>();
      while (versions.size < 3) {
        const { topic, version } = await stream.next();
        versions.set(topic, version);
      }
      const told = async (of: string) => {
        const { version } = await stream.next(({ topic, version: now }) => topic === of && versions.get(of) !== now);
        versions.set(of, version);
      };
      const as = { as: 'marketer', headers: { 'if-none-match': '*' } } as const;
      await stack().ok('PUT', '/v1/campaigns/saved', oneSend({ key: 'saved' }), as);
      await told('campaigns');
      const rule = { combinator: 'and', rules: [{ field: 'id', operator: '=', value: 'c00001' }] };
      await stack().ok('PUT', '/v1/segments/saved', { name: 'saved', rule }, { as: 'marketer' });
      await told('segments');
      await stack().ok('PUT', '/v1/templates/saved', { channel: 'push', title: 'a', body: 'b' }, { as: 'marketer' });
      await told('templates');
      await stream.leave();
    });

    it('is an event that comes in, whoever it is of, and nothing where none does', async () => {
      const stream = await followed(byKey('operator'), 'events');
      const { version } = await stream.next();
      expect((await stream.next()).version).toBe(version);
      await respond(stack(), ['watched-customer'], 'looked', 'watched');
      await stream.next((told) => told.version !== version);
      await stream.leave();
    });

    it('is seen even where what was begun first is committed last', async () => {
      const stream = await followed(byKey('operator'), 'payouts');
      let { version } = await stream.next();
      const late = await stack().pool.connect();
      const move = (key: string) =>
        [
          `insert into payout_moves (payout_key, to_state, cause, at) values ($1, 'intended', 'cohort', now())`,
          [key] as unknown[],
        ] as const;
      try {
        await late.query('begin');
        await late.query(...move('live-late'));
        await stack().pool.query(...move('live-early'));
        ({ version } = await stream.next((told) => told.version !== version));
        await late.query('commit');
      } finally {
        late.release(true);
      }
      expect((await stream.next((told) => told.version !== version)).version).not.toBe(version);
      await stream.leave();
    });

    it.each(TOPICS)('is %s for whoever may read it, and for nobody else', async (topic) => {
      for (const role of ROLES) {
        const read = await stack().request('GET', PATHS[topic], undefined, { as: role });
        if (read.status !== 403) {
          await (await followed(byKey(role), topic)).leave();
        } else expectProblem(await stack().request('GET', at(topic), undefined, { as: role }), 403, 'forbidden');
      }
    });

    it('is refused where there is no such thing, none, or one of several is not for the caller', async () => {
      expectProblem(await stack().request('GET', '/v1/live'), 400, 'invalid');
      expectProblem(await stack().request('GET', at('customers')), 400, 'invalid');
      const mixed = await stack().request('GET', at('runs', 'deployment'), undefined, { as: 'marketer' });
      expectProblem(mixed, 403, 'forbidden');
    });

    it('is by one person as many times at once as a run is, and no more once a role is gone', async () => {
      const person = await signedIn(stack(), ['marketer', 'operator']);
      const cookie = { cookie: `pado_session=${person.browser.session}` };
      const streams = [];
      for (let n = 0; n < STREAMS_PER_PERSON; n += 1)
        streams.push(await followed(cookie, n === 0 ? 'deployment' : 'runs'));
      const refused = await fetch(stack().api.url + at('runs'), { headers: cookie });
      expect(refused.status).toBe(429);
      await refused.body?.cancel();
      const [builds, ...runs] = streams;
      await stack().ok('PUT', `/v1/people/${person.id}/roles`, { roles: ['marketer'], reason: 'test' });
      await builds?.ended;
      await runs[0]?.next();
      await person.browser.send('DELETE', '/v1/session');
      await Promise.all(runs.map(({ ended }) => ended));
    });
  });

  async function looksAt(topic: string): Promise<number> {
    const { body } = await stack().request('GET', '/metrics');
    return Number(new RegExp(`^pado_live_looks_total\\{topic="${topic}"\\} (\\d+)$`, 'm').exec(String(body))?.[1] ?? 0);
  }
}
