/**
 * Role × endpoint, generated from the API's own description: whoever is not among an operation's roles is refused before anything of the request is
 * looked at, whoever is among them is not; without a key, nobody gets anywhere.
 */
import { describe, expect, it } from '@jest/globals';
import { ROLES, type Role } from '../../src/storage/keys.store.js';
import { PERSON_ROLES } from '../../src/storage/people.store.js';
import { signedIn } from '../support/browser.js';
import type { Reply, Stack } from '../support/stack.js';

interface Operation {
  method: string;
  path: string;
  roles: Role[] | null;
  signed: boolean;
}

type By = (role: Role) => Promise<(method: string, path: string, body?: string) => Promise<Reply>>;

export function roleCases(stack: () => Stack): void {
  /** Path parameters are of nothing that exists (but for systems that sign), and the body is faulty: what is allowed changes nothing. */
  const call = async ({ method, path }: Operation, send: Awaited<ReturnType<By>>): Promise<Reply> => {
    const at = path
      .replace('{gateway}', 'sim-gate')
      .replace('{provider}', 'sim-pay')
      .replaceAll(/\{[^}]+\}/g, 'none-such');
    for (;;) {
      const reply = await send(method, at, method === 'GET' ? undefined : '[]');
      // the limit is for all callers together; whoever meets it asks again
      if (reply.status !== 429) return reply;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  const authorized = (authorization: string) => (method: string, path: string, body?: string) =>
    stack().request(method, path, body, { headers: { authorization, 'content-type': 'application/json' } });
  const byKey: By = async (role) => authorized(`Bearer ${stack().keys[role]}`);
  const bySession: By = async (role) => {
    const { browser } = await signedIn(stack(), [role]);
    return (method, path, body) => browser.send(method, path, body);
  };
  async function operations(): Promise<Operation[]> {
    const { paths } = await stack().ok('GET', '/openapi.json');
    return Object.entries(paths as Record<string, Record<string, Record<string, unknown>>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        roles: (operation['x-roles'] as Role[] | undefined) ?? null,
        signed: /(receipts|provider-callbacks)\//.test(path),
      })),
    );
  }
  const kindOf = (reply: { body: unknown }) => (reply.body as { type?: string } | null)?.type?.split(':').at(-1) ?? '';

  describe('of every endpoint', () => {
    it.each<[Role, string, By]>([
      ...ROLES.map((role): [Role, string, By] => [role, 'key', byKey]),
      ...PERSON_ROLES.map((role): [Role, string, By] => [role, 'session', bySession]),
    ])('a %s by %s is refused exactly where the description says so', async (role, _, by) => {
      const send = await by(role);
      const wrong: string[] = [];
      let refused = 0;
      for (const operation of await operations()) {
        // there, a key in the path says who calls
        if (!operation.roles || (by === bySession && operation.path.includes('{writeKey}'))) continue;
        const reply = await call(operation, send);
        const name = `${operation.method} ${operation.path}`;
        const forbidden = reply.status === 403 && kindOf(reply) === 'forbidden';
        if (forbidden === operation.roles.includes(role)) wrong.push(`${name}: ${reply.status} ${kindOf(reply)}`);
        if (reply.status === 401 || reply.status >= 500) wrong.push(`${name}: ${reply.status}`);
        if (forbidden) refused += 1;
      }
      expect(wrong).toEqual([]);
      if (role !== 'admin') expect(refused).toBeGreaterThan(5);
    });

    it('nothing but health, metrics, the description, links of messages and the way in is open to nobody, and signatures stand for keys where systems call', async () => {
      const open: string[] = [];
      for (const operation of await operations()) {
        const reply = await call(operation, authorized(''));
        if (reply.status !== 401) open.push(operation.path);
        else expect(kindOf(reply)).toBe(operation.signed ? 'signature' : 'unauthenticated');
      }
      expect(
        [...new Set(open)].filter((path) => !/^\/(health|metrics|v1\/unsubscribe\/|v1\/session)/.test(path)),
      ).toEqual([]);
    });

    it('duties are apart: who writes does not approve, who approves does not write, money is finance’s, sources only tell, apps speak for a customer', async () => {
      const may = (role: Role, all: readonly Operation[]) =>
        all
          .filter((one) => one.method !== 'GET' && one.roles?.includes(role))
          .map(({ method, path }) => `${method} ${path}`);
      const all = await operations();
      expect(may('marketer', all)).not.toContain('POST /v1/campaigns/{key}/approve');
      expect(may('approver', all)).toEqual(
        expect.arrayContaining(['POST /v1/campaigns/{key}/approve', 'POST /v1/campaigns/validate']),
      );
      expect(
        may('approver', all).filter((name) => /^PUT|launch|pause|resume|end$|fundings|owed|payouts/.test(name)),
      ).toEqual([]);
      for (const role of ['marketer', 'approver', 'source', 'app', 'operator'] as const)
        expect([role, may(role, all).filter((name) => /fundings|budgets/.test(name))]).toEqual([role, []]);
      const tells = /^POST \/(v1\/)?(identify|track|page|screen|group|alias|batch|[itpsgab]|cloudevents)$/;
      expect(may('source', all).filter((name) => !tells.test(name))).toEqual([]);
      const reads = (role: Role) =>
        all.filter((one) => one.method === 'GET' && one.roles?.includes(role)).map(({ path }) => path);
      // its key may lie in a page, and is everybody's there
      expect(reads('source').filter((path) => !path.endsWith('/projects/{writeKey}/settings'))).toEqual([]);
      expect(new Set(may('app', all).filter((name) => !tells.test(name)))).toEqual(
        new Set(['POST /v1/inbox/{customer}/events', 'POST /v1/runs/{run}/entrants']),
      );
      expect(reads('app')).toEqual(['/v1/inbox/{customer}']);
      for (const role of ['marketer', 'approver', 'finance', 'operator', 'source', 'app'] as const)
        expect([role, may(role, all).filter((name) => /\/v1\/(keys|people)/.test(name))]).toEqual([role, []]);
    });
  });
}
