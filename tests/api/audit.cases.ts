/**
 * Every change is in the audit log: each operation of the API's description that changes something is done here once, and its line says who, why where
 * the request says why, what was before and what is after. An operation that nobody has listed fails.
 */
import { describe, expect, it } from '@jest/globals';
import { approve, seen, twoWaves, validated } from '../support/campaigns.js';
import type { Stack } from '../support/stack.js';
import { definitionChanges, type Change, type Line } from './audit-definitions.js';
import { peopleChanges } from './audit-people.js';

/** Tell of what happened outside, ask, or decide nothing. */
const NO_CHANGE =
  /^POST \/(v1\/)?(identify|track|page|screen|group|alias|batch|[itpsgab]|cloudevents|segments\/count|segments\/\{key\}\/count|customers\/columns|campaigns\/validate|campaigns\/\{key\}\/funnel(\/sample)?|runs\/\{run\}\/migration\/count|templates\/(\{key\}\/)?preview|segments\/\{key\}\/sample|segments\/[a-z-]+)$|(receipts|provider-callbacks|unsubscribe|inbox)\//;
/**
 * Decisions about payouts need a provider's refusal first: tests/e2e/rewards.test.ts and settled.test.ts read the lines of those they make; tests/storage/periods.test.ts those
 * about months of the books, tests/storage/lucky-boxes.test.ts that of a close, tests/storage/restored.test.ts those about a database that was set back,
 * tests/storage/sessions.test.ts those of signing in and out, tests/faults/deployment.extended.test.ts those about builds,
 * tests/console/first-run.extended.test.ts those of a demonstration,
 * messages.cases.ts that of a test.
 */
const MADE_ELSEWHERE =
  /\/v1\/(test-messages|payouts|payout-proposals|owed-items|ledger|restorations|session|deployment|demonstration)(\/|$)|\/payouts\/approve$|\/lucky-boxes\/\{key\}\/close$/;

export function auditCases(stack: () => Stack): void {
  const put = (path: string, body: object) => stack().ok('PUT', path, body);
  const any = expect.anything();
  const customer = (id: string) =>
    stack().ok('POST', '/v1/customers', JSON.stringify({ id }), {
      headers: { 'content-type': 'application/x-ndjson' },
    });
  const ready = (key: string) => validated(stack(), twoWaves({ key }));
  const launched = async (key: string, entrants = false): Promise<string> => {
    await ready(key);
    return (await stack().ok('POST', `/v1/campaigns/${key}/launch`, { trigger: 'a', entrants })).run as string;
  };
  const draft = (key: string) =>
    stack().ok('PUT', `/v1/campaigns/${key}`, twoWaves({ key }), { headers: { 'if-none-match': '*' } });
  const because = { reason: 'because' };

  /** What a change's own `given` makes, such as the run of a campaign; known only then. */
  const runs = new Map<string, string>();
  const ofRun = (key: string) => async () => runs.set(key, await launched(key, true));
  /** Somebody waits in a run of the campaign, which has a newer version. */
  const waiting = async (key: string, id: string) => {
    await ofRun(key)();
    await customer(id);
    const run = [runs.get(key)];
    await stack().pool.query(`update runs set state = 'running' where id = $1`, run);
    await stack().pool.query(
      `insert into participants (customer_id, run_id, lane, node, due_at, wave, wave_at, window_end_at, entered_at)
       select $2, id, 0, 'wait-1', t, 1, started_at, t, started_at from runs cross join (select timestamptz '2099-01-01T00:00:00Z' as t) x where id = $1`,
      [...run, id],
    );
    const path = `/v1/campaigns/${key}`;
    const edited = { ...twoWaves({ key }), name: 'second' };
    await stack().ok('PUT', path, edited, { as: 'marketer', headers: { 'if-match': '"1"' } });
    await stack().ok('POST', `${path}/validate`, undefined, { as: 'marketer' });
    await approve(stack(), key);
    await stack().ok('POST', `${path}/launch`, { trigger: 'b' });
  };

  const changes: Record<string, Change> = {
    ...definitionChanges(stack, runs),
    ...peopleChanges(stack, runs),
    'POST /v1/customers': {
      path: '/v1/customers',
      body: JSON.stringify({ id: 'audited-1' }),
      headers: { 'content-type': 'application/x-ndjson' },
      line: { action: 'customer.import', after: { received: 1, created: 1, updated: 0, unchanged: 0 } },
    },
    'PUT /v1/customers/{id}/status': {
      path: '/v1/customers/audited-2/status',
      body: { status: 'incident', ...because },
      given: () => customer('audited-2'),
      line: { action: 'customer.gate', reason: 'because', before: { status: 'active' }, after: { status: 'incident' } },
    },
    'PUT /v1/customers/{id}/consents': {
      path: '/v1/customers/audited-3/consents',
      body: { consents: { 'push:advertising': true }, ...because },
      given: () => customer('audited-3'),
      line: {
        action: 'customer.gate',
        reason: 'because',
        before: { consents: {} },
        after: { consents: { 'push:advertising': any } },
      },
    },
    'POST /v1/customers/{id}/erase': {
      path: '/v1/customers/audited-4/erase',
      body: because,
      given: () => customer('audited-4'),
      line: { action: 'customer.erase', reason: 'because', after: expect.objectContaining({ messages: 0 }) },
    },
    'POST /v1/consents/notices': {
      path: '/v1/consents/notices',
      body: { notices: [{ customer: 'audited-5', channel: 'push', purpose: 'advertising', kind: 'result' }] },
      given: async () => {
        await customer('audited-5');
        await put('/v1/customers/audited-5/consents', { consents: { 'push:advertising': true }, ...because });
      },
      line: { action: 'consent.notices', after: { notices: 1 } },
    },
    'PUT /v1/campaigns/{key}': {
      path: '/v1/campaigns/audited-edit',
      body: { ...twoWaves({ key: 'audited-edit' }), name: 'second' },
      headers: { 'if-match': '"1"' },
      given: () => draft('audited-edit'),
      line: {
        action: 'campaign.edit',
        before: expect.objectContaining({ name: any }),
        after: expect.objectContaining({ name: 'second' }),
      },
    },
    'POST /v1/gallery/{item}': {
      path: '/v1/gallery/upsell',
      body: { key: 'audited-gallery', name: 'made', values: { product: 'x', gateway: 'capture' } },
      line: { action: 'campaign.edit', after: expect.objectContaining({ name: 'made' }) },
    },
    'POST /v1/campaigns/{key}/validate': {
      path: '/v1/campaigns/audited-validate/validate',
      given: () => draft('audited-validate'),
      line: {
        action: 'campaign.validate',
        before: { state: 'draft' },
        after: { state: 'validated', contentHash: any },
      },
    },
    'POST /v1/campaigns/{key}/approve': {
      path: '/v1/campaigns/audited-approve/approve',
      // of nothing that its approver has made
      given: async () => {
        const as = 'marketer';
        const [segment, template] = ['audited-segment', 'audited-template'];
        const rule = { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] };
        await stack().ok('PUT', `/v1/segments/${segment}`, { name: segment, rule }, { as });
        await stack().ok('PUT', `/v1/templates/${template}`, { channel: 'push', body: 'hello' }, { as });
        const content = JSON.stringify({ ...twoWaves({ key: 'audited-approve' }), segment });
        const campaign = JSON.parse(content.replaceAll('"hello"', `"${template}"`)) as object;
        const made = { as, headers: { 'if-none-match': '*' } } as const;
        await stack().ok('PUT', '/v1/campaigns/audited-approve', campaign, made);
        await stack().ok('POST', '/v1/campaigns/audited-approve/validate');
      },
      headers: async () => seen(await stack().request('GET', '/v1/campaigns/audited-approve')),
      line: {
        action: 'campaign.approve',
        before: { state: 'validated' },
        after: { state: 'approved', contentHash: any },
      },
    },
    'POST /v1/campaigns/{key}/launch': {
      path: '/v1/campaigns/audited-launch/launch',
      body: {},
      given: () => ready('audited-launch'),
      line: {
        action: 'campaign.launch',
        before: { state: 'approved', version: null },
        after: expect.objectContaining({ state: 'launched', version: 1 }),
      },
    },
    'POST /v1/campaigns/{key}/pause': {
      path: '/v1/campaigns/audited-pause/pause',
      body: because,
      given: () => launched('audited-pause'),
      line: { action: 'control.paused', reason: 'because', before: 'running', after: 'paused' },
    },
    'POST /v1/campaigns/{key}/resume': {
      path: '/v1/campaigns/audited-resume/resume',
      body: because,
      given: async () => {
        await launched('audited-resume');
        await stack().ok('POST', '/v1/campaigns/audited-resume/pause', because);
      },
      line: {
        action: 'control.running',
        reason: 'because',
        before: 'paused',
        after: { state: 'running', overdue: 'shift' },
      },
    },
    'POST /v1/campaigns/{key}/end': {
      path: '/v1/campaigns/audited-end/end',
      body: because,
      given: () => launched('audited-end'),
      line: { action: 'campaign.end', reason: 'because', before: { state: 'launched' }, after: { state: 'ended' } },
    },
    'POST /v1/runs/{run}/pause': {
      path: '/v1/runs/{audited-run-1}/pause',
      body: because,
      given: ofRun('audited-run-1'),
      line: { action: 'control.paused', reason: 'because', before: 'running', after: 'paused' },
    },
    'POST /v1/runs/{run}/resume': {
      path: '/v1/runs/{audited-run-2}/resume',
      body: because,
      given: async () => {
        await ofRun('audited-run-2')();
        await stack().ok('POST', `/v1/runs/${runs.get('audited-run-2')}/pause`, because);
      },
      line: {
        action: 'control.running',
        reason: 'because',
        before: 'paused',
        after: { state: 'running', overdue: 'shift' },
      },
    },
    'POST /v1/runs/{run}/stop': {
      path: '/v1/runs/{audited-run-3}/stop',
      body: because,
      given: ofRun('audited-run-3'),
      line: { action: 'control.stopped', reason: 'because', before: 'running', after: 'stopped' },
    },
    'POST /v1/runs/{run}/entrants': {
      path: '/v1/runs/{audited-run-4}/entrants',
      body: { customers: ['nobody'] },
      given: ofRun('audited-run-4'),
      line: { action: 'run.enter', after: { entered: 0, refused: 1 } },
    },
    'POST /v1/runs/{run}/links/retell': {
      path: '/v1/runs/{audited-run-5}/links/retell',
      body: because,
      given: ofRun('audited-run-5'),
      line: { action: 'links.retell', reason: 'because', after: { links: 0 } },
    },
    'POST /v1/runs/{run}/migrate': {
      path: '/v1/runs/{audited-run-6}/migrate',
      body: { version: 2, nodes: { 'wait-1': 'wait-1' }, confirmed: { 'wait-1': 1 }, ...because },
      given: () => waiting('audited-run-6', 'audited-6'),
      line: {
        action: 'run.migrate',
        reason: 'because',
        before: { version: 1 },
        after: expect.objectContaining({ version: 2 }),
      },
    },
    'POST /v1/staff-lists/{run}/outcomes': {
      path: '/v1/staff-lists/{audited-run-7}/outcomes',
      body: { outcomes: [{ message: 'audited-call', outcome: 'no_answer' }] },
      given: async () => {
        await customer('audited-7');
        await ofRun('audited-run-7')();
        await stack().pool.query(
          `insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template,
             body, decided_at, not_after, handover_at)
           values ('audited-call', $1, 'call', 1, 'audited-7', 0, 1, 'call', 'information', false, 'staff', 0, 'accepted', 't@1', '', now(), now(), now())`,
          [runs.get('audited-run-7')],
        );
      },
      line: { action: 'staff-list.outcomes', after: { no_answer: 1 } },
    },
    'POST /v1/attention/{kind}/{name}/clear': {
      path: '/v1/attention/gateway/audited-gate/clear',
      body: because,
      given: () =>
        stack().pool.query(
          `insert into queues (kind, name, shard, attention) values ('delivery', 'audited-gate', 0, '418')`,
        ),
      line: { action: 'queue.clear', reason: 'because', before: any, after: { stopped: [] } },
    },
    'POST /v1/controls/{scope}': {
      path: '/v1/controls/channel/alimtalk',
      body: { state: 'paused', ...because },
      line: { action: 'control.paused', reason: 'because', before: 'running', after: 'paused' },
    },
  };

  describe('the audit log', () => {
    const changing = async () => {
      const { paths } = await stack().ok('GET', '/openapi.json');
      return Object.entries(paths as Record<string, Record<string, unknown>>)
        .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
        .filter((name) => !name.startsWith('GET ') && !NO_CHANGE.test(name) && !MADE_ELSEWHERE.test(name));
    };
    const lines = async () =>
      (await stack().pool.query<Line>('select actor, action, reason, before, after from audit_log order by no')).rows;

    it('knows every operation that changes something', async () => {
      // refused once a run exists, and here there are some
      expect((await changing()).filter((name) => name !== 'POST /v1/business-epoch').sort()).toEqual(
        Object.keys(changes).sort(),
      );
    });

    it.each(Object.entries(changes))('%s is in it, once', async (name, { path, body, headers, given, line }) => {
      await given?.();
      const before = (await lines()).length;
      const at = path.replace(/\{([^}]+)\}/, (_, key: string) => runs.get(key) ?? '');
      const said = typeof headers === 'function' ? await headers() : headers;
      const reply = await stack().request(name.split(' ')[0] ?? '', at, body, said ? { headers: said } : {});
      expect([reply.status < 300, reply.body]).toEqual([true, any]);
      const added = (await lines()).slice(before).filter(({ action }) => action === line.action);
      const { id } = await stack().one<{ id: string }>(
        `select id from api_keys where role = 'admin' and name = 'admin'`,
      );
      expect(added).toEqual([{ actor: id, reason: null, before: null, ...line }]);
    });
  });
}
