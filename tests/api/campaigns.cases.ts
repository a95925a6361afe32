/**
 * A campaign's way from draft to run: every fault at its place, no edit over another's, approval by somebody else of exactly this content, and
 * one run however often it is launched.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { defineBasics } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';
import { campaignSteps, type Nodes } from './campaign-steps.js';
import { expectProblem, type Fault } from './problems.js';

export function campaignCases(stack: () => Stack): void {
  const { path, create, validate, approve, launch, changed, ready } = campaignSteps(stack);

  beforeAll(() => defineBasics(stack()));

  it('has a JSON Schema made of the same parts as the OpenAPI document, without references that lead nowhere', async () => {
    const reply = await stack().request('GET', '/v1/schemas/campaign');
    expect(reply.headers.get('content-type')).toContain('application/schema+json');
    const schema = reply.body as { $schema: string; required: string[]; $defs: Record<string, { oneOf?: unknown[] }> };
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Campaign' });
    const types = JSON.stringify(schema.$defs['JourneyNode']).match(/"type":\{"type":"string","const":"\w+"/g);
    expect(types).toHaveLength(8);
    const referred = JSON.stringify(schema).match(/"\$ref":"[^"]*"/g) ?? [];
    const names = new Set(referred.map((text) => /^"\$ref":"#\/\$defs\/(\w+)"$/.exec(text)?.[1] ?? text));
    expect([...names].filter((name) => !(name in schema.$defs))).toEqual([]);
    const { components } = (await stack().request('GET', '/openapi.json')).body as { components: { schemas: object } };
    expect(Object.keys(schema.$defs).filter((name) => !(name in components.schemas))).toEqual([]);
  });

  it('is told as it is now whatever tag is asked for, and is kept by nobody: its state moves within a tag', async () => {
    expect((await create(changed('moving'))).status).toBe(201);
    const read = (ifNoneMatch?: string) =>
      stack().request('GET', path('moving'), undefined, {
        headers: ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch },
      });
    const first = await read();
    expect([first.body.state, first.headers.get('cache-control')]).toEqual(['draft', 'no-store']);
    await validate('moving');
    const again = await read(first.headers.get('etag') ?? '');
    expect([again.status, again.body.state]).toEqual([200, 'validated']);
    const tag = `"1.${again.body.contentHash as string}"`;
    expect([first, again].map(({ headers }) => headers.get('etag'))).toEqual(['"1"', tag]);
    await approve('moving');
    const approved = await read(tag);
    expect([approved.status, approved.body.state, approved.headers.get('etag')]).toEqual([200, 'approved', tag]);
    const missing = await stack().request('GET', path('none-such'));
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  describe('a draft', () => {
    let n = 0;
    const at = (node: string, field = '') => `/journey/nodes/${node}${field && `/${field}`}`;
    it.each<[string, Nodes, object, string]>([
      ['an edge to no node', { 'wait-1': { next: 'nowhere' } }, {}, at('wait-1', 'next')],
      ['an edge to a name that every object has', { 'bought-2': { no: 'constructor' } }, {}, at('bought-2', 'no')],
      ['a node that is not reached', { alone: { type: 'exit' } }, {}, at('alone')],
      ['a loop', { 'bought-2': { no: 'send-1' } }, {}, at('send-1')],
      ['a template that does not exist', { 'send-1': { template: 'none' } }, {}, at('send-1', 'template')],
      ['a template of another channel', { 'send-1': { channel: 'email' } }, {}, at('send-1', 'template')],
      ['a budget that does not exist', { 'reward-1': { budget: 'none' } }, {}, at('reward-1', 'budget')],
      [
        'another currency than its budget’s',
        { 'reward-1': { amount: { value: '5', currency: 'USD' } } },
        {},
        at('reward-1', 'amount/currency'),
      ],
      ['a provider that is not configured', { 'reward-1': { provider: 'none' } }, {}, at('reward-1', 'provider')],
      ['a gateway that is not configured', { 'send-1': { gateway: 'none' } }, {}, at('send-1', 'gateway')],
      [
        'a further channel that nobody carries',
        { 'send-1': { fallback: [{ template: 'hello', channel: 'sms', gateway: 'none' }] } },
        {},
        at('send-1', 'fallback/0/gateway'),
      ],
      ['a preference among one channel', { 'send-1': { preferred: 'name' } }, {}, at('send-1', 'preferred')],
      ['messages that may lie for more than a week', { 'send-1': { notAfter: 'P8D' } }, {}, at('send-1', 'notAfter')],
      [
        'a branch on what is no wait',
        { 'bought-1': { on: { responded: 'send-1' } } },
        {},
        at('bought-1', 'on/responded'),
      ],
      [
        'a branch on a wait that comes later',
        { 'bought-1': { on: { responded: 'wait-2' } } },
        {},
        at('bought-1', 'on/responded'),
      ],
      ['a segment that does not exist', {}, { segment: 'none' }, '/segment'],
      [
        'a filter on what is no property',
        {
          'wait-1': {
            response: {
              event: 'purchase',
              where: { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] },
            },
          },
        },
        {},
        at('wait-1', 'response/where/rules/0'),
      ],
    ])('with %s is kept, but is not valid, and cannot be approved', async (_, nodes, over, pointer) => {
      const key = `faulty-${(n += 1)}`;
      expect((await create(changed(key, nodes, over))).status).toBe(201);
      const verdict = await validate(key);
      expect(verdict).toMatchObject({ valid: false, state: 'draft' });
      expect(verdict.faults).toContainEqual({ pointer, detail: expect.any(String) });
      expectProblem(await approve(key), 409, 'conflict');
    });

    it.each<[string, Nodes, object, Fault]>([
      ['an unknown type of node', { 'wait-1': { type: 'sleep' } }, {}, { pointer: '/journey/nodes/wait-1/type' }],
      [
        'no further channel where there are to be some',
        { 'send-1': { fallback: [] } },
        {},
        { pointer: '/journey/nodes/send-1/fallback' },
      ],
      [
        'a further channel that does not exist',
        { 'send-1': { fallback: [{ template: 'hello', channel: 'fax' }] } },
        {},
        { pointer: '/journey/nodes/send-1/fallback/0/channel' },
      ],
      ['a span of a month', { 'wait-1': { span: 'P1M' } }, {}, { pointer: '/journey/nodes/wait-1/span' }],
      [
        'a negative amount',
        { 'reward-1': { amount: { value: '-5', currency: 'KRW' } } },
        {},
        { pointer: '/journey/nodes/reward-1/amount/value' },
      ],
      [
        'an amount as a number',
        { 'reward-1': { amount: { value: 5, currency: 'KRW' } } },
        {},
        { pointer: '/journey/nodes/reward-1/amount/value' },
      ],
      [
        'an hour that does not exist',
        {},
        { quietHours: { from: '24:00', to: '08:00' } },
        { pointer: '/quietHours/from' },
      ],
      ['no name', {}, { name: '' }, { pointer: '/name' }],
      ['another key than its path', {}, { key: 'other' }, { pointer: '/key' }],
    ])('with %s is refused with its place, and nothing is kept', async (_, nodes, over, fault) => {
      const reply = await stack().request('PUT', path('refused'), changed('refused', nodes, over), { as: 'marketer' });
      expectProblem(reply, 400, 'invalid', [fault]);
      expectProblem(await stack().request('GET', path('refused')), 404, 'not_found');
    });

    it('is changed only by who has read its newest revision', async () => {
      const created = await create(changed('edited'));
      const etag = created.headers.get('etag') as string;
      const put = (headers: Record<string, string>, name: string) =>
        stack().request('PUT', path('edited'), changed('edited', {}, { name }), { as: 'marketer', headers });
      expectProblem(await put({}, 'unread'), 428, 'precondition_required');
      expectProblem(await create(changed('edited')), 412, 'stale');
      const second = await put({ 'if-match': etag }, 'second');
      expect(second.status).toBe(200);
      expect(second.headers.get('etag')).not.toBe(etag);
      expectProblem(await put({ 'if-match': etag }, 'third'), 412, 'stale');
      expect((await stack().ok('GET', path('edited'))).name).toBe('second');
    });
  });

  describe('a launch', () => {
    const runs = async (key: string) =>
      Number((await stack().one<{ n: string }>('select count(*) as n from runs where campaign = $1', [key])).n);

    it('needs an approval', async () => {
      await create(changed('hasty'));
      expectProblem(await launch('hasty', {}), 409, 'conflict');
      expect(await runs('hasty')).toBe(0);
    });

    it('with the same Idempotency-Key gives the same answer and one run; with another body it is refused', async () => {
      await ready('once');
      const [first, second] = await Promise.all([
        launch('once', { trigger: 'a' }, 'k1'),
        launch('once', { trigger: 'a' }, 'k1'),
      ]);
      const answered = [first, second].filter((reply) => reply.status === 202);
      for (const reply of [first, second]) if (reply.status !== 202) expectProblem(reply, 409, 'in_progress');
      expect(answered.length).toBeGreaterThan(0);
      const third = await launch('once', { trigger: 'a' }, 'k1');
      expect([third.status, third.body]).toEqual([202, answered[0]?.body]);
      expectProblem(await launch('once', { trigger: 'b' }, 'k1'), 422, 'key_reused');
      expect(await runs('once')).toBe(1);
    });

    it('is a version that stays readable as it was launched, whatever is edited later', async () => {
      await ready('versioned');
      const none = await stack().ok('GET', `${path('versioned')}/versions`);
      expect(none).toEqual({ items: [], next: null });
      expect((await launch('versioned', {})).status).toBe(202);
      const { draft, revision } = await stack().ok('GET', path('versioned'));
      const headers = { 'if-match': `"${revision}"` };
      const later = { ...changed('versioned', {}, { name: 'later' }) };
      await stack().ok('PUT', path('versioned'), later, { as: 'marketer', headers });
      const { items } = await stack().ok('GET', `${path('versioned')}/versions?limit=1`);
      expect(items).toMatchObject([{ version: 1, contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
      expect((await stack().ok('GET', `${path('versioned')}/versions/1`)).draft).toEqual(draft);
      expectProblem(await stack().request('GET', `${path('versioned')}/versions/2`), 404, 'not_found');
      expectProblem(await stack().request('GET', `${path('versioned')}/versions/0`), 400, 'invalid');
      expectProblem(await stack().request('GET', `${path('nowhere')}/versions`), 404, 'not_found');
      const cursor = Buffer.from('one').toString('base64url');
      const reply = await stack().request('GET', `${path('versioned')}/versions?cursor=${cursor}`);
      expectProblem(reply, 400, 'invalid', [{ parameter: 'cursor' }]);
    });

    it('of the same trigger is the same run, of another one another, whatever the keys', async () => {
      await ready('triggered');
      const ids = [];
      for (const [trigger, key] of [
        ['a', 'k2'],
        ['a', 'k3'],
        ['a', undefined],
        ['b', 'k4'],
      ] as const) {
        ids.push((await launch('triggered', { trigger }, key)).body.run);
      }
      expect(new Set(ids.slice(0, 3)).size).toBe(1);
      expect(ids[3]).not.toBe(ids[0]);
      expect(await runs('triggered')).toBe(2);
    });
  });
}
