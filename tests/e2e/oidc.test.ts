/**
 * Signing in by an identity provider, against a real one (oidc-provider): who comes back with its word is let in with the roles that it claims, and what
 * was made up, repeated or too late lets nobody in.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../src/services/ports.js';
import { Browser } from '../support/browser.js';
import { CLIENT_ID, CLIENT_SECRET, IdentityProvider } from '../support/identity-provider.js';
import { Stack } from '../support/stack.js';

const ROLES = { 'crm-marketing': ['marketer'], 'crm-finance': ['finance', 'approver'] };

describe('signing in by the identity provider', () => {
  let provider: IdentityProvider;
  let stack: Stack;
  let consoleUrl = '';

  beforeAll(async () => {
    const port = await freePort();
    consoleUrl = `http://127.0.0.1:${port}`;
    provider = await IdentityProvider.start(`${consoleUrl}/v1/session/oidc/callback`);
    const api = {
      PADO_PORT: String(port),
      PADO_CONSOLE_URL: consoleUrl,
      PADO_OIDC_ISSUER: provider.issuer,
      PADO_OIDC_CLIENT_ID: CLIENT_ID,
      PADO_OIDC_CLIENT_SECRET: CLIENT_SECRET,
      PADO_OIDC_ROLES: JSON.stringify(ROLES),
    };
    stack = await Stack.start({ workers: 0, env: { api } });
  });
  afterAll(async () => {
    await stack?.stop();
    await provider?.stop();
  });

  let subjects = 0;
  const person = (groups: string[]) => {
    subjects += 1;
    const sub = `subject-${subjects}`;
    const identity = { sub, name: `Name ${subjects}`, email: `${sub}@bank.example`, email_verified: true, groups };
    provider.set(identity);
    return identity;
  };
  const browserOf = () => new Browser(() => stack.api.url);
  /** To the provider and through its pages; where it leads back to. */
  async function leave(browser: Browser, sub: string): Promise<string> {
    let reply = await browser.send('GET', '/v1/session/oidc');
    expect(reply.status).toBe(303);
    const there = new Browser(() => provider.issuer);
    for (let n = 0; n < 10; n += 1) {
      const to = new URL(reply.headers.get('location') ?? '', provider.issuer);
      if (to.origin === consoleUrl) return to.href;
      reply = await there.send('GET', to.href, undefined, { 'x-person': sub });
    }
    throw new Error(`the provider leads nowhere: ${reply.status} ${String(reply.body)}`);
  }
  const comeBack = async (browser: Browser, url: string) => {
    const reply = await browser.send('GET', url);
    return [reply.status, reply.headers.get('location')];
  };
  const enter = async (sub: string) => {
    const browser = browserOf();
    expect(await comeBack(browser, await leave(browser, sub))).toEqual([303, `${consoleUrl}/`]);
    const { status, body } = await browser.send('GET', '/v1/session');
    expect(status).toBe(200);
    browser.csrf = body.csrf as string;
    return { browser, person: body.person as { id: string; name: string; roles: string[] } };
  };
  const refused = (kind: string) => [303, `${consoleUrl}/sign-in#problem=${kind}`];
  const sessions = async () => (await stack.one<{ n: string }>('select count(*) as n from sessions')).n;

  it('lets in who is known there, with the roles of their claims, as the same person each time', async () => {
    const identity = person(['crm-finance', 'something else']);
    const first = await enter(identity.sub);
    expect(first.person).toEqual({
      id: expect.stringMatching(/^p_/),
      name: identity.name,
      roles: ['approver', 'finance'],
    });
    expect((await first.browser.send('GET', '/v1/budgets')).status).toBe(200);
    provider.set({ ...identity, groups: ['crm-marketing'] });
    const again = await enter(identity.sub);
    expect(again.person).toEqual({ ...first.person, roles: ['marketer'] });
    expect(again.browser.session).not.toBe(first.browser.session);
    // nobody is two: what they may do now, they may do wherever they are signed in
    expect((await first.browser.send('GET', '/v1/session')).body.person.roles).toEqual(['marketer']);
    expect((await again.browser.send('DELETE', '/v1/session')).status).toBe(204);
    expect((await again.browser.send('GET', '/v1/session')).status).toBe(401);
    expect((await first.browser.send('GET', '/v1/session')).status).toBe(200);
  });

  it('sends out state, nonce and PKCE, and lets in by none of another browser’s', async () => {
    const browser = browserOf();
    const sent = new URL((await browser.send('GET', '/v1/session/oidc')).headers.get('location') ?? '');
    expect(Object.fromEntries(sent.searchParams)).toMatchObject({
      client_id: CLIENT_ID,
      response_type: 'code',
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(browser.setCookies).toEqual([expect.stringMatching(/^pado_oidc=.*HttpOnly; SameSite=Lax$/)]);
    const { sub } = person(['crm-marketing']);
    const before = await sessions();
    const begun = browserOf();
    const back = await leave(begun, sub);
    // a link that somebody else was sent: their browser began nothing, or something else
    expect(await comeBack(browserOf(), back)).toEqual(refused('unauthenticated'));
    expect(await comeBack(browser, back)).toEqual(refused('unauthenticated'));
    expect(await sessions()).toBe(before);
  });

  it('takes no state, code or issuer that is not the one', async () => {
    const { sub } = person(['crm-marketing']);
    const before = await sessions();
    for (const [name, value] of [
      ['state', 'A'.repeat(43)],
      ['code', 'made-up'],
      ['iss', 'https://elsewhere.example'],
      ['error', 'access_denied'],
    ] as const) {
      const browser = browserOf();
      const url = new URL(await leave(browser, sub));
      url.searchParams.set(name, value);
      expect([name, await comeBack(browser, url.href)]).toEqual([name, refused('unauthenticated')]);
      expect(browser.session).toBe('');
    }
    expect(await sessions()).toBe(before);
  });

  it('takes no ID token of another sign-in: the nonce is another', async () => {
    const { sub } = person(['crm-marketing']);
    const browser = browserOf();
    const asked = new URL((await browser.send('GET', '/v1/session/oidc')).headers.get('location') ?? '');
    asked.searchParams.set('nonce', 'A'.repeat(43));
    const there = new Browser(() => provider.issuer);
    let to = asked;
    while (to.origin !== consoleUrl) {
      const reply = await there.send('GET', to.href, undefined, { 'x-person': sub });
      to = new URL(reply.headers.get('location') ?? '', provider.issuer);
    }
    expect(to.searchParams.get('code')).not.toBeNull();
    expect(await comeBack(browser, to.href)).toEqual(refused('unauthenticated'));
  });

  it('lets in once by a code: neither a repeat nor the same way back in the same browser', async () => {
    const { sub } = person(['crm-marketing']);
    const browser = browserOf();
    const back = await leave(browser, sub);
    const copied = browserOf();
    for (const [name, value] of browser.cookies) copied.cookies.set(name, value);
    expect(await comeBack(browser, back)).toEqual([303, `${consoleUrl}/`]);
    const before = await sessions();
    expect(await comeBack(copied, back)).toEqual(refused('unauthenticated'));
    expect(await comeBack(browser, back)).toEqual(refused('unauthenticated'));
    expect(await sessions()).toBe(before);
  });

  it('is too late with a code that ran out', async () => {
    const { sub } = person(['crm-marketing']);
    const browser = browserOf();
    provider.codesLive(1);
    const back = await leave(browser, sub);
    provider.codesLive(60);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await comeBack(browser, back)).toEqual(refused('unauthenticated'));
  });

  it('lets in nobody without a role, suspended, or who would be a second person', async () => {
    const without = person(['something else']);
    const browser = browserOf();
    expect(await comeBack(browser, await leave(browser, without.sub))).toEqual(refused('forbidden'));
    const known = person(['crm-marketing']);
    const { person: somebody, browser: signed } = await enter(known.sub);
    await stack.ok('POST', `/v1/people/${somebody.id}/suspend`, { reason: 'left' });
    expect((await signed.send('GET', '/v1/session')).status).toBe(401);
    expect(await comeBack(browser, await leave(browser, known.sub))).toEqual(refused('forbidden'));
    provider.set({ ...without, groups: ['crm-marketing'], email: known.email });
    expect(await comeBack(browser, await leave(browser, without.sub))).toEqual(refused('conflict'));
  });

  it('leaves no secret behind', async () => {
    const { sub } = person(['crm-marketing']);
    const { browser } = await enter(sub);
    const { text } = await stack.one<{ text: string }>(
      'select (select json_agg(s)::text from sessions s) || (select json_agg(p)::text from people p) as text',
    );
    for (const secret of [browser.session, CLIENT_SECRET]) {
      expect(stack.api.log).not.toContain(secret);
      expect(text).not.toContain(secret);
    }
    expect(stack.api.log).not.toContain('code=');
  });
});
