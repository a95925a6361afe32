/**
 * The generated client, set up once: same origin, the session's cookie, its CSRF value on whatever changes something; failures as `CallFailed`.
 */
import { client } from '../client/client.gen.js';
import type { Problem } from '../client/types.gen.js';
import { CallFailed } from './problem.js';

let csrf = '';
let onSignedOut: () => void = () => undefined;

export function carryCsrf(value: string): void {
  csrf = value;
}

/** What a changing call carries, for those that the generated client does not make. */
export const csrfHeader = (): [string, string][] => (csrf === '' ? [] : [['x-pado-csrf', csrf]]);

/** What to do when the API no longer knows the session. */
export function whenSignedOut(then: () => void): void {
  onSignedOut = then;
}

client.setConfig({ baseUrl: '', credentials: 'same-origin', responseStyle: 'data', throwOnError: true });

client.interceptors.request.use((request) => {
  // the language that the page is in, whatever the browser prefers
  request.headers.set('accept-language', document.documentElement.lang);
  if (request.method !== 'GET' && csrf !== '') request.headers.set('x-pado-csrf', csrf);
  return request;
});

/** Refused, it tells of what was given and not of the session that is there. */
const isComingIn = (request: Request | undefined): boolean =>
  request?.method === 'POST' && new URL(request.url).pathname === '/v1/session';

client.interceptors.error.use((error, response, request) => {
  const problem = typeof error === 'object' && error !== null && 'type' in error ? (error as Problem) : null;
  if (response?.status === 401 && csrf !== '' && !isComingIn(request)) onSignedOut();
  return new CallFailed(response?.status ?? 0, problem);
});

/** Of one decision of a person: the same for every try of it, so that it counts once. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
