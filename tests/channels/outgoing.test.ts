/**
 * A call to a system of others over real connections: a name is judged by all its addresses, at each connection anew, and connected to by what was
 * judged; a redirect is an answer; an answer without end is cut.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Resolve } from '../../src/channels/guarded-lookup.js';
import { SignedHttp, type HttpAnswer } from '../../src/channels/signed-http.js';
import { destinationsSchema } from '../../src/domain/base/destination.js';
import type { Secrets } from '../../src/domain/base/secrets.js';
import { ROOT } from '../support/sources.js';

const SECRET = Buffer.alloc(32, 1).toString('base64');
const NEXT = Buffer.alloc(32, 2).toString('base64');
const OTHER = Buffer.alloc(32, 3).toString('base64');
const HERE = destinationsSchema.parse('loopback');
const OUT = destinationsSchema.parse('public, private');
const NOT_MADE: HttpAnswer = { kind: 'later', retryAfterMs: 2_000, why: 'unavailable' };

/** A server that is frozen with its queue full: to Linux whoever else connects is not there, as behind a firewall that drops. */
async function fullListener(): Promise<{ port: number; end: () => void }> {
  const program = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port); })`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await once(sockets[0] as Socket, 'connect');
  return {
    port,
    end: () => {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

describe('a call to a system of others', () => {
  const servers: Server[] = [];
  const clients: SignedHttp[] = [];
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(
      servers.splice(0).map((server) => {
        server.closeAllConnections();
        return new Promise((closed) => server.close(closed));
      }),
    );
  });

  async function serve(listener: RequestListener): Promise<number> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return (server.address() as AddressInfo).port;
  }
  /** Each look-up of any name has the next of these answers; the last one again and again. */
  function names(...answers: string[][]): { resolve: Resolve; asked: () => number } {
    let asked = 0;
    const resolve: Resolve = (_name, _options, callback) => {
      const addresses = answers[Math.min(asked, answers.length - 1)] ?? [];
      asked += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return { resolve, asked: () => asked };
  }
  function client(url: string, destinations = HERE, resolve?: Resolve, secret: Secrets = SECRET): SignedHttp {
    const own = new SignedHttp({ url, secret, timeoutMs: 2_000 }, destinations, resolve);
    clients.push(own);
    return own;
  }
  const call = (own: SignedHttp) =>
    own.call({ method: 'POST', path: '/x', body: '{}', id: 'one', signedAt: new Date() });

  it('goes where its name leads, when all of that may be called', async () => {
    const port = await serve((_request, response) => response.end('{"ok":true}'));
    const answer = await call(client(`http://bank.test:${port}`, HERE, names(['127.0.0.1']).resolve));
    expect(answer).toEqual({ kind: 'answer', status: 200, body: { ok: true } });
  });

  it.each([
    ['the loopback', ['127.0.0.1']],
    ['the loopback, mapped', ['::ffff:127.0.0.1']],
    ['credentials of a machine', ['169.254.169.254']],
    ['a public address, and the loopback too', ['93.184.215.14', '127.0.0.1']],
    ['nowhere', []],
  ])('is not made where its name leads to %s, and nobody is connected to', async (_, addresses) => {
    let connections = 0;
    const port = await serve((_request, response) => response.end());
    servers.at(-1)?.on('connection', () => (connections += 1));
    expect(await call(client(`http://bank.test:${port}`, OUT, names(addresses).resolve))).toEqual(NOT_MADE);
    expect(connections).toBe(0);
  });

  it('is not made to a name that changed its address after it was judged', async () => {
    const port = await serve((_request, response) => response.setHeader('connection', 'close').end('{}'));
    const dns = names(['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1']);
    const own = client(`http://bank.test:${port}`, HERE, dns.resolve);
    const answers = [await call(own), await call(own), await call(own)];
    expect(answers.map(({ kind }) => kind)).toEqual(['answer', 'later', 'answer']);
    expect(dns.asked()).toBe(3); // once for each connection: what was judged is what was connected to
  });

  it('is not made where nobody takes connections any more, however many it tries: nothing was sent', async () => {
    const { port, end } = await fullListener();
    try {
      const own = client(`http://127.0.0.1:${port}`);
      const answers = await Promise.all(Array.from({ length: 8 }, () => call(own)));
      expect(answers).toEqual(answers.map(() => NOT_MADE));
    } finally {
      end();
    }
  });

  it('is not made to a server whose certificate nobody knows', async () => {
    const file = (name: string) => readFileSync(join(ROOT, 'tests/fixtures/mail-server', `${name}.pem`));
    let asked = 0;
    const server = createSecureServer({ key: file('key'), cert: file('certificate') }, (_request, response) => {
      asked += 1;
      response.end('{}');
    });
    servers.push(server);
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    expect(await call(client(`https://bank.test:${port}`, HERE, names(['127.0.0.1']).resolve))).toEqual(NOT_MADE);
    expect(asked).toBe(0);
  });

  it('has no client at all where the URL itself leads to where nothing goes', () => {
    for (const url of ['http://127.0.0.1/', 'http://0x7f.1/', 'http://169.254.169.254/', 'https://a:b@bank.test/'])
      expect(() => client(url, OUT)).toThrow('invariant: the URL of a system');
  });

  it.each([301, 302, 303, 307, 308])('takes a redirect (%i) for an answer, and does not follow it', async (status) => {
    let followed = 0;
    const inside = await serve((_request, response) => response.end(String((followed += 1))));
    const port = await serve((_request, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${inside}/secret` }).end(),
    );
    const own = client(`http://127.0.0.1:${port}`);
    expect(await call(own)).toMatchObject({ kind: 'answer', status });
    const asked = { method: 'GET', path: '/f', body: '', id: 'two', signedAt: new Date() } as const;
    expect(await own.download(asked)).toMatchObject({ kind: 'answer', status });
    expect(followed).toBe(0);
  });

  it('cuts an answer that does not end, of which nobody knows what it would have said', async () => {
    const port = await serve((_request, response) => {
      response.on('error', () => undefined);
      // once nobody listens each write fails, at once: whoever goes on then lets nothing else of its process go on
      const more = (error?: Error | null): void => void (error ?? response.write(Buffer.alloc(500_000, 32), more));
      more();
    });
    expect(await call(client(`http://127.0.0.1:${port}`))).toEqual({ kind: 'unknown' });
  });

  it('is signed by each secret in force, so that whoever knows one of them verifies it', async () => {
    const heard: Record<string, string>[] = [];
    const port = await serve((request, response) => {
      heard.push(request.headers as Record<string, string>);
      response.end();
    });
    const rotating = [
      { name: 'new', secret: NEXT },
      { name: 'old', secret: SECRET },
    ];
    await call(client(`http://127.0.0.1:${port}`, HERE, undefined, rotating));
    const [headers = {}] = heard;
    for (const known of [SECRET, NEXT]) expect(new Webhook(known).verify('{}', headers)).toEqual({});
    expect(() => new Webhook(OTHER).verify('{}', headers)).toThrow();
  });
});
