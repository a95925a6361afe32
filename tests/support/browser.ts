/**
 * A person's browser as the API sees it: its cookies, the page's origin, and the session's csrf value beside every change. No key.
 */
import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import type { Reply, Stack } from './stack.js';

type Headers_ = Record<string, string>;

export class Browser {
  readonly cookies = new Map<string, string>();
  csrf = '';
  /** What the last answer set, as it stood there. */
  setCookies: string[] = [];

  constructor(private readonly baseUrl: () => string) {}

  get session(): string {
    return this.cookies.get('pado_session') ?? '';
  }

  /** A URL, or a path of the API. What it leads to is not followed. */
  async send(method: string, to: string, body?: unknown, headers: Headers_ = {}): Promise<Reply> {
    const url = new URL(to, this.baseUrl());
    const changes = method !== 'GET';
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookies.size > 0 ? { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') } : {}),
        ...(changes ? { origin: new URL(this.baseUrl()).origin, 'sec-fetch-site': 'same-origin' } : {}),
        ...(changes && this.csrf ? { 'x-pado-csrf': this.csrf } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    this.keep(response.headers.getSetCookie());
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  private keep(set: string[]): void {
    this.setCookies = set;
    for (const cookie of set) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  async signIn(shown: object): Promise<Reply> {
    const reply = await this.send('POST', '/v1/session', shown);
    if (reply.status === 200) this.csrf = reply.body.csrf as string;
    return reply;
  }
}

/** A new person of the installation, signed in by a one-time link. */
export async function signedIn(
  stack: Stack,
  roles: string[],
  content: object = {},
): Promise<{ browser: Browser; id: string; account: string; link: string }> {
  const account = `person-${randomBytes(5).toString('hex')}`;
  const person = { account, name: `Person ${account}`, roles, reason: 'test', ...content };
  const { id } = await stack.ok('POST', '/v1/people', person);
  const link = await linkFor(stack, account);
  const browser = new Browser(() => stack.api.url);
  const reply = await browser.signIn({ link });
  expect(reply.status).toBe(200);
  return { browser, id: id as string, account, link };
}

/** The token of a new one-time link. */
export async function linkFor(stack: Stack, person: string): Promise<string> {
  const { url } = await stack.ok('POST', `/v1/people/${person}/link`, { reason: 'test' });
  return new URLSearchParams(new URL(url as string).hash.slice(1)).get('token') ?? '';
}
