/**
 * What a foreign page can make a browser ask: every changing operation of the API's own description, with the cookie of somebody who may call all of
 * them, is refused for where it comes from, and nothing of it happens.
 */
import { describe, expect, it } from '@jest/globals';
import { signedIn } from '../support/browser.js';
import type { Reply, Stack } from '../support/stack.js';

interface Operation {
  method: string;
  path: string;
  /** A session lets somebody call it. */
  bySession: boolean;
}

/** What systems sign, what a link in a message is, and the way in, which people.cases.ts looks at. */
const NOT_BY_SESSION = [
  'POST /v1/provider-callbacks/{provider}',
  'POST /v1/receipts/{gateway}',
  'POST /v1/session',
  'POST /v1/unsubscribe/{token}',
];

export function crossSiteCases(stack: () => Stack): void {
  async function changing(): Promise<Operation[]> {
    const { paths } = await stack().ok('GET', '/openapi.json');
    return Object.entries(paths as Record<string, Record<string, { security?: object[] }>>).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'get')
        .map(([method, { security = [] }]) => ({
          method: method.toUpperCase(),
          path,
          bySession: security.some((one) => 'cookie' in one),
        })),
    );
  }
  const patiently = async (ask: () => Promise<Reply>): Promise<Reply> => {
    for (;;) {
      const reply = await ask();
      if (reply.status !== 429) return reply;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  const refusal = ({ status, body }: Reply) => `${status} ${(body as { type?: string } | null)?.type ?? ''}`;
  const lines = async () => (await stack().one<{ n: string }>('select count(*) as n from audit_log')).n;

  describe('whatever changes something', () => {
    it('may be called by a session, but for what has another proof of who calls', async () => {
      const others = (await changing()).filter(({ bySession }) => !bySession);
      expect(others.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(NOT_BY_SESSION);
    });

    it.each<[string, (otherCsrf: string) => Record<string, string>]>([
      ['without the csrf value', () => ({ 'x-pado-csrf': '' })],
      ['with the csrf value of another session', (otherCsrf) => ({ 'x-pado-csrf': otherCsrf })],
      ['from another origin', () => ({ origin: 'https://evil.example' })],
      ['from another site, as the browser says', () => ({ 'sec-fetch-site': 'cross-site' })],
    ])('is refused by the cookie alone, %s', async (_, headers) => {
      const [{ browser }, other] = [await signedIn(stack(), ['admin']), await signedIn(stack(), ['admin'])];
      const before = await lines();
      const wrong: string[] = [];
      const all = (await changing()).filter(({ bySession }) => bySession);
      expect(all.length).toBeGreaterThan(100);
      for (const { method, path } of all) {
        const at = path.replaceAll(/\{[^}]+\}/g, 'none-such');
        const reply = await patiently(() => browser.send(method, at, '{}', headers(other.browser.csrf)));
        if (refusal(reply) !== '403 urn:pado:problem:cross_site') wrong.push(`${method} ${path}: ${refusal(reply)}`);
      }
      expect(wrong).toEqual([]);
      expect(await lines()).toBe(before);
      // and it is the place that was refused, not the person
      expect((await browser.send('DELETE', '/v1/session')).status).toBe(204);
    });
  });
}
