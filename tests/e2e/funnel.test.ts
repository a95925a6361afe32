/**
 * The funnel of a draft is what its launch then does: the same numbers at every send node, by the send's own code with effects off.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  customers,
  defineBasics,
  importCustomers,
  launch,
  launchDraft,
  settled,
  validated,
} from '../support/campaigns.js';
import { Stack } from '../support/stack.js';

const COUNT = 240;

interface Funnel {
  matched: number;
  sent: number;
  steps: { reason: string; stopped: number; left: number }[];
  nodes: { node: string; decided: number; queued: number; suppressed: Record<string, number> }[];
}

/** Two sends, one behind the other, so that whoever is not sent the first may be sent the second. */
function campaign(key: string, segment: string, over: object = {}): Record<string, unknown> {
  const send = (channel: string, template: string, next: string) => ({
    type: 'send',
    template,
    channel,
    gateway: 'capture',
    next,
  });
  return {
    key,
    name: key,
    purpose: 'advertising',
    segment,
    quietHours: { from: '00:00', to: '00:00' },
    journey: {
      start: 'push',
      nodes: { push: send('push', 'hello', 'sms'), sms: send('sms', 'hello-sms', 'done'), done: { type: 'exit' } },
    },
    ...over,
  };
}

describe('the funnel of a draft', () => {
  let stack: Stack;
  const inquired = (n: number) => n % 4 !== 0;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00' });
    await defineBasics(stack);
    await stack.ok('PUT', '/v1/templates/hello-sms', { channel: 'sms', body: '{{ customer.name }}님' });
    const rows = customers(COUNT, (n) => ({
      status: n % 17 === 0 ? 'incident' : n % 19 === 0 ? 'withdrawn' : 'active',
      consents: {
        ...(n % 5 === 0 ? {} : { 'push:advertising': n % 7 !== 0 }),
        ...(n % 3 === 0 ? { 'sms:advertising': true } : {}),
      },
      addresses: { ...(n % 6 === 0 ? {} : { push: `token-${n}` }), phone: `+8210${String(n).padStart(8, '0')}` },
      attributes: { grade: n % 2 === 0 ? 'gold' : 'basic', ...(n % 13 === 0 ? {} : { name: `손님${n}` }) },
    }));
    await importCustomers(stack, rows);
    const now = await stack.businessNow();
    const batch = rows.flatMap((row, k) =>
      inquired(k + 1)
        ? [
            {
              type: 'track',
              messageId: `inquiry/${row.id}`,
              userId: row.id,
              event: 'limit_inquiry',
              timestamp: new Date(now - 86_400_000).toISOString(),
            },
          ]
        : [],
    );
    await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
    const rule = (...rules: object[]) => ({ combinator: 'and', rules });
    await stack.ok('PUT', '/v1/segments/gold', {
      name: 'gold',
      rule: rule({ field: 'attribute.grade', operator: '=', value: 'gold' }),
    });
    await stack.ok('PUT', '/v1/segments/inquired', {
      name: 'inquired',
      rule: rule({
        field: 'event.count',
        operator: '>=',
        value: 1,
        of: { event: 'limit_inquiry', window: { kind: 'rolling', span: 'P7D' } },
      }),
    });
    await stack.ok(
      'PUT',
      '/v1/contact-policies/daily',
      { scope: { kind: 'all' }, window: { kind: 'calendar', unit: 'day' }, cap: 1 },
      { as: 'operator' },
    );
    // half of them have had their contact of the day
    await settled(stack, await launch(stack, campaign('before', 'gold'), 'before'));
  });
  afterAll(() => stack.stop());

  const funnelOf = (key: string, body: object = {}): Promise<Funnel> =>
    stack.ok('POST', `/v1/campaigns/${key}/funnel`, body, { as: 'marketer' });

  it('has the numbers of the launch that follows, node by node and reason by reason', async () => {
    await validated(stack, campaign('after', 'inquired'));
    const funnel = await funnelOf('after');
    const before = await stack.one<{ n: string }>('select count(*) as n from outbox');

    const run = await launchDraft(stack, 'after', 'after');
    await settled(stack, run);
    const { rows } = await stack.pool.query<{ node: string; measure: string; reason: string; n: number }>(
      `select node, measure, reason, sum(n)::int as n from counters
       where run_id = $1 and measure in ('decided', 'accepted', 'suppressed') group by 1, 2, 3 having sum(n) <> 0`,
      [run],
    );
    const told = (node: string, measure: string) =>
      rows.find((row) => row.node === node && row.measure === measure)?.n ?? 0;
    expect(funnel.nodes).toEqual(
      ['push', 'sms'].map((node) => ({
        node,
        decided: told(node, 'decided'),
        queued: told(node, 'accepted'),
        channels: told(node, 'accepted') > 0 ? { [node]: told(node, 'accepted') } : {}, // each node is named for its channel
        suppressed: Object.fromEntries(
          rows.filter((row) => row.node === node && row.measure === 'suppressed').map(({ reason, n }) => [reason, n]),
        ),
      })),
    );
    const { sent, audience } = await stack.one<{ sent: string; audience: number }>(
      `select (select count(distinct customer_id) from outbox where run_id = $1) as sent,
              (select audience_count::int from runs where id = $1) as audience`,
      [run],
    );
    expect([funnel.sent, funnel.matched]).toEqual([Number(sent), audience]);
    expect(audience).toBe((COUNT * 3) / 4);
    // the funnel itself sent nothing, and every reason that this audience has was met
    expect(Number(before.n)).toBe(
      Number((await stack.one<{ n: string }>('select count(*) as n from outbox where run_id <> $1', [run])).n),
    );
    const reasons = funnel.nodes.flatMap(({ suppressed }) => Object.keys(suppressed));
    expect([...new Set(reasons)].sort()).toEqual([
      'capped',
      'consent_refused',
      'incident',
      'no_address',
      'no_consent',
      'render_failed',
      'withdrawn',
    ]);
    await stack.auditClean();
  });

  it('adds up: matched less everyone stopped is who would be sent to', async () => {
    const { matched, steps, sent } = await funnelOf('after');
    expect(steps.reduce((left, { stopped }) => left - stopped, matched)).toBe(sent);
    expect(steps.at(-1)?.left).toBe(sent);
  });

  it('samples whom each step is about: as many as it stops, the same ones each time, and nobody twice', async () => {
    const { matched, steps, sent } = await funnelOf('after');
    const sampled = async (step: string, size = 100): Promise<string[]> =>
      (await stack.ok('POST', '/v1/campaigns/after/funnel/sample', { step, size }, { as: 'marketer' })).customers;
    const all = [...steps.map(({ reason, stopped }) => [reason, stopped] as const), ['sent', sent] as const];
    const ids: string[] = [];
    for (const [step, count] of all) {
      const few = await sampled(step);
      expect([step, few.length]).toEqual([step, Math.min(count, 100)]);
      expect(await sampled(step, 2)).toEqual(few.slice(0, 2));
      ids.push(...few);
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(await sampled('matched')).toHaveLength(Math.min(matched, 100));
    expect(await sampled('nothing_like_it')).toEqual([]);
    // why says the same of them as the step
    const [capped = ''] = await sampled('capped');
    const why = await stack.ok('GET', `/v1/customers/${capped}/why?campaign=after`, undefined, { as: 'marketer' });
    expect(why.sends.map(({ reason }: { reason: string }) => reason)).toContain('capped');
  });

  it('tells whom a split holds out, and whom status or consent keeps out of it by that', async () => {
    const held = campaign('held', 'inquired', {
      journey: {
        start: 'test',
        nodes: {
          test: { type: 'split', holdout: 1, arms: [{ name: 'a', weight: 1, next: 'push' }] },
          push: { type: 'send', template: 'hello', channel: 'push', gateway: 'capture', next: 'done' },
          done: { type: 'exit' },
        },
      },
    });
    await stack.ok('PUT', '/v1/campaigns/held', held, { as: 'marketer', headers: { 'if-none-match': '*' } });
    const { matched, steps, sent } = await funnelOf('held');
    const stopped = (reason: string) => steps.find((step) => step.reason === reason)?.stopped ?? 0;
    expect(stopped('holdout')).toBeGreaterThan(20);
    expect(stopped('withdrawn') * stopped('no_consent')).toBeGreaterThan(0);
    expect(steps.map(({ reason }) => reason)).not.toContain('no_send_now');
    expect(steps.at(-1)?.reason).toBe('holdout');
    expect(steps.reduce((left, step) => left - step.stopped, matched)).toBe(sent);
  });

  it('is that of another moment when asked as of then', async () => {
    const night = campaign('night', 'inquired', { quietHours: { from: '21:00', to: '08:00' } });
    await stack.ok('PUT', '/v1/campaigns/night', night, { as: 'marketer', headers: { 'if-none-match': '*' } });
    const { steps, sent } = await funnelOf('night', { at: '2026-03-05T23:00:00+09:00' });
    expect(sent).toBe(0);
    expect(steps.find(({ reason }) => reason === 'quiet_hours')?.stopped).toBeGreaterThan(50);
    // the inquiries are more than seven days ago by then
    expect((await funnelOf('night', { at: '2026-03-20T12:00:00+09:00' })).matched).toBe(0);
  });

  it('of a draft with faults names them', async () => {
    const broken = campaign('broken', 'nowhere');
    await stack.ok('PUT', '/v1/campaigns/broken', broken, { as: 'marketer', headers: { 'if-none-match': '*' } });
    const reply = await stack.request('POST', '/v1/campaigns/broken/funnel', {}, { as: 'marketer' });
    expect(reply.status).toBe(422);
    expect(reply.body.errors).toContainEqual({ pointer: '/segment', detail: 'does not exist' });
  });
});
