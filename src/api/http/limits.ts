/**
 * What a request may be before anything of ours looks at it: how many headers, how soon its body is there, how deep its JSON. Whatever is beyond is
 * refused with a problem, and nothing is changed by it. docs/security.md has the table.
 */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Problem, type ProblemKind } from './problem.js';

/** Of all headers; Node keeps the first ones alone of more than `maxHeadersCount`, and says nothing. */
export const HEADERS_MAX = 100;
const HEADERS_MS = 20_000;
/** Of a whole request: long enough for a file of twenty million rows. */
const REQUEST_MS = 3_600_000;
/** Longer than clients and balancers keep a connection that rests: whoever ends it first is not about to send on it. */
const KEEP_ALIVE_MS = 75_000;
/** Of bodies that are read whole, the largest of which has 1 MB. */
const BODY_MS = 30_000;
/** Deeper than any definition, and shallow enough for whatever walks it by recursion, Postgres included. */
export const DEPTH_MAX = 64;

export function limitServer(server: Server): void {
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxHeadersCount = HEADERS_MAX + 1;
  server.on('clientError', tellUnreadable);
}

const UNREADABLE: Record<string, ProblemKind> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'slow',
};

/** What Node refuses by itself is a problem too. */
function tellUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new Problem(UNREADABLE[error.code ?? ''] ?? 'malformed');
  const body = JSON.stringify(problem.getResponse());
  const head = [
    `HTTP/1.1 ${problem.getStatus()} `,
    'Connection: close',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export function fewHeaders(request: Request, _response: Response, next: NextFunction): void {
  next(request.rawHeaders.length > 2 * HEADERS_MAX ? new Problem('headers_too_large') : undefined);
}

/** A parser whose body has to be there in time; the connection of one that is not ends with the answer. */
export const inTime =
  (parser: RequestHandler, withinMs = BODY_MS): RequestHandler =>
  (request, response, next) => {
    let over = false;
    const end = (error?: unknown): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      next(error);
    };
    const timer = setTimeout(() => {
      response.setHeader('Connection', 'close');
      end(new Problem('slow'));
    }, withinMs);
    void parser(request, response, end);
  };

/** What says that it is longer is refused at once; the parsers would first read all of it. */
export const declared =
  (bytesMax: number): RequestHandler =>
  (request, _response, next) => {
    const isLonger = Number(request.headers['content-length'] ?? 0) > bytesMax;
    next(isLonger ? new Problem('too_large', `A body has at most ${bytesMax} bytes here.`) : undefined);
  };

export function shallow(request: Request, _response: Response, next: NextFunction): void {
  next(isTooDeep(request.body) ? tooDeep() : undefined);
}

export const tooDeep = (): Problem => new Problem('too_large', `JSON is at most ${DEPTH_MAX} deep.`);

/** Level by level, so that the depth of what is judged is not that of the stack. */
export function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return true;
    level = level.flatMap((one) => Object.values(one).filter(isContainer));
  }
  return false;
}

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
