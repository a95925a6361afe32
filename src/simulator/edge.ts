/**
 * The door that a provider and a gateway share: every request is verified before it is handled, and the book is open to
 * auditors on loopback without a signature, also while the system misbehaves or is held.
 */
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { BookFile } from './book-file.js';
import { closeServer, isLoopback, listen, readBody, segments, send, type Outcome, type Reply } from './http.js';
import type { Caller } from './misbehaviour.js';
import { Signer } from './signature.js';

export interface EdgeOptions {
  name: string;
  /** Base64, with or without `whsec_`. */
  secret: string;
  /** A loopback address; 127.0.0.1 by default. */
  host?: string;
  /** 0, the default: any free port. */
  port?: number;
  /** Of the request signature's timestamp against real time; 5 min by default. */
  toleranceMs?: number;
}

/** A verified request. */
export interface EdgeRequest extends Caller {
  method: string;
  /** Percent-decoded segments. */
  path: string[];
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface EdgeStats {
  requests: number;
  unauthorised: number;
}

export class Edge {
  url = '';
  private server: Server | undefined;
  private readonly signer: Signer;
  private readonly counts: EdgeStats = { requests: 0, unauthorised: 0 };

  constructor(
    private readonly options: EdgeOptions,
    private readonly book: BookFile<object>,
    private readonly hangMs: () => number,
    private readonly handle: (request: EdgeRequest) => Promise<Outcome>,
  ) {
    this.signer = new Signer(options.secret);
  }

  /** Errors: a host that is not loopback, a port that is taken. */
  async open(): Promise<void> {
    const host = this.options.host ?? '127.0.0.1';
    if (!isLoopback(host)) throw new Error('The simulator serves on loopback only: its book is readable without a key');
    const listening = await listen(host, this.options.port ?? 0, (request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        // A caller that cut the connection while being read or written to is its own business.
        if (request.socket.destroyed) return;
        process.stderr.write(`simulator ${this.options.name}: ${error instanceof Error ? error.stack : 'failed'}\n`);
        response.destroy();
      });
    });
    this.server = listening.server;
    this.url = listening.url;
  }

  stats(): EdgeStats {
    return { ...this.counts };
  }

  async close(): Promise<void> {
    if (this.server) await closeServer(this.server);
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // Not parsed by URL, which would resolve a key of dots as a step upwards.
    const [pathname = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
    const body = await readBody(incoming);
    if (!body) return send(response, { status: 413, headers: { connection: 'close' }, json: { reason: 'too_large' } });
    if (incoming.method === 'GET' && pathname === '/book') return send(response, this.bookReply(incoming, query));
    this.counts.requests += 1;
    const toleranceMs = this.options.toleranceMs ?? 300_000;
    if (!this.signer.verifies(incoming.headers, body, Date.now(), toleranceMs)) {
      this.counts.unauthorised += 1;
      return send(response, { status: 401, json: { reason: 'signature' } });
    }
    const path = segments(pathname);
    if (!path) return send(response, { status: 400, json: { reason: 'malformed_path' } });
    const { method = 'GET', headers, socket } = incoming;
    const isGone = (): boolean => response.destroyed || socket.destroyed;
    return this.answer(response, await this.handle({ method, path, headers, body, isGone }));
  }

  private async answer(response: ServerResponse, outcome: Outcome): Promise<void> {
    if (outcome === 'cut') response.destroy();
    else if (outcome === 'hang') {
      const cut = setTimeout(() => response.destroy(), this.hangMs());
      response.once('close', () => clearTimeout(cut));
    } else await send(response, outcome);
  }

  /** `GET /book[?after=BYTES]`: the book as NDJSON; the header `pado-book-end` says where a reader goes on. */
  private bookReply(incoming: IncomingMessage, query: string): Reply {
    if (!isLoopback(incoming.socket.remoteAddress)) return { status: 403, json: { reason: 'loopback_only' } };
    const after = Number(new URLSearchParams(query).get('after') ?? 0);
    const end = this.book.size();
    if (!Number.isSafeInteger(after) || after < 0 || after > end) return { status: 400, json: { reason: 'after' } };
    const headers = { 'content-type': 'application/x-ndjson', 'pado-book-end': String(end) };
    if (after === end) return { status: 200, headers, text: '' };
    return { status: 200, headers, stream: this.book.stream(after, end) };
  }
}
