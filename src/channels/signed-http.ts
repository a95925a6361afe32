/**
 * One signed HTTP call to a system that others own (protocols.md): only to where calls may go, Standard Webhooks headers, no redirects, and an outcome
 * that tells "not acted on" from "may have acted" and never guesses. Nothing else of the engine makes HTTP calls.
 */
import { Pool as HttpPool } from 'undici';
import { Webhook } from 'standardwebhooks';
import { ANY_KIND, urlFault, type Destinations } from '../domain/base/destination.js';
import { secretsOf, type Secrets } from '../domain/base/secrets.js';
import { FORBIDDEN_DESTINATION, guardedLookup, type Resolve } from './guarded-lookup.js';
import { tracedCall } from './traced.js';
import { wholeAnswer } from './whole-answer.js';

export interface SignedCall {
  method: 'GET' | 'POST';
  /** Path below the system's URL, already percent-encoded. */
  path: string;
  /** Exact bytes of the body; empty for GET. */
  body: string;
  /** `webhook-id`: the same for every repeat of one submission. */
  id: string;
  /** `webhook-timestamp`: from Postgres' clock, so that a worker's wrong clock stops nothing. */
  signedAt: Date;
  headers?: Record<string, string>;
}

export type HttpAnswer =
  | { kind: 'answer'; status: number; body: unknown }
  /** 429 (`busy`), 503 with Retry-After or no connection at all (`unavailable`): not acted on. */
  | { kind: 'later'; retryAfterMs: number; why: 'busy' | 'unavailable' }
  /** Time-out, cut connection, any other 5xx, or a body that cannot be read: may have acted. */
  | { kind: 'unknown' };

export type HttpDownload =
  | { kind: 'answer'; status: number; body: AsyncIterable<Uint8Array> }
  /** 429, any 5xx, a time-out, or no connection at all. */
  | { kind: 'unanswered' };

/** As many as calls of a queue are under way at once over its shards: none waits for another's answer while its time-out runs. */
const CONNECTIONS = 64;
const RETRY_AFTER_MS_MAX = 3_600_000;
const RECONNECT_MS = 2_000;
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  FORBIDDEN_DESTINATION,
]);
/** Node's codes of a certificate that it does not take: the handshake ends before anything of a request is sent. */
const NOT_TRUSTED =
  /^(ERR_TLS_CERT_|CERT_|UNABLE_TO_|(DEPTH_ZERO_)?SELF_SIGNED_CERT|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;

function neverConnected(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return NEVER_CONNECTED.has(code) || NOT_TRUSTED.test(code);
}

/** Seconds or an HTTP date, in ms from `at`; null when absent or unreadable. */
export function parseRetryAfterMs(value: string | undefined, at: Date): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - at.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX) : null;
}

export class SignedHttp {
  private readonly pool: HttpPool;
  private readonly origin: string;
  private readonly basePath: string;
  private readonly signers: Webhook[];
  private readonly timeoutMs: number;

  /** Errors: throws where the URL itself leads to where no call may go. `resolve`: DNS where left out. */
  constructor(
    system: { url: string; secret: Secrets; timeoutMs: number },
    destinations: Destinations = ANY_KIND,
    resolve?: Resolve,
  ) {
    const fault = urlFault(system.url, destinations);
    if (fault !== null) throw new Error(`invariant: the URL of a system ${fault}`);
    const url = new URL(system.url);
    this.origin = url.origin;
    this.timeoutMs = system.timeoutMs;
    this.pool = new HttpPool(url.origin, {
      connections: CONNECTIONS,
      headersTimeout: this.timeoutMs,
      bodyTimeout: this.timeoutMs,
      // over before the call's own time is, which could not tell that nothing was sent
      connect: { lookup: guardedLookup(destinations, resolve), timeout: Math.floor(this.timeoutMs / 2) },
    });
    this.basePath = url.pathname.replace(/\/$/, '');
    this.signers = secretsOf(system.secret).map(({ secret }) => new Webhook(secret));
  }

  call(call: SignedCall): Promise<HttpAnswer> {
    const { method } = call;
    return tracedCall({ method, origin: this.origin }, (headers) => this.answerTo(call, headers));
  }

  private async answerTo(call: SignedCall, trace: Record<string, string>): Promise<HttpAnswer> {
    try {
      const { status, retryAfter, text } = await wholeAnswer(
        this.pool,
        {
          method: call.method,
          path: this.basePath + call.path,
          body: call.method === 'POST' ? call.body : undefined,
          headers: { ...trace, ...this.headersOf(call) },
        },
        this.timeoutMs,
      );
      const retryAfterMs = parseRetryAfterMs(retryAfter, call.signedAt);
      if (status === 429) return { kind: 'later', retryAfterMs: retryAfterMs ?? 1_000, why: 'busy' };
      if (status === 503 && retryAfterMs !== null) return { kind: 'later', retryAfterMs, why: 'unavailable' };
      if (status >= 500) return { kind: 'unknown' };
      return readAnswer(status, text);
    } catch (error) {
      // Without a connection nothing was sent; whatever cut the exchange short after that, the other side may have acted: law 10.
      return neverConnected(error)
        ? { kind: 'later', retryAfterMs: RECONNECT_MS, why: 'unavailable' }
        : { kind: 'unknown' };
    }
  }

  /** A file as it comes, of whatever length: the time-out is for its beginning and each pause. Errors, of `body`: that of a cut connection. */
  async download(call: SignedCall): Promise<HttpDownload> {
    try {
      const path = this.basePath + call.path;
      const { statusCode, body } = await this.pool.request({ method: 'GET', path, headers: this.headersOf(call) });
      if (statusCode < 300) return { kind: 'answer', status: statusCode, body };
      await body.dump();
      return statusCode === 429 || statusCode >= 500
        ? { kind: 'unanswered' }
        : { kind: 'answer', status: statusCode, body };
    } catch {
      return { kind: 'unanswered' }; // nothing is done by asking
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private headersOf(call: SignedCall): Record<string, string> {
    return {
      ...(call.method === 'POST' ? { 'content-type': 'application/json' } : {}),
      'webhook-id': call.id,
      'webhook-timestamp': String(Math.floor(call.signedAt.getTime() / 1000)),
      // by each secret in force: whoever knows one of them verifies it
      'webhook-signature': this.signers.map((own) => own.sign(call.id, call.signedAt, call.body)).join(' '),
      ...call.headers,
    };
  }
}

/** A success that cannot be read tells nothing; a refusal needs no body. */
function readAnswer(status: number, text: string): HttpAnswer {
  try {
    return { kind: 'answer', status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  } catch {
    return status < 300 ? { kind: 'unknown' } : { kind: 'answer', status, body: null };
  }
}
