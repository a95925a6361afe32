/**
 * People over the API: a session that a foreign page cannot use, plant or guess, and one person who stays one, by whatever session or key.
 */
import { describe, expect, it } from '@jest/globals';
import { SYSTEM_ROLES } from '../../src/storage/keys.store.js';
import { seen, twoWaves } from '../support/campaigns.js';
import { Browser, linkFor, signedIn } from '../support/browser.js';
import type { Stack } from '../support/stack.js';
import { expectProblem } from './problems.js';

const because = { reason: 'because' };

export function peopleCases(stack: () => Stack): void {
  const anyone = () => new Browser(() => stack().api.url);
  const keyOf = async (owner: string, role: string) =>
    `Bearer ${(await stack().ok('POST', '/v1/keys', { name: 'own', role, owner, ...because })).key}`;

  describe('a session', () => {
    it('begins by a one-time link, once, and is a cookie that no script reads and no other site sends', async () => {
      const { browser, id, link } = await signedIn(stack(), ['marketer', 'finance']);
      expect(browser.setCookies).toEqual([
        expect.stringMatching(/^pado_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
      ]);
      const told = await browser.send('GET', '/v1/session');
      expect(told.body).toEqual({
        person: { id, name: expect.any(String), roles: ['marketer', 'finance'] },
        csrf: browser.csrf,
      });
      expect(told.headers.get('cache-control')).toBe('no-store');
      expectProblem(await anyone().signIn({ link }), 401, 'unauthenticated');
    });

    it('is a new one at every sign-in: what somebody planted lets nobody in', async () => {
      const attacker = await signedIn(stack(), ['marketer']);
      const victim = anyone();
      const { account } = await signedIn(stack(), ['finance']);
      for (const planted of [attacker.browser.session, 'A'.repeat(43)]) {
        victim.cookies.set('pado_session', planted);
        await victim.signIn({ link: await linkFor(stack(), account) });
        expect(victim.session).not.toBe(planted);
        attacker.browser.cookies.set('pado_session', planted);
        expectProblem(await attacker.browser.send('GET', '/v1/session'), 401, 'unauthenticated');
      }
    });

    it('of two cookies is none: one of them would be somebody else’s', async () => {
      const { browser } = await signedIn(stack(), ['marketer']);
      const cookie = `pado_session=${browser.session}; pado_session=${'A'.repeat(43)}`;
      expectProblem(await browser.send('GET', '/v1/session', undefined, { cookie }), 401, 'unauthenticated');
    });

    it('ends when its person signs out', async () => {
      const { browser } = await signedIn(stack(), ['marketer']);
      const { session } = browser;
      expect((await browser.send('DELETE', '/v1/session')).status).toBe(204);
      expect(browser.session).toBe('');
      browser.cookies.set('pado_session', session);
      expectProblem(await browser.send('GET', '/v1/session'), 401, 'unauthenticated');
      expectProblem(await browser.send('GET', '/v1/campaigns'), 401, 'unauthenticated');
    });

    it('is nothing that a key has', async () => {
      expectProblem(await stack().request('GET', '/v1/session'), 401, 'unauthenticated');
    });

    const change = (browser: Browser, headers: Record<string, string> = {}) =>
      browser.send('PUT', '/v1/exclusion-lists/own-page', { name: 'n' }, headers);
    it.each<[string, Record<string, string>]>([
      ['without its csrf value', { 'x-pado-csrf': '' }],
      ['with another session’s', { 'x-pado-csrf': 'A'.repeat(43) }],
      ['from a foreign origin', { origin: 'https://evil.example' }],
      ['from an origin that is hidden', { origin: 'null' }],
      ['from another port of this host', { origin: 'http://127.0.0.1:1' }],
      ['from another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
      ['from a neighbour of the site', { 'sec-fetch-site': 'same-site' }],
    ])('changes nothing %s', async (_, headers) => {
      const { browser } = await signedIn(stack(), ['marketer', 'operator']);
      expectProblem(await change(browser, headers), 403, 'cross_site');
      expectProblem(await browser.send('DELETE', '/v1/session', undefined, headers), 403, 'cross_site');
      expect((await change(browser)).status).toBe(200);
    });

    it('is not begun by a foreign page either', async () => {
      const { account } = await signedIn(stack(), ['marketer']);
      const link = await linkFor(stack(), account);
      const foreign = { origin: 'https://evil.example' };
      expectProblem(await anyone().send('POST', '/v1/session', { link }, foreign), 403, 'cross_site');
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      expect((await anyone().send('POST', '/v1/session', `link=${link}`, form)).status).toBeGreaterThanOrEqual(400);
      expect((await anyone().signIn({ link })).status).toBe(200);
    });

    it('needs no csrf value beside a key', async () => {
      const { browser, id } = await signedIn(stack(), ['operator']);
      const authorization = await keyOf(id, 'operator');
      expect((await change(browser, { authorization, 'x-pado-csrf': '', origin: 'https://a.example' })).status).toBe(
        200,
      );
    });
  });

  describe('a password', () => {
    it('is set by its person and lets them in; guessing is stopped, and a name tells nothing', async () => {
      const { browser, account } = await signedIn(stack(), ['marketer']);
      const set = (body: object) => browser.send('PUT', '/v1/session/password', body);
      expectProblem(await set({ password: 'too short' }), 400, 'invalid', [{ pointer: '/password' }]);
      expect((await set({ password: 'long enough, it is' })).status).toBe(204);
      expectProblem(await set({ password: 'yet another one' }), 422, 'unprocessable', [{ pointer: '/current' }]);
      expect((await anyone().signIn({ account, password: 'long enough, it is' })).status).toBe(200);
      const nobody = await anyone().signIn({ account: 'nobody', password: 'guess' });
      const guesses = [];
      for (let n = 0; n < 9; n += 1) guesses.push(await anyone().signIn({ account, password: `guess ${n}` }));
      expect(guesses.map(({ status }) => status)).toEqual([...Array(8).fill(401), 429]);
      expect(guesses[0]?.body).toEqual(nobody.body);
      const late = await anyone().signIn({ account: account.toUpperCase(), password: 'long enough, it is' });
      expectProblem(late, 429, 'too_many_requests');
      expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    });
  });

  describe('people', () => {
    it('are kept by an administrator, who changes nothing about themselves', async () => {
      const { browser, id, account } = await signedIn(stack(), ['admin']);
      const own = (move: string, body: object = because, method = 'POST') =>
        browser.send(method, `/v1/people/${account}/${move}`, body);
      expectProblem(await own('roles', { roles: ['admin', 'finance'], ...because }, 'PUT'), 403, 'own_work');
      for (const move of ['suspend', 'resume', 'reset']) expectProblem(await own(move), 403, 'own_work');
      const body = { account, name: 'again', roles: [], ...because };
      expectProblem(await browser.send('POST', '/v1/people', body), 409, 'conflict');
      expectProblem(await browser.send('POST', '/v1/people', { ...body, account: undefined }), 400, 'invalid', [
        { pointer: '/account' },
      ]);
      const likeAnId = { ...body, account: id };
      expectProblem(await browser.send('POST', '/v1/people', likeAnId), 400, 'invalid', [{ pointer: '/account' }]);
      for (const role of SYSTEM_ROLES) {
        const system = { ...body, account: 'no-person', roles: [role] };
        expectProblem(await browser.send('POST', '/v1/people', system), 400, 'invalid', [{ pointer: '/roles/0' }]);
      }
      expectProblem(await browser.send('POST', '/v1/people/nobody/link', because), 404, 'not_found');
      expect((await browser.send('GET', `/v1/people/${id}`)).body).toMatchObject({ id, account, roles: ['admin'] });
    });

    it('have the roles of this moment, and none once suspended', async () => {
      const { browser, id, account } = await signedIn(stack(), ['operator']);
      const authorization = await keyOf(id, 'operator');
      const runs = () => browser.send('GET', '/v1/runs');
      expect((await runs()).status).toBe(200);
      await stack().ok('PUT', `/v1/people/${account}/roles`, { roles: [], ...because });
      expectProblem(await runs(), 403, 'forbidden');
      await stack().ok('POST', `/v1/people/${account}/suspend`, because);
      expectProblem(await runs(), 401, 'unauthenticated');
      expectProblem(await anyone().send('GET', '/v1/runs', undefined, { authorization }), 401, 'unauthenticated');
    });

    it('make keys of their own, which do not more than they may themselves', async () => {
      const admin = await signedIn(stack(), ['admin']);
      const other = await signedIn(stack(), ['marketer']);
      const make = (body: object) => admin.browser.send('POST', '/v1/keys', { name: 'k', ...because, ...body });
      expect((await make({ role: 'finance' })).body.owner).toBe(admin.id);
      expect((await make({ role: 'marketer', owner: other.account })).body.owner).toBe(other.id);
      for (const body of [
        { role: 'admin', owner: other.id },
        { role: 'finance', owner: other.id },
        { role: 'source', owner: 'nobody' },
      ])
        expectProblem(await make(body), 422, 'unprocessable', [{ pointer: '/owner' }]);
    });
  });

  describe('one person by session and by key', () => {
    /** Ask one way, approve the other way, and then as somebody else. */
    async function twoWays(roles: string[], keyRole: string) {
      const [one, other] = [await signedIn(stack(), roles), await signedIn(stack(), roles)];
      const [key, second] = [await keyOf(one.id, keyRole), await keyOf(one.id, roles[0] as string)];
      const byKey = (authorization: string, method: string, path: string, body?: unknown, headers = {}) =>
        anyone().send(method, path, body, { authorization, ...headers });
      return { one: one.browser, other: other.browser, key, second, byKey, id: one.id };
    }

    it('does not approve their own campaign', async () => {
      const { one, other, key, second, byKey } = await twoWays(['marketer', 'approver'], 'approver');
      const campaign = twoWaves({ key: 'own-campaign' });
      const path = '/v1/campaigns/own-campaign';
      expect((await one.send('PUT', path, campaign, { 'if-none-match': '*' })).status).toBe(201);
      expect((await byKey(second, 'POST', `${path}/validate`)).status).toBe(200);
      const read = seen(await other.send('GET', path));
      expectProblem(await byKey(key, 'POST', `${path}/approve`, undefined, read), 403, 'own_work');
      expectProblem(await one.send('POST', `${path}/approve`, undefined, read), 403, 'own_work');
      expect((await other.send('POST', `${path}/approve`, undefined, read)).status).toBe(200);
    });

    it('does not approve their own change of a budget', async () => {
      const { one, other, key, second, byKey } = await twoWays(['finance'], 'finance');
      await one.send('PUT', '/v1/budgets/own-budget', { name: 'own', currency: 'KRW' });
      const raise = { kind: 'raise', amount: { value: '5', currency: 'KRW' }, ...because };
      const { no } = (await byKey(key, 'POST', '/v1/budgets/own-budget/changes', raise)).body;
      const path = `/v1/budgets/own-budget/changes/${no}/approve`;
      expectProblem(await one.send('POST', path), 403, 'own_work');
      expectProblem(await byKey(second, 'POST', path), 403, 'own_work');
      expect((await other.send('POST', path)).status).toBe(200);
    });

    it('does not approve their own closing of a month', async () => {
      const { one, other, key, byKey, id } = await twoWays(['finance'], 'finance');
      const { months } = (await one.send('GET', '/v1/ledger/periods')).body;
      const [open] = (months as { month: string; state: string }[]).filter(({ state }) => state === 'open');
      const path = `/v1/ledger/periods/${open?.month}/close`;
      expect((await one.send('POST', path, because)).status).toBe(202);
      expectProblem(await byKey(key, 'POST', `${path}/approve`), 403, 'own_work');
      expect((await other.send('POST', `${path}/approve`)).status).toBe(200);
      const { items } = await stack().ok('GET', `/v1/audit-log?actor=${id}&action=ledger`);
      expect(items[0]).toMatchObject({ actor: id, actorName: expect.stringMatching(/^Person /) });
    });
  });

  it('is in no log: neither a session, a link, nor a password', async () => {
    const { browser, link, account } = await signedIn(stack(), ['marketer']);
    await browser.send('GET', '/v1/nothing');
    await anyone().signIn({ account, password: 'a secret of mine' });
    for (const secret of [browser.session, browser.csrf, link, 'a secret of mine'])
      expect(stack().api.log).not.toContain(secret);
  });
}
