/**
 * A campaign's later life: its review decides whether it may be launched, its switch pauses all of it, and what has ended stays so.
 */
import { describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { seen, twoWaves, validated } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function campaignLifeCases(stack: () => Stack): void {
  const path = (key: string) => `/v1/campaigns/${key}`;
  const post = (key: string, verb: string, body?: object, as: 'marketer' | 'operator' = 'marketer') =>
    stack().request('POST', `${path(key)}/${verb}`, body, { as });
  const create = (key: string, over: object) =>
    stack().request('PUT', path(key), { ...twoWaves({ key }), ...over }, { headers: { 'if-none-match': '*' } });
  const audited = async (action: string, key: string) =>
    (
      await stack().pool.query<object>(
        'select actor, reason, before, after from audit_log where action = $1 and subject = $2 order by no',
        [action, `campaign/${key}`],
      )
    ).rows;
  const today = (days: number) => DateTime.now().setZone('Asia/Seoul').plus({ days }).toISODate();

  describe('the review of advertising', () => {
    it('is needed where a product is named, and the fault says so', async () => {
      expect((await create('unreviewed', { product: 'loan' })).status).toBe(201);
      const { valid, faults } = await stack().ok('POST', `${path('unreviewed')}/validate`);
      expect([valid, faults]).toEqual([false, [{ pointer: '/review', detail: expect.any(String) }]]);
      const shapeless = await create('unreviewed', { product: 'loan', review: { number: '1', validUntil: 'soon' } });
      expectProblem(shapeless, 400, 'invalid', [{ pointer: '/review/validUntil' }]);
    });

    it.each([
      ['has run out', { number: '1', validUntil: today(-1) }],
      ['is not valid yet', { number: '1', validFrom: today(1), validUntil: today(9) }],
    ])('that %s refuses the launch, and no run is opened', async (what, review) => {
      const key = `review-${what.length}`;
      await validated(stack(), { ...twoWaves({ key }), product: 'loan', review });
      expectProblem(await post(key, 'launch', {}), 409, 'conflict', [{ pointer: '/review/validUntil' }]);
      expect(await stack().one('select count(*)::int as n from runs where campaign = $1', [key])).toEqual({ n: 0 });
      expect((await stack().ok('GET', path(key))).state).toBe('approved');
    });

    it('that holds today lets it launch', async () => {
      await validated(stack(), {
        ...twoWaves({ key: 'reviewed' }),
        product: 'loan',
        review: { number: '1', validUntil: today(0) },
      });
      expect((await post('reviewed', 'launch', {})).status).toBe(202);
    });
  });

  describe('a start', () => {
    const daily = { type: 'recurring', calendars: [{ times: ['12:00'] }] };
    const starts = (key: string) => stack().request('GET', `${path(key)}/starts`);

    it('by calendars opens no run at the launch, and says when it will', async () => {
      await validated(stack(), { ...twoWaves({ key: 'daily' }), start: daily });
      const launched = await post('daily', 'launch', {});
      const noon = DateTime.now().setZone('Asia/Seoul').set({ hour: 12 }).startOf('hour');
      const next = (noon > DateTime.now() ? noon : noon.plus({ days: 1 })).toUTC().toISO();
      expect([launched.status, launched.body]).toEqual([
        202,
        { run: null, campaign: 'daily', version: 1, trigger: null, nextStart: next },
      ]);
      expect(launched.headers.get('location')).toBe('/v1/campaigns/daily/starts');
      expect((await starts('daily')).body).toEqual({ items: [], next: null, nextStart: next, version: 1 });
      expect((await post('daily', 'launch', {})).body).toEqual(launched.body);
      expect((await starts('over-there')).status).toBe(404);
      expectProblem(await stack().request('GET', `${path('daily')}/starts?cursor=bm9uZQ`), 400, 'invalid');
    });

    it('that lies in the past is refused, and nothing is launched', async () => {
      await validated(stack(), { ...twoWaves({ key: 'past' }), start: { type: 'at', at: '2026-01-01T00:00:00Z' } });
      expectProblem(await post('past', 'launch', {}), 409, 'conflict', [{ pointer: '/start' }]);
      expect((await stack().ok('GET', path('past'))).state).toBe('approved');
    });

    it('with faults is told at their places', async () => {
      const never = { type: 'recurring', calendars: [{ times: ['12:00'], days: [30], months: [2] }] };
      expect((await create('never', { start: never })).status).toBe(201);
      expect(await stack().ok('POST', `${path('never')}/validate`)).toMatchObject({
        faults: [{ pointer: '/start/calendars' }],
      });
      const shapeless = await create('shapeless', { start: { type: 'recurring', calendars: [{ times: ['25:00'] }] } });
      expectProblem(shapeless, 400, 'invalid', [{ pointer: '/start/calendars/0/times/0' }]);
    });

    it('on an event opens its run for entrants at once; keys of slots and rounds cannot be launched by hand', async () => {
      const start = { type: 'event', event: 'signed_up', entry: { policy: 'once' } };
      await validated(stack(), { ...twoWaves({ key: 'on-event' }), start });
      const launched = await post('on-event', 'launch', {});
      expect(launched.body).toMatchObject({ run: expect.any(String), trigger: 'entries-1', nextStart: null });
      expect((await stack().ok('GET', `/v1/runs/${launched.body.run}`)).state).toBe('running');
      expect((await post('on-event', 'launch', {})).body).toEqual(launched.body);
      for (const trigger of ['slot-1', 'entries-2'])
        expectProblem(await post('on-event', 'launch', { trigger }), 400, 'invalid', [{ pointer: '/trigger' }]);
    });
  });

  describe('a launched campaign', () => {
    it('is paused and resumed as a whole, and says so', async () => {
      expect((await create('paused', {})).status).toBe(201);
      expectProblem(await post('paused', 'pause', { reason: 'early' }), 409, 'conflict');
      await validated(stack(), twoWaves({ key: 'on-and-off' }));
      await post('on-and-off', 'launch', {});
      expectProblem(await post('on-and-off', 'pause', {}), 400, 'invalid', [{ pointer: '/reason' }]);
      expectProblem(await post('none', 'pause', { reason: 'x' }), 404, 'not_found');
      expect((await post('on-and-off', 'pause', { reason: 'prices' })).body).toMatchObject({
        scope: 'campaign/on-and-off',
        state: 'paused',
      });
      expect((await stack().ok('GET', path('on-and-off'))).control).toBe('paused');
      expect((await post('on-and-off', 'resume', { reason: 'prices', overdue: 'skip' })).body.state).toBe('running');
      expect((await stack().ok('GET', path('on-and-off'))).control).toBe('running');
    });

    it('ends for good: no edit, no approval, no launch, its scope stopped; ended twice is ended once', async () => {
      await validated(stack(), twoWaves({ key: 'over' }));
      await post('over', 'launch', { trigger: 'first' });
      expect((await post('over', 'end', { reason: 'done' }, 'operator')).body).toMatchObject({ state: 'stopped' });
      const read = await stack().request('GET', path('over'));
      expect(read.body).toMatchObject({ state: 'ended', control: 'stopped' });
      const edit = await stack().request('PUT', path('over'), twoWaves({ key: 'over' }), {
        headers: { 'if-match': read.headers.get('etag') as string },
      });
      expectProblem(edit, 409, 'conflict');
      expectProblem(await post('over', 'launch', { trigger: 'second' }), 409, 'conflict');
      expectProblem(await post('over', 'resume', { reason: 'no' }), 409, 'conflict');
      expectProblem(
        await stack().request('POST', `${path('over')}/approve`, undefined, { as: 'approver', headers: seen(read) }),
        409,
        'conflict',
      );
      expect(await stack().ok('POST', `${path('over')}/validate`)).toMatchObject({ state: 'ended' });
      expect((await post('over', 'end', { reason: 'again' })).status).toBeLessThan(300);
      expect(await audited('campaign.end', 'over')).toMatchObject([
        { reason: 'done', before: { state: 'launched' }, after: { state: 'ended' } },
      ]);
      expectProblem(await post('none', 'end', { reason: 'x' }), 404, 'not_found');
    });
  });
}
