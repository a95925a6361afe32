/**
 * Changes of what campaigns are made of, for audit.cases.ts: segments, templates, policies, budgets, exclusion lists.
 */
import { expect } from '@jest/globals';
import { BOX_CONTENT } from '../support/lucky-box.js';
import type { Stack } from '../support/stack.js';

export interface Line {
  actor: string;
  action: string;
  reason: string | null;
  before: unknown;
  after: unknown;
}
export interface Change {
  path: string;
  body?: unknown;
  headers?: Record<string, string> | (() => Promise<Record<string, string>>);
  /** What has to be there first. */
  given?: () => Promise<unknown>;
  /** Of the line; `before` where there was something. */
  line: Partial<Line> & { action: string; after: unknown };
}

/** `names`: what a change's own `given` makes, for its path; known only then. */
export function definitionChanges(stack: () => Stack, names: Map<string, string>): Record<string, Change> {
  const rule = (value: string) => ({ combinator: 'and', rules: [{ field: 'attribute.grade', operator: '=', value }] });
  const put = (path: string, body: object) => stack().ok('PUT', path, body);
  const any = expect.anything();
  const because = { reason: 'because' };
  const raise = { kind: 'raise', amount: { value: '5', currency: 'KRW' }, ...because };
  /** Another person has asked to raise the budget. */
  const asked = (key: string) => async () => {
    await put(`/v1/budgets/${key}`, { name: key, currency: 'KRW' });
    const { no } = await stack().ok('POST', `/v1/budgets/${key}/changes`, raise, { as: 'finance' });
    names.set(key, String(no));
  };
  const retry = { selector: { what: 'queues', kind: 'gateway', name: 'audited-retry' }, ...because };
  /** Another person has asked for a retry. */
  const planned = (name: string) => async () => {
    await stack().pool.query(
      `insert into queues (kind, name, shard) values ('delivery', 'audited-retry', 0) on conflict do nothing`,
    );
    names.set(name, String((await stack().ok('POST', '/v1/retries', retry, { as: 'operator' })).no));
  };
  const begun = { action: 'retry.begin', ...because, after: expect.objectContaining({ acts: 0 }) };
  const cap = { scope: { kind: 'all' }, window: { kind: 'calendar', unit: 'day' }, active: false };
  return {
    'PUT /v1/segments/{key}': {
      path: '/v1/segments/audited',
      body: { name: 'second', rule: rule('gold') },
      given: () => put('/v1/segments/audited', { name: 'first', rule: rule('gold') }),
      line: {
        action: 'segment.put',
        before: expect.objectContaining({ name: 'first' }),
        after: expect.objectContaining({ name: 'second' }),
      },
    },
    'POST /v1/retries': {
      path: '/v1/retries',
      body: retry,
      line: { action: 'retry.plan', ...because, after: expect.objectContaining({ selector: retry.selector }) },
    },
    'POST /v1/retries/{no}/start': {
      path: '/v1/retries/{retry-1}/start',
      given: planned('retry-1'),
      line: begun,
    },
    'POST /v1/retries/{no}/approve': {
      path: '/v1/retries/{retry-2}/approve',
      given: planned('retry-2'),
      line: begun,
    },
    'PUT /v1/templates/{key}': {
      path: '/v1/templates/audited',
      body: { channel: 'push', body: 'second' },
      given: () => put('/v1/templates/audited', { channel: 'push', body: 'first' }),
      line: {
        action: 'template.put',
        before: expect.objectContaining({ body: 'first' }),
        after: expect.objectContaining({ body: 'second' }),
      },
    },
    'PUT /v1/contact-policies/{key}': {
      path: '/v1/contact-policies/audited',
      body: { scope: { kind: 'channel', value: 'email' }, window: { kind: 'calendar', unit: 'day' }, cap: 9 },
      given: () =>
        put('/v1/contact-policies/audited', {
          scope: { kind: 'channel', value: 'email' },
          window: { kind: 'calendar', unit: 'day' },
          cap: 8,
        }),
      line: {
        action: 'contact-policy.put',
        before: expect.objectContaining({ cap: 8 }),
        after: expect.objectContaining({ cap: 9 }),
      },
    },
    'PUT /v1/reward-caps/{key}': {
      path: '/v1/reward-caps/audited',
      body: { ...cap, limit: { kind: 'count', max: 9 } },
      given: () => put('/v1/reward-caps/audited', { ...cap, limit: { kind: 'count', max: 8 } }),
      line: {
        action: 'reward-cap.put',
        before: expect.objectContaining({ limit: { kind: 'count', max: 8 } }),
        after: expect.objectContaining({ limit: { kind: 'count', max: 9 } }),
      },
    },
    'PUT /v1/retention/{kind}': {
      path: '/v1/retention/requests',
      body: { days: 20, ...because },
      given: () => put('/v1/retention/requests', { days: 30, ...because }),
      line: {
        action: 'retention.put',
        reason: 'because',
        before: expect.objectContaining({ days: 30 }),
        after: expect.objectContaining({ days: 20 }),
      },
    },
    'PUT /v1/budgets/{key}': {
      path: '/v1/budgets/audited',
      body: { name: 'second', currency: 'KRW' },
      given: () => put('/v1/budgets/audited', { name: 'first', currency: 'KRW' }),
      line: {
        action: 'budget.put',
        before: expect.objectContaining({ name: 'first' }),
        after: expect.objectContaining({ name: 'second' }),
      },
    },
    'POST /v1/budgets/{key}/fundings': {
      path: '/v1/budgets/funded/fundings',
      body: { amount: { value: '5', currency: 'KRW' }, reference: 'note-1' },
      given: () => put('/v1/budgets/funded', { name: 'funded', currency: 'KRW' }),
      line: {
        action: 'budget.fund',
        reason: 'note-1',
        before: { available: any },
        after: expect.objectContaining({ reference: 'note-1' }),
      },
    },
    'POST /v1/budgets/{key}/changes': {
      path: '/v1/budgets/raised/changes',
      body: raise,
      given: () => put('/v1/budgets/raised', { name: 'raised', currency: 'KRW' }),
      line: {
        action: 'budget.raise.request',
        reason: 'because',
        after: { change: any, kind: 'raise', amount: 5, currency: 'KRW' },
      },
    },
    'POST /v1/budgets/{key}/changes/{no}/approve': {
      path: '/v1/budgets/asked-1/changes/{asked-1}/approve',
      given: asked('asked-1'),
      line: {
        action: 'budget.raise',
        reason: 'because',
        before: { available: 0, closed: false, requestedBy: any },
        after: expect.objectContaining({ amount: 5, currency: 'KRW' }),
      },
    },
    'POST /v1/budgets/{key}/changes/{no}/refuse': {
      path: '/v1/budgets/asked-2/changes/{asked-2}/refuse',
      body: because,
      given: asked('asked-2'),
      line: { action: 'budget.raise.refuse', reason: 'because', before: { requestedBy: any }, after: { change: any } },
    },
    'PUT /v1/exclusion-lists/{key}': {
      path: '/v1/exclusion-lists/audited',
      body: { name: 'second' },
      given: () => put('/v1/exclusion-lists/audited', { name: 'first' }),
      line: {
        action: 'exclusion-list.put',
        before: expect.objectContaining({ name: 'first' }),
        after: expect.objectContaining({ name: 'second' }),
      },
    },
    'POST /v1/exclusion-lists/{key}/entries': {
      path: '/v1/exclusion-lists/entered/entries',
      body: { entries: [{ customer: 'nobody' }] },
      given: () => put('/v1/exclusion-lists/entered', { name: 'entered' }),
      line: { action: 'exclusion-list.entries', after: { entries: 1 } },
    },
    'POST /v1/exclusion-lists/{key}/upload': {
      path: '/v1/exclusion-lists/filed/upload',
      body: 'id\nnobody\n',
      headers: { 'content-type': 'text/csv' },
      given: () => put('/v1/exclusion-lists/filed', { name: 'filed' }),
      line: { action: 'exclusion-list.upload', after: expect.objectContaining({ mode: 'add', added: 1, unknown: 1 }) },
    },
    'PUT /v1/coupon-pools/{key}': {
      path: '/v1/coupon-pools/audited',
      body: { name: 'second', warnBelow: 2 },
      given: () => put('/v1/coupon-pools/audited', { name: 'first' }),
      line: {
        action: 'coupon-pool.put',
        before: expect.objectContaining({ name: 'first', warnBelow: 0 }),
        after: { name: 'second', warnBelow: 2 },
      },
    },
    'PUT /v1/lucky-boxes/{key}': {
      path: '/v1/lucky-boxes/audited',
      body: { ...BOX_CONTENT, name: 'second' },
      given: () => put('/v1/lucky-boxes/audited', { ...BOX_CONTENT, name: 'first' }),
      line: {
        action: 'lucky-box.put',
        before: expect.objectContaining({ name: 'first' }),
        after: expect.objectContaining({ name: 'second' }),
      },
    },
    'POST /v1/coupon-pools/{key}/upload': {
      path: '/v1/coupon-pools/filled/upload',
      body: 'code\nAUDITED-1\n',
      headers: { 'content-type': 'text/csv' },
      given: () => put('/v1/coupon-pools/filled', { name: 'filled' }),
      line: {
        action: 'coupon-pool.upload',
        after: { upload: 'filled@1', rows: 1, added: 1, duplicates: 0, rejected: 0, validUntil: null },
      },
    },
    'POST /v1/rates/{kind}/{name}': {
      path: '/v1/rates/gateway/sim-gate',
      body: { perSecond: 7, ...because },
      line: { action: 'rate.set', reason: 'because', before: { perSecond: null }, after: { perSecond: 7 } },
    },
    'POST /v1/segments/{key}/upload': {
      path: '/v1/segments/audited-list/upload?name=listed',
      body: 'id\nnobody\n',
      headers: { 'content-type': 'text/csv' },
      line: { action: 'segment.put', after: expect.objectContaining({ name: 'listed' }) },
    },
  };
}
