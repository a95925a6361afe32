/**
 * Who may call what, and what everybody may see: health and the description of the API.
 */
import { describe, expect, it } from '@jest/globals';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

export function accessCases(stack: () => Stack): void {
  const as = (key: string) => ({ headers: { authorization: key } });

  describe('a key', () => {
    it.each<[string, () => string]>([
      ['none', () => ''],
      ['one that is no key', () => 'Bearer nonsense'],
      ['one with another secret', () => `Bearer ${stack().keys.admin.slice(0, -4)}AAAA`],
      ['one in another scheme', () => `Digest ${stack().keys.admin}`],
    ])('is needed: %s is 401 and says how to authenticate', async (_, key) => {
      const reply = await stack().request('GET', '/v1/campaigns', undefined, as(key()));
      expectProblem(reply, 401, 'unauthenticated');
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
    });

    it.each([
      ['source', 'GET', '/v1/campaigns'],
      ['source', 'GET', '/v1/customers/c00001'],
      ['source', 'GET', '/v1/runs'],
      ['source', 'PUT', '/v1/segments/s'],
      ['source', 'GET', '/v1/inbox/c00001'],
      ['source', 'POST', '/v1/inbox/c00001/events'],
      ['source', 'POST', '/v1/runs/r/entrants'],
      ['app', 'GET', '/v1/customers/c00001'],
      ['app', 'GET', '/v1/runs'],
      ['marketer', 'POST', '/v1/customers'],
      ['marketer', 'POST', '/v1/batch'],
      ['approver', 'PUT', '/v1/campaigns/c'],
      ['finance', 'POST', '/v1/campaigns/c/launch'],
      ['operator', 'POST', '/v1/budgets/main/fundings'],
    ] as const)('of a %s may not %s %s', async (role, method, path) => {
      expectProblem(
        await stack().request(method, path, method === 'GET' ? undefined : {}, { as: role }),
        403,
        'forbidden',
      );
    });
  });

  describe('what is not there', () => {
    it('is a 404 problem, for things and for paths', async () => {
      expectProblem(await stack().request('GET', '/v1/campaigns/none'), 404, 'not_found');
      expectProblem(await stack().request('GET', '/v1/nothing'), 404, 'not_found');
    });

    it.each([
      ['/v1/runs/%00', [{ parameter: 'run' }]],
      ['/v1/campaigns/a%00b', [{ parameter: 'key' }]],
      ['/v1/payouts?since=0000-01-01T00:00:00Z', [{ parameter: 'since' }]],
      [`/v1/runs?cursor=${Buffer.from('2024 x').toString('base64url')}`, []],
    ])('is a problem of the caller where nothing can be stored like it: %s', async (path, faults) => {
      expectProblem(await stack().request('GET', path), 400, 'invalid', faults);
    });
  });

  describe('health', () => {
    it('is told to anybody', async () => {
      expect((await stack().request('GET', '/health/live', undefined, as(''))).body).toEqual({ status: 'ok' });
      const ready = await stack().request('GET', '/health/ready', undefined, as(''));
      expect([ready.status, ready.body]).toEqual([
        200,
        { status: 'ok', checks: { postgres: 'up', redis: 'up', temporal: 'up' } },
      ]);
    });
  });

  describe('/openapi.json', () => {
    it('is OpenAPI 3.1, and says for every operation who may call it and which problems it has', async () => {
      const { status, body } = await stack().request('GET', '/openapi.json', undefined, as(''));
      expect([status, body.openapi]).toEqual([200, expect.stringMatching(/^3\.1\./)]);
      const operations = Object.entries(body.paths as Record<string, Record<string, Record<string, unknown>>>).flatMap(
        ([path, methods]) =>
          Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
      );
      expect(operations.length).toBeGreaterThan(30);
      const text = JSON.stringify(body);
      for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
        expect(body.components.schemas).toHaveProperty(name as string);
      for (const { name, operation } of operations) {
        expect([name, Object.keys(operation['responses'] as object)]).toEqual([name, expect.arrayContaining(['500'])]);
        const open = /(health|metrics|receipts|provider-callbacks|unsubscribe|v1\/session)/.test(name);
        expect([name, Array.isArray(operation['x-roles']) || open]).toEqual([name, true]);
      }
    });
  });
}
