/**
 * Everything that somebody from outside can name is markup that would run if it could: people, campaigns, hypotheses, segments, templates, customers'
 * attributes, events, reasons, a provider's answers. Every page of the console is opened on that: nothing runs, nothing is loaded, nothing stands inline, and
 * each page comes with the policy; and whoever cannot see, or sees little, finds each in order in both languages, light and dark. And a session that somebody planted in the browser is not the one that its person gets.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { CONSOLE_POLICY } from '../../src/api/http/console.js';
import { customers, defineBasics, importCustomers, launch, respond, twoWaves } from '../support/campaigns.js';
import { axeFindings, openBrowser, visit, type Visit } from '../support/chromium.js';
import { Browser as ApiBrowser } from '../support/browser.js';
import { HOSTILE, judge, VIEWS } from '../support/console-guests.js';
import { BOX_CONTENT } from '../support/lucky-box.js';
import { oneTimeLink } from '../support/sign-in.js';
import { ROOT } from '../support/sources.js';
import { Stack, until } from '../support/stack.js';
import { needs } from '../support/tiers.js';

const PEOPLE = 3;
const ROLES: Parameters<typeof oneTimeLink>[1] = ['admin', 'marketer', 'approver', 'finance', 'operator'];

/** A provider that answers by markup: it refuses the first payout, and pays all others under such a reference. */
async function hostileProvider(): Promise<Server> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      asked += 1;
      const [status, body] = asked === 1 ? [422, { reason: HOSTILE }] : [201, { status: 'paid', reference: HOSTILE }];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The paths of the console's pages, as they stand in its routes. */
const PATHS = [...readFileSync(join(ROOT, 'console/src/routes.tsx'), 'utf8').matchAll(/path: '(\/[^']*)'/g)]
  .map(([, path]) => path as string)
  .filter((path) => path !== '/sign-in');

/** Pages on which some of it has to be seen: else their silence would prove nothing. */
const SHOWN_ON = [
  '/attention',
  '/switches',
  '/events',
  '/restorations',
  '/campaigns',
  '/campaigns/:key',
  '/segments',
  '/messages',
  '/runs/:run',
  '/customers/:id',
  '/payouts/:key',
  '/approvals',
  '/budgets',
  '/audit-log',
  '/lucky-boxes',
  '/lucky-boxes/:key',
];

interface Found {
  title: string;
  images: number;
  inline: number;
  handlers: number;
  shows: boolean;
}
/** In the page: what is there, by its text and the values of its fields. */
const LOOK = `(() => {
  // the person's own name stands beside it on every page
  const main = document.querySelector('main');
  const values = [...main.querySelectorAll('input, textarea')].map(({ value }) => value);
  const text = [main.textContent, ...values].join(' ');
  const all = [...document.querySelectorAll('*')];
  return {
    title: document.title,
    images: document.querySelectorAll('img[src="x"]').length,
    inline: document.querySelectorAll('style, script:not([src])').length,
    handlers: all.filter((one) => one.getAttributeNames().some((name) => name.startsWith('on'))).length,
    shows: text.includes('<img src=x onerror='),
  };
})()`;

needs('chromium')('whatever others have named', () => {
  let stack: Stack;
  let browser: Browser;
  let provider: Server;
  let came: Visit;
  const places = new Map<string, string>();

  beforeAll(async () => {
    [provider, browser] = await Promise.all([hostileProvider(), openBrowser()]);
    const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    stack = await Stack.start({ providerTerms: { url } });
    await nameEverything(stack, places);
    const link = await oneTimeLink(stack, ROLES, HOSTILE);
    came = await visit(browser, new URL(stack.api.url).origin, { language: 'ko' });
    await came.page.goto(link);
    await came.page.locator('nav').waitFor();
  });
  afterAll(async () => {
    await came?.context.close();
    await browser?.close();
    await stack?.stop();
    provider?.closeAllConnections();
    provider?.close();
  });

  /** The same page in the other language and the other colours. */
  async function turn(page: Page): Promise<void> {
    const language = await page.locator('html').getAttribute('lang');
    await page.locator('header button[lang]').click();
    await page.locator('header button[lang] + button').click();
    await page.locator(`html:not([lang=${language}])`).waitFor();
  }

  async function look(page: Page, path: string): Promise<Found & { policy: string; findings: string[] }> {
    const at = path.replaceAll(/:[a-z]+/g, (name) =>
      encodeURIComponent(places.get(`${path} ${name}`) ?? places.get(name) ?? 'none'),
    );
    const answer = await page.goto(at);
    await page.locator('main h1').first().waitFor();
    // whatever is asked for is there, or has been refused
    if (SHOWN_ON.includes(path)) await until(`${path} shows it`, async () => (await page.evaluate<Found>(LOOK)).shows);
    else await page.waitForTimeout(1_000);
    const findings = await axeFindings(page);
    await turn(page);
    findings.push(...(await axeFindings(page)));
    const policy = answer?.headers()['content-security-policy'] ?? '';
    return { ...(await page.evaluate<Found>(LOOK)), policy, findings };
  }

  it('is text on every page, which comes with the strict policy and is in order in both languages', async () => {
    const { page, complaints } = came;
    page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
    const wrong: unknown[] = [];
    const shown: string[] = [];
    for (const path of PATHS) {
      const { title, shows, ...found } = await look(page, path);
      if (shows) shown.push(path);
      const good = { images: 0, inline: 0, handlers: 0, policy: CONSOLE_POLICY, findings: [] };
      if (title === '1' || JSON.stringify(found) !== JSON.stringify(good)) wrong.push({ path, title, ...found });
      if (complaints.length > 0) wrong.push({ path, complaints: complaints.splice(0) });
    }
    console.log(`${PATHS.length} pages; markup is shown as text on ${shown.join(' ')}`);
    expect(wrong).toEqual([]);
    expect(PATHS).toEqual(expect.arrayContaining(SHOWN_ON));
  }, 480_000);

  it.each(VIEWS)('leaves the page to sign in in order, in $language', async (view) => {
    const stranger = await visit(browser, new URL(stack.api.url).origin, view);
    await stranger.page.goto('/payouts');
    await stranger.page.waitForURL(/\/sign-in/);
    await stranger.page.locator('h1').waitFor();
    await judge(stranger, `sign-in-${view.language}`);
    await stranger.context.close();
  });

  it.each(VIEWS)('ends no session with a link that is used up, in $language', async (view) => {
    const signedIn = await visit(browser, new URL(stack.api.url).origin, view);
    const link = await oneTimeLink(stack, ['marketer'], 'Marketing');
    await signedIn.page.goto(link);
    await signedIn.page.locator('nav').waitFor();
    await signedIn.page.goto(link);
    await signedIn.page.locator('.sign-in [role=alert]').waitFor();
    await judge(signedIn, `link-used-up-${view.language}`);
    await signedIn.page.locator('.sign-in a').filter({ hasText: 'Marketing' }).click();
    await signedIn.page.locator('nav').waitFor();
    await signedIn.context.close();
  });

  it('is no session: one that was planted before somebody signs in is not theirs afterwards', async () => {
    const planted = 'P'.repeat(43);
    const victim = await visit(browser, new URL(stack.api.url).origin, { language: 'en' });
    const url = new URL(stack.api.url).origin;
    await victim.context.addCookies([{ name: 'pado_session', value: planted, url }]);
    await victim.page.goto(await oneTimeLink(stack, ['marketer']));
    await victim.page.locator('nav').waitFor();
    const sessions = (await victim.context.cookies()).filter(({ name }) => name === 'pado_session');
    expect(sessions).toEqual([expect.objectContaining({ httpOnly: true, sameSite: 'Strict', path: '/' })]);
    expect(sessions[0]?.value).not.toBe(planted);
    // no script of a page reads it
    expect(await victim.page.evaluate('document.cookie')).toBe('');
    const attacker = new ApiBrowser(() => stack.api.url);
    attacker.cookies.set('pado_session', planted);
    expect((await attacker.send('GET', '/v1/session')).status).toBe(401);
    // signing in again is yet another one, and the former is over
    const former = sessions[0]?.value ?? '';
    const held = Promise.withResolvers<void>();
    await victim.page.route('**/v1/session', async (route) => {
      if (route.request().method() === 'POST') await held.promise;
      await route.continue();
    });
    await victim.page.goto(await oneTimeLink(stack, ['marketer']));
    // no desk opens for the former person meanwhile
    await victim.page.locator('.sign-in button[type=submit][data-loading]').waitFor();
    expect(await victim.page.locator('nav').count()).toBe(0);
    held.resolve();
    await victim.page.locator('nav').waitFor();
    await until('the session is another one', async () => {
      const [now] = (await victim.context.cookies()).filter(({ name }) => name === 'pado_session');
      return now !== undefined && now.value !== former;
    });
    attacker.cookies.set('pado_session', former);
    expect((await attacker.send('GET', '/v1/session')).status).toBe(401);
    await victim.context.close();
  });
});

/** `places`: what stands for the parameters of the pages' paths. */
async function nameEverything(stack: Stack, places: Map<string, string>): Promise<void> {
  await defineBasics(stack, undefined, `${HOSTILE} {{ customer.name }}`);
  const rule = { combinator: 'and', rules: [{ field: 'id', operator: 'notNull' }] };
  await stack.ok('PUT', '/v1/segments/everyone', { name: HOSTILE, rule });
  await stack.ok('PUT', '/v1/templates/hello', {
    channel: 'push',
    title: HOSTILE,
    body: `${HOSTILE} {{ customer.name }}`,
  });
  await stack.ok('PUT', '/v1/budgets/main', { name: HOSTILE, currency: 'KRW' });
  await stack.ok('PUT', '/v1/exclusion-lists/hostile', { name: HOSTILE });
  const prizes = BOX_CONTENT.prizes.map((prize, n) => (n === 0 ? { ...prize, name: HOSTILE } : prize));
  await stack.ok('PUT', '/v1/lucky-boxes/hostile', { ...BOX_CONTENT, name: HOSTILE, prizes });
  const rows = customers(PEOPLE, () => ({ attributes: { name: HOSTILE, grade: HOSTILE } }));
  await importCustomers(stack, rows);
  const campaign = {
    ...twoWaves({ key: 'hostile', span: 'P2D' }),
    name: HOSTILE,
    hypothesis: HOSTILE,
    goal: { event: 'purchase', window: 'P7D' },
  };
  const run = await launch(stack, campaign);
  await until('everybody waits', async () => (await stack.simulator.gateway.readBook()).length === PEOPLE);
  const ids = rows.map(({ id }) => id);
  await respond(stack, ids);
  await respond(stack, ids.slice(0, 1), HOSTILE);
  await until('the provider has answered all', async () => {
    const { n } = await stack.one<{ n: string }>(
      "select count(*) as n from payouts where state in ('paid', 'rejected')",
    );
    return Number(n) === PEOPLE;
  });
  const because = { reason: HOSTILE };
  await stack.ok('POST', '/v1/controls/channel/alimtalk', { state: 'paused', ...because }, { as: 'operator' });
  const raise = { kind: 'raise', amount: { value: '5', currency: 'KRW' }, ...because };
  await stack.ok('POST', '/v1/budgets/main/changes', raise, { as: 'finance' });
  await stack.pool.query(
    `insert into queues (kind, name, shard, attention, attention_at) values ('payout', 'hostile', 0, $1, clock_timestamp())`,
    [HOSTILE],
  );
  const retry = { selector: { what: 'queues', kind: 'provider', name: 'hostile' }, ...because };
  const { no } = await stack.ok('POST', '/v1/retries', retry, { as: 'operator' });
  await stack.pool.query(
    `insert into restorations (restored_to, at, temporal_at, reason, actor)
     values (clock_timestamp(), clock_timestamp(), clock_timestamp(), $1, $1)`,
    [HOSTILE],
  );
  const { key } = await stack.one<{ key: string }>("select key from payouts where state = 'rejected'");
  const { items } = await stack.ok('GET', '/v1/gallery', undefined, { as: 'marketer' });
  const { account } = await stack.one<{ account: string }>(
    `select key as account from accounts where key like '%main%' order by key limit 1`,
  );
  for (const [name, value] of Object.entries({
    ':run': run,
    ':id': 'c00001',
    ':item': items[0].key as string,
    ':no': String(no),
    '/campaigns/:key :key': 'hostile',
    '/campaigns/:key/edit :key': 'hostile',
    '/segments/:key :key': 'everyone',
    '/messages/:key :key': 'hello',
    '/payouts/:key :key': key,
    '/accounts/:key :key': account,
    '/lucky-boxes/:key :key': 'hostile',
    '/lucky-boxes/:key/edit :key': 'hostile',
  }))
    places.set(name, value);
}
