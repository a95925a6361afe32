/**
 * The cookie of a session, and what a browser has to show beside it: that the page which asks is our own. A cookie goes along with whatever a foreign
 * page makes the browser ask, so a change needs the session's `x-pado-csrf` as well, and may not come from another origin.
 */
import type { CookieOptions, Request } from 'express';
import { derived, sameSecret } from '../../storage/secrets.js';
import { Problem } from './problem.js';

export const SESSION_COOKIE = 'pado_session';
export const CSRF_HEADER = 'x-pado-csrf';

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Null where there is none, and where there are two: one of them would be somebody else's. */
export function cookieOf(request: Request, name: string): string | null {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? (values[0] as string) : null;
}

/** `consoleUrl`: where people reach the console; null: where this process listens. */
export function cookieOptions(request: Request, consoleUrl: string | null): CookieOptions {
  const secure = request.secure || (consoleUrl ?? '').startsWith('https:');
  return { httpOnly: true, sameSite: 'strict', path: '/', secure };
}

/**
 * That the browser says of the request what it says of our own pages' (Sec-Fetch-Site, Origin); who sends neither is no browser.
 * Problems: cross_site.
 */
export function requireSameOrigin(request: Request, consoleUrl: string | null): void {
  const site = request.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') throw new Problem('cross_site', 'It came from another site.');
  const origin = request.header('origin');
  if (origin === undefined) return;
  // behind a proxy that ends TLS, the scheme is not ours to see
  const ours = URL.parse(origin)?.host === request.header('host');
  const console = consoleUrl !== null && origin === new URL(consoleUrl).origin;
  if (!ours && !console) throw new Problem('cross_site', 'It came from another origin.');
}

/** A change by a session. Problems: cross_site. */
export function requireOwnPage(request: Request, token: string, consoleUrl: string | null): void {
  if (CHANGES_NOTHING.has(request.method)) return;
  requireSameOrigin(request, consoleUrl);
  if (!sameSecret(request.header(CSRF_HEADER) ?? '', derived(token, 'csrf')))
    throw new Problem('cross_site', `The header ${CSRF_HEADER} has to be that of the session.`);
}
