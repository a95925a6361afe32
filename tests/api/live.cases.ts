/**
 * A run as it changes: what changes arrives, nothing is told twice, and a stream ends with its session, its key and its process.
 */
import { describe, expect, it } from '@jest/globals';
import { STREAMS_PER_PERSON } from '../../src/api/http/open-streams.js';
import { signedIn } from '../support/browser.js';
import { defineBasics, launch, oneSend } from '../support/campaigns.js';
import { eventsOf, type Followed } from '../support/event-stream.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function liveCases(stack: () => Stack): void {
  let run: string;
  const path = () => `/v1/runs/${run}/live`;
  const url = () => stack().api.url + path();
  const follow = (key: string): Promise<Followed> => eventsOf(url(), { authorization: `Bearer ${key}` });
  const counted = (n: number) =>
    stack().pool.query(
      `insert into counters (run_id, node, visit, measure, reason, lane, n)
       select $1, 'send', 1, m, '', 0, $2 from unnest(array['entered', 'here']) m
       on conflict (run_id, node, visit, measure, reason, lane) do update set n = excluded.n`,
      [run, n],
    );

  describe('a run that is followed', () => {
    it('is told as it is at first, then whenever it is another, and in between that somebody looks', async () => {
      await defineBasics(stack());
      run = await launch(stack(), oneSend({ key: 'followed' }));
      const one = await follow(stack().keys.marketer);
      expect(one.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(one.headers.get('cache-control')).toBe('no-store');
      const other = await follow(stack().keys.approver);
      const first = await one.next();
      expect(first).toEqual({ readAt: expect.any(String), run: await stack().ok('GET', `/v1/runs/${run}`).then(at) });
      await counted(40);
      for (const stream of [one, other]) {
        const moved = await stream.next(({ run: now }) => now?.participants.active === 40);
        expect(moved.run?.nodes[0]?.people).toEqual({ entered: 40, here: 40, moved: {}, ended: {} });
      }
      const idle = await one.next();
      expect(idle).toEqual({ readAt: expect.any(String), run: null });
      await Promise.all([one.leave(), other.leave()]);
    });

    it('is as it always was for whoever asks once', async () => {
      expectProblem(await stack().request('GET', '/v1/runs/none/live'), 404, 'not_found');
      expectProblem(await stack().request('GET', path(), undefined, { as: 'source' }), 403, 'forbidden');
    });

    it(`by one person ${STREAMS_PER_PERSON} times at once, and again when one of them has ended`, async () => {
      const streams: Followed[] = [];
      for (let n = 0; n < STREAMS_PER_PERSON; n += 1) streams.push(await follow(stack().keys.finance));
      const refused = await stack().request('GET', path(), undefined, { as: 'finance' });
      expectProblem(refused, 429, 'too_many_requests');
      expect(refused.headers.get('retry-after')).toBe('30');
      const others = await follow(stack().keys.operator);
      await streams.pop()?.leave();
      const again = await followedAt(() => follow(stack().keys.finance));
      await Promise.all([...streams, others, again].map((stream) => stream.leave()));
      await expectNone(stack());
    });

    it('is no more once the session has ended, the person is suspended, or the key is revoked', async () => {
      const [leaves, stays, loses] = await Promise.all([1, 2, 3].map(() => signedIn(stack(), ['marketer'])));
      if (!leaves || !stays || !loses) throw new Error('three people');
      const { id, key: secret } = await stack().ok('POST', '/v1/keys', {
        name: 'live',
        role: 'marketer',
        reason: 'test',
      });
      const by = ({ browser }: typeof leaves) => eventsOf(url(), { cookie: `pado_session=${browser.session}` });
      const streams = await Promise.all([by(leaves), by(stays), by(loses), follow(secret)]);
      const [left, stayed, lost, revoked] = streams;
      await leaves.browser.send('DELETE', '/v1/session');
      await stack().ok('POST', `/v1/people/${loses.id}/suspend`, { reason: 'test' });
      await stack().ok('POST', `/v1/keys/${id}/revoke`, { reason: 'test' });
      await Promise.all([left.ended, lost.ended, revoked.ended]);
      expect(await stayed.next()).toEqual({ readAt: expect.any(String), run: expect.anything() });
      await stayed.leave();
    });
  });
}

/** The moment is another one at each look. */
const at = (run: object) => ({ ...run, readAt: expect.any(String) });

/** A place is free a moment after somebody has left it. */
async function followedAt(follow: () => Promise<Followed>): Promise<Followed> {
  for (;;) {
    const stream = await follow();
    if (stream.status === 200) return stream;
    expect(stream.status).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function expectNone(stack: Stack): Promise<void> {
  for (;;) {
    const { body } = await stack.request('GET', '/metrics');
    if (/^pado_event_streams 0$/m.test(String(body))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
