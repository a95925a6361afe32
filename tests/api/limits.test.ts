/**
 * What every endpoint refuses before anything looks at it: bodies too large, too slow and too deep, headers too many and too large. There is no database
 * behind this API: nothing can have been changed.
 */
import 'reflect-metadata';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type Request, type Response } from 'express';
import { DEPTH_MAX, inTime, isTooDeep } from '../../src/api/http/limits.js';
import { openApiOf } from '../../src/api/http/openapi.js';
import { Problem } from '../../src/api/http/problem.js';
import { describedApi } from '../support/described-api.js';

interface Answer {
  status: number;
  type: string;
  kind: string;
}
const problem = (status: number, kind: string): Answer => ({
  status,
  type: expect.stringMatching(/^application\/problem\+json/) as unknown as string,
  kind: `urn:pado:problem:${kind}`,
});

describe('a request', () => {
  let app: NestExpressApplication;
  let close: () => Promise<void>;
  let port: number;
  beforeAll(async () => {
    ({ app, close } = await describedApi());
    await app.listen(0, '127.0.0.1');
    ({ port } = app.getHttpServer().address() as AddressInfo);
  });
  afterAll(() => close());

  /** Exactly these bytes, and what is answered until the server ends the connection. */
  async function send(head: string[], body = ''): Promise<Answer> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    socket.write(`${[...head, 'Host: pado', 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
    await once(socket, 'close');
    const [top = '', content = ''] = text.split('\r\n\r\n');
    const json = /\{.*\}/s.exec(content)?.[0] ?? '{}';
    return {
      status: Number(/^HTTP\/1\.1 (\d+)/.exec(top)?.[1]),
      type: /^content-type: (.*)$/im.exec(top)?.[1] ?? '',
      kind: String((JSON.parse(json) as { type?: string }).type),
    };
  }
  const post = (path: string, body: string, method = 'POST', type = 'application/json') =>
    send([`${method} ${path} HTTP/1.1`, `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`], body);

  /** Every endpoint that changes something, with a path that can be asked. */
  const changing = (): [method: string, path: string][] =>
    Object.entries(openApiOf(app).paths).flatMap(([path, methods]) =>
      ['post', 'put', 'patch', 'delete']
        .filter((method) => method in methods)
        .map((method): [string, string] => [method.toUpperCase(), path.replace(/\{[^}]*\}/g, 'x')]),
    );

  it('with a body of more than its limit is refused by every endpoint that reads one, before it has come', async () => {
    const all = changing();
    expect(all.length).toBeGreaterThan(80);
    const refused = await Promise.all(
      all.map(async ([method, path]) => {
        const head = [`${method} ${path} HTTP/1.1`, 'Content-Type: application/json', 'Content-Length: 1048577'];
        const { status, kind } = await send(head);
        return `${method} ${path} ${status} ${kind}`;
      }),
    );
    expect(refused).toEqual(all.map(([method, path]) => `${method} ${path} 413 urn:pado:problem:too_large`));
  });

  it('that is nested without end is refused by every endpoint that reads JSON, and breaks nothing', async () => {
    const deep = '['.repeat(15_000) + ']'.repeat(15_000);
    const signed = /^\/v1\/(provider-callbacks|receipts)\//; // not parsed before the signature: tests/api/webhooks.cases.ts
    const answers = await Promise.all(
      changing()
        .filter(([, path]) => !signed.test(path))
        .map(async ([method, path]) => ({ path, ...(await post(path, deep, method)) })),
    );
    for (const { path, ...answer } of answers)
      expect({ path, ...answer }).toEqual({ path, ...problem(413, 'too_large') });
  });

  it('of 1 MB that is nothing but brackets is refused, too', async () => {
    expect(await post('/v1/campaigns/validate', '{"a":'.repeat(170_000) + '1' + '}'.repeat(170_000))).toEqual(
      problem(413, 'too_large'),
    );
  });

  it('with more headers than any client sends is refused', async () => {
    const many = Array.from({ length: 150 }, (_, n) => `X-${n}: 1`);
    expect(await send(['GET /v1/runs HTTP/1.1', ...many])).toEqual(problem(431, 'headers_too_large'));
    const endless = Array.from({ length: 3_000 }, () => 'a:');
    expect(await send(['GET /v1/runs HTTP/1.1', ...endless])).toEqual(problem(431, 'headers_too_large'));
  });

  it('with larger headers than any client sends is refused', async () => {
    expect(await send(['GET /v1/runs HTTP/1.1', `X-Long: ${'x'.repeat(40_000)}`])).toEqual(
      problem(431, 'headers_too_large'),
    );
  });

  it('with a longer address than any client asks for is refused, and any endpoint says that it may be', async () => {
    const query = Array.from({ length: 250 }, (_, n) => `map=attribute.a${n}=${'x'.repeat(100)}`).join('&');
    expect(await send([`POST /v1/customers?${query} HTTP/1.1`])).toEqual(problem(431, 'headers_too_large'));
    const silent = Object.entries(openApiOf(app).paths).filter(
      ([, { get, post: posted, put, patch, delete: deleted }]) =>
        [get, posted, put, patch, deleted].some((operation) => operation && !operation.responses?.['431']),
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('is answered with the headers that browsers want, and none that tells what answers', async () => {
    const { headers } = await fetch(`http://127.0.0.1:${port}/health/live`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'strict-transport-security': expect.stringContaining('max-age='),
    });
    expect(headers.has('x-powered-by')).toBe(false);
  });

  it('that is no HTTP is told so', async () => {
    expect(await send(['HELLO'])).toEqual(problem(400, 'malformed'));
  });

  it('that smuggles another one by two lengths is refused', async () => {
    const head = ['POST /v1/keys HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked'];
    expect(await send(head, '0\r\n\r\nGET /')).toEqual(problem(400, 'malformed'));
  });
});

it('a body that does not come is not waited for: 408, and the connection ends', async () => {
  const small = express();
  small.use(inTime(express.json(), 200));
  const reached: unknown[] = [];
  small.post('/x', (request: Request, response: Response) => {
    reached.push(request.body);
    response.end('{}');
  });
  small.use((error: unknown, _request: Request, response: Response, _next: unknown) => {
    response.status(error instanceof Problem ? error.getStatus() : 500).end();
  });
  const server = small.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  socket.write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"');
  await once(socket, 'close');
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(reached).toEqual([]);
  await new Promise((closed) => server.close(closed));
});

it('JSON is too deep from one level more than may be', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: [2, nested(depth - 1)] });
  expect([isTooDeep(nested(DEPTH_MAX / 2)), isTooDeep([nested(DEPTH_MAX / 2)])]).toEqual([false, true]);
  expect([null, undefined, 'text', Buffer.alloc(9)].map(isTooDeep)).toEqual([false, false, false, false]);
});
