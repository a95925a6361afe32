/**
 * The little of HTTP that both systems share: read a request whole, send a reply or none, serve on loopback. Constant
 * work per request beyond its body.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';

/** What the caller sees. `text` and `stream` bring their own content-type. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  stream?: Readable;
}

/** A reply, a connection cut at once, or one left unanswered. */
export type Outcome = Reply | 'cut' | 'hang';

/** 16 MiB: a thousand long messages. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** The whole body, or undefined when it is longer than the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

export async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if (response.destroyed) return;
  if (reply.stream) {
    response.writeHead(reply.status, reply.headers);
    await pipeline(reply.stream, response);
    return;
  }
  const text = reply.text ?? JSON.stringify(reply.json ?? {});
  const type = reply.text === undefined ? { 'content-type': 'application/json' } : {};
  response.writeHead(reply.status, { ...type, ...reply.headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** The path's segments, percent-decoded; undefined when the encoding is broken. */
export function segments(pathname: string): string[] | undefined {
  try {
    return pathname.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (/^(::ffff:)?127\./.test(address) || address === '::1');
}

/** Ids and keys of the protocol. */
export function isKey(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_.:/-]{1,128}$/.test(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object in `bytes`, or undefined. */
export function jsonObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Serve on host:port (0 = any free port); returns the server and its base URL. */
export async function listen(
  host: string,
  port: number,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ server: Server; url: string }> {
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { server, url: `http://${shownHost}:${address.port}` };
}

/** Ends every connection, hanging ones too. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
