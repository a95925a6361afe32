/**
 * A campaign's way from draft to run: every fault at its place, no edit over another's, approval by somebody else of exactly this content, and
 * one run however often it is launched.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { defineBasics, seen, twoWaves } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';
import { expectProblem, type Fault } from './problems.js';

type Nodes = Record<string, Record<string, unknown>>;

export function campaignCases(stack: () => Stack): void {
  const path = (key: string) => `/v1/campaigns/${key}`;
  const create = (campaign: Record<string, unknown>) =>
    stack().request('PUT', path(campaign['key'] as string), campaign, {
      as: 'marketer',
      headers: { 'if-none-match': '*' },
    });
  const validate = (key: string) => stack().ok('POST', `${path(key)}/validate`, undefined, { as: 'marketer' });
  const read = (key: string) => stack().request('GET', path(key));
  const approve = async (key: string, as: 'approver' | 'admin' | 'marketer' = 'approver', headers?: object) =>
    stack().request('POST', `${path(key)}/approve`, undefined, {
      as,
      headers: { ...(headers ?? seen(await read(key))) },
    });
  const launch = (key: string, body: object, idempotencyKey?: string) =>
    stack().request('POST', `${path(key)}/launch`, body, {
      as: 'marketer',
      headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    });
  const stateOf = async (key: string) => (await stack().ok('GET', path(key))).state as string;
  /** The two-wave campaign with some of its nodes changed. */
  function changed(key: string, nodes: Nodes = {}, over: object = {}): Record<string, unknown> {
    const campaign = twoWaves({ key }) as { journey: { start: string; nodes: Nodes } };
    const merged = Object.entries(nodes).map(([id, node]) => [id, { ...campaign.journey.nodes[id], ...node }]);
    return {
      ...campaign,
      journey: { ...campaign.journey, nodes: { ...campaign.journey.nodes, ...Object.fromEntries(merged) } },
      ...over,
    };
  }
  async function ready(key: string): Promise<void> {
    expect((await create(changed(key))).status).toBe(201);
    expect(await validate(key)).toMatchObject({ valid: true, state: 'validated' });
    expect((await approve(key)).status).toBe(200);
  }

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

  describe('an approval', () => {
    it('is not given by who edited last', async () => {
      await stack().ok('PUT', path('own'), changed('own'), { as: 'admin', headers: { 'if-none-match': '*' } });
      await validate('own');
      expectProblem(await approve('own', 'admin'), 403, 'own_work');
      expectProblem(await approve('own', 'marketer'), 403, 'forbidden');
      expect(await stateOf('own')).toBe('validated');
    });

    it('is of what was seen: not of a later edit, nor of what the same draft pins later', async () => {
      await stack().ok('PUT', '/v1/templates/worded', { channel: 'push', body: 'one' });
      await create(changed('seen', { 'send-1': { template: 'worded' } }));
      const unjudged = seen(await read('seen'));
      await validate('seen');
      expectProblem(await approve('seen', 'approver', {}), 428, 'precondition_required');
      expectProblem(await approve('seen', 'approver', { 'if-match': '*' }), 428, 'precondition_required');
      expectProblem(await approve('seen', 'approver', unjudged), 412, 'stale');
      const first = await read('seen');
      expect(first.headers.get('etag')).toBe(`"1.${first.body.contentHash as string}"`);
      const edited = changed('seen', { 'send-1': { template: 'worded' } }, { name: 'more' });
      expect(
        await stack().request('PUT', path('seen'), edited, { as: 'marketer', headers: seen(first) }),
      ).toMatchObject({
        status: 200,
      });
      expectProblem(await approve('seen', 'approver', seen(first)), 412, 'stale');
      await validate('seen');
      expectProblem(await approve('seen', 'approver', seen(first)), 412, 'stale');
      const second = seen(await read('seen'));
      await stack().ok('PUT', '/v1/templates/worded', { channel: 'push', body: 'two' });
      await validate('seen');
      expectProblem(await approve('seen', 'approver', second), 412, 'stale');
      expect(await read('seen')).toMatchObject({ body: { state: 'validated', revision: 2 } });
      const third = seen(await read('seen'));
      for (const _ of ['once', 'again']) expect((await approve('seen', 'approver', third)).status).toBe(200);
    });

    it.each(['template', 'segment', 'segment inside another', 'nothing any more'])(
      'is not given by who made the %s that it names',
      async (what) => {
        const key = `made-${what.replaceAll(' ', '-')}`.slice(0, 40);
        const by = (part: string) => ({ as: part === what ? 'admin' : 'marketer' }) as const;
        const rule = (field: string, value: string) => ({
          combinator: 'and',
          rules: [{ field, operator: '=', value }],
        });
        const template = (body: string) => ({ channel: 'push', body });
        const at = (kind: string, part = key) => `/v1/${kind}/${part}`;
        await stack().ok('PUT', at('templates'), template('one'), { as: 'admin' });
        await stack().ok('PUT', at('templates'), template('two'), by('template'));
        const inner = `${key}-in`.slice(-40);
        await stack().ok(
          'PUT',
          at('segments', inner),
          { name: inner, rule: rule('attribute.grade', 'gold') },
          by('segment inside another'),
        );
        await stack().ok('PUT', at('segments'), { name: key, rule: rule('segment', inner) }, by('segment'));
        const nodes = { 'send-1': { template: key }, 'send-2': { template: key } };
        await create(changed(key, nodes, { segment: key }));
        await validate(key);
        const reply = await approve(key, 'admin');
        if (what === 'nothing any more') return expect(reply.status).toBe(200);
        expectProblem(reply, 403, 'own_work');
        const named = { template: `${key}@2`, segment: `${key}@1` }[what] ?? `${inner}@1`;
        expect(reply.body.detail).toBe(`Who made what a campaign names cannot approve it: ${named}.`);
        expect((await approve(key)).status).toBe(200);
      },
    );

    it('is void after an edit', async () => {
      await ready('edited-later');
      const read = await stack().request('GET', path('edited-later'));
      await stack().ok('PUT', path('edited-later'), changed('edited-later', {}, { name: 'other' }), {
        as: 'marketer',
        headers: { 'if-match': read.headers.get('etag') as string },
      });
      expect(await stateOf('edited-later')).toBe('draft');
      expectProblem(await launch('edited-later', {}), 409, 'conflict');
    });

    it('is void when a template that it names gets a new version', async () => {
      await stack().ok('PUT', '/v1/templates/changing', { channel: 'push', body: 'one' });
      await create(changed('renamed', { 'send-1': { template: 'changing' } }));
      await validate('renamed');
      expect((await approve('renamed')).status).toBe(200);
      await stack().ok('PUT', '/v1/templates/changing', { channel: 'push', body: 'two' });
      expectProblem(await launch('renamed', {}), 409, 'conflict');
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
