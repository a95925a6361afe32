/**
 * One campaign twice: its segment asked of Postgres, and of the bank's data lake. The same people get the push, every figure is the same, and
 * who is in the lake alone is counted.
 */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../api/problems.js';
import { customers, defineBasics, importCustomers, launch, oneSend, settled } from '../support/campaigns.js';
import { writeParquet } from '../support/lake.js';
import { Stack } from '../support/stack.js';

const COUNT = 60;
const STRANGERS = 5;
const DAY = 86_400_000;
const RULE = {
  combinator: 'and',
  rules: [
    { field: 'attribute.grade', operator: '=', value: 'gold' },
    {
      field: 'event.sum',
      operator: '>=',
      value: 20_000,
      of: {
        event: 'purchase',
        property: 'amount',
        window: { kind: 'calendar', unit: 'month', back: 1, count: 2, zone: 'Asia/Seoul' },
      },
    },
  ],
};

describe('a segment of the data lake', () => {
  const base = mkdtempSync(join(tmpdir(), 'pado-lake-'));
  const folder = join(base, 'lake');
  const PADO_SOURCES = JSON.stringify([
    {
      name: 'lake',
      folder,
      customers: { files: 'customers.parquet', id: 'id', fields: { 'attribute.grade': 'grade' } },
      events: [
        {
          files: 'purchases/*.parquet',
          event: 'purchase',
          customer: 'customer',
          at: 'at',
          properties: { amount: { column: 'amount', type: 'number' } },
        },
      ],
    },
  ]);
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({
      epoch: '2026-03-03T12:10:00+09:00',
      env: { api: { PADO_SOURCES }, worker: { PADO_SOURCES } },
    });
    await defineBasics(stack);
    const people = customers(COUNT, (n) => (n % 10 === 0 ? { consents: { 'push:advertising': false } } : {}));
    await importCustomers(stack, people);
    const now = await stack.businessNow();
    const bought = [
      ...people.map(({ id }) => id),
      ...Array.from({ length: STRANGERS }, (_, n) => `stranger-${n}`),
    ].flatMap((customer, n) =>
      [0, 40, 80].map((days, k) => ({
        customer,
        at: new Date(now - days * DAY - (n + 1) * 60_000),
        amount: ((n + k) % 5) * 7_000,
      })),
    );
    const batch = bought
      .filter(({ customer }) => !customer.startsWith('stranger'))
      .map(({ customer, at, amount }, n) => ({
        type: 'track',
        messageId: `p${n}`,
        userId: customer,
        event: 'purchase',
        timestamp: at.toISOString(),
        properties: { amount },
      }));
    await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
    const known = people.map(({ id, attributes }) => ({ id, grade: String(attributes?.['grade']) }));
    await writeParquet(folder, {
      'customers.parquet': {
        columns: { id: 'varchar', grade: 'varchar' },
        rows: [...known, ...Array.from({ length: STRANGERS }, (_, n) => ({ id: `stranger-${n}`, grade: 'gold' }))],
      },
      'purchases/2026.parquet': {
        columns: { customer: 'varchar', at: 'timestamptz', amount: 'integer' },
        rows: bought,
      },
    });
    await stack.ok('PUT', '/v1/segments/here', { name: 'here', rule: RULE }, { as: 'marketer' });
    await stack.ok('PUT', '/v1/segments/there', { name: 'there', rule: RULE, source: 'lake' }, { as: 'marketer' });
  });
  afterAll(async () => {
    await stack.stop();
    rmSync(base, { recursive: true, force: true });
  });

  const sampled = async (key: string) =>
    await stack.ok('POST', `/v1/segments/${key}/sample`, { size: 100 }, { as: 'marketer' });
  const idsOf = (sample: { customers: { id: string }[] }) => sample.customers.map(({ id }) => id).sort();
  const sentTo = async (run: string) => {
    const { rows } = await stack.pool.query<{ id: string }>(
      `select customer_id as id from outbox where run_id = $1 and state = 'accepted' order by customer_id`,
      [run],
    );
    return rows.map(({ id }) => id);
  };

  it('counts and samples those whom the same rule selects in Postgres', async () => {
    const [here, there] = [await sampled('here'), await sampled('there')];
    expect(idsOf(there)).toEqual(idsOf(here));
    expect(here.customers.length).toBeGreaterThan(5);
    expect(here.unmatched).toBe(0);
    const counts = await Promise.all(['here', 'there'].map((key) => stack.ok('POST', `/v1/segments/${key}/count`)));
    expect(counts[1].count).toBe(counts[0].count + there.unmatched);
    expect(there.unmatched).toBeGreaterThan(0);
    const { sources } = await stack.ok('GET', '/v1/segment-fields', undefined, { as: 'marketer' });
    expect(sources).toEqual([
      { name: 'lake', fields: ['id', 'attribute.grade'], properties: ['amount'], events: ['purchase'] },
    ]);
    const { items } = await stack.ok('GET', '/v1/segment-sources', undefined, { as: 'marketer' });
    const files = { files: 1, bytes: expect.any(Number), newestAt: expect.stringMatching(/Z$/) };
    expect(items).toEqual([{ name: 'lake', customers: files, events: files }]);
  });

  it('has the same funnel, the same messages and the same figures', async () => {
    const figures = [];
    for (const segment of ['here', 'there']) {
      const draft = oneSend({ key: `from-${segment}`, segment });
      const run = await launch(stack, draft, segment);
      await settled(stack, run);
      const funnel = await stack.ok('POST', `/v1/campaigns/from-${segment}/funnel`, {}, { as: 'marketer' });
      const { unmatched, audience } = await stack.ok('GET', `/v1/runs/${run}`);
      const { waves } = await stack.ok('GET', `/v1/runs/${run}/report`);
      figures.push({ sent: await sentTo(run), audience, waves, funnel: { ...funnel, asOf: null }, unmatched });
    }
    const [here, there] = figures;
    expect({ ...there, unmatched: null }).toEqual(here);
    expect(here?.sent.length).toBeGreaterThan(3);
    expect(there?.unmatched).toBe((await sampled('there')).unmatched);
  });

  it('is asked about somebody whom it did not select', async () => {
    const why = await stack.ok('GET', '/v1/customers/c00002/why?campaign=from-there', undefined, { as: 'marketer' });
    expect(why.answer).toContain('is not in segment there@1');
  });

  it('waits for files that are not there, and is frozen once when they are', async () => {
    renameSync(folder, `${folder}-away`);
    expectProblem(await stack.request('POST', '/v1/segments/there/count'), 503, 'unavailable', [
      { pointer: '/source' },
    ]);
    const { items } = await stack.ok('GET', '/v1/segment-sources', undefined, { as: 'marketer' });
    expect(items[0].customers).toEqual({ files: 0, bytes: 0, newestAt: null });
    const run = await launch(stack, oneSend({ key: 'later', segment: 'there' }), 'later');
    expect((await stack.one<{ state: string }>('select state from runs where id = $1', [run])).state).toBe('opening');
    renameSync(`${folder}-away`, folder);
    await settled(stack, run);
    const { n } = await stack.one<{ n: string }>('select count(*) as n from participants where run_id = $1', [run]);
    expect(Number(n)).toBe((await sampled('there')).customers.length);
  });

  it('is not waited for by whoever stops the run: it opens with nobody, and closes', async () => {
    renameSync(folder, `${folder}-away`);
    const run = await launch(stack, oneSend({ key: 'ended', segment: 'there' }), 'ended');
    const stop = { reason: 'the files do not come' };
    await stack.ok('POST', `/v1/runs/${run}/stop`, stop, { as: 'operator' });
    await settled(stack, run);
    renameSync(`${folder}-away`, folder);
    expect(await stack.ok('GET', `/v1/runs/${run}`)).toMatchObject({ state: 'closed', audience: 0, unmatched: 0 });
  });

  it('is refused where customers are asked about one by one, and keeps its source', async () => {
    const put = (path: string, body: object) => stack.request('PUT', path, body);
    const nobody = { combinator: 'and', rules: [{ field: 'id', operator: '=', value: 'x' }] };
    const named = { combinator: 'and', rules: [{ field: 'segment', operator: '=', value: 'there' }] };
    expectProblem(await put('/v1/segments/named', { name: 'n', rule: named }), 422, 'unprocessable', [
      { pointer: '/rule/rules/0' },
    ]);
    expect((await put('/v1/segments/inside', { name: 'n', rule: named, source: 'lake' })).status).toBe(200);
    expectProblem(await put('/v1/segments/there', { name: 'n', rule: nobody }), 422, 'unprocessable', [
      { pointer: '/source' },
    ]);
    expectProblem(await put('/v1/segments/new', { name: 'n', rule: nobody, source: 'sea' }), 422, 'unprocessable', [
      { pointer: '/source' },
    ]);
    const unknown = { combinator: 'and', rules: [{ field: 'attribute.age', operator: '=', value: 1 }] };
    expectProblem(await put('/v1/segments/new', { name: 'n', rule: unknown, source: 'lake' }), 422, 'unprocessable', [
      { pointer: '/rule/rules/0' },
    ]);
    expectProblem(await put('/v1/exclusion-lists/x', { name: 'x', segment: 'there' }), 422, 'unprocessable', [
      { pointer: '/segment' },
    ]);
    const draft = {
      ...oneSend({ key: 'one-by-one', segment: 'there' }),
      start: { type: 'event', event: 'purchase', entry: { policy: 'once' } },
    };
    await put('/v1/campaigns/one-by-one', draft);
    const validated = await stack.request('POST', '/v1/campaigns/one-by-one/validate', undefined, { as: 'marketer' });
    expect(JSON.stringify(validated.body)).toContain('is of the source lake');
    const upload = await fetch(`${stack.api.url}/v1/segments/there/upload?name=x`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.keys.marketer}`, 'content-type': 'text/csv' },
      body: 'id\nc00001\n',
    });
    expect(upload.status).toBe(409);
  });

  it('leaves clean books', async () => {
    await stack.auditClean();
  });
});
