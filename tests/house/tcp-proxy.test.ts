/**
 * The proxy that fault tests put before a service does what each fault says, seen from both ends of a connection.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('the TCP proxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  /** The service's ends of connections, in order. */
  let served: Socket[];
  const clients: Socket[] = [];
  const port = (of: Server) => (of.address() as AddressInfo).port;

  beforeEach(async () => {
    served = [];
    server = createServer((socket) => {
      served.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => socket.write(`echo ${chunk.toString()}`));
    });
    server.listen({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    proxy = await TcpProxy.start();
    proxy.towards(port(server));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    for (const socket of served) socket.destroy();
    await proxy.close();
    server.close();
  });

  /** Connected, or the error's code. */
  async function dial(): Promise<Socket | string> {
    const client = connect({ port: proxy.port, host: '127.0.0.1' });
    clients.push(client);
    client.on('error', () => undefined);
    return new Promise((resolve) => {
      client.once('connect', () => resolve(client));
      client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    });
  }
  async function connected(): Promise<Socket> {
    const client = await dial();
    if (typeof client === 'string') throw new Error(client);
    return client;
  }
  async function ask(client: Socket, text: string): Promise<string> {
    client.write(text);
    const [answer] = (await once(client, 'data')) as [Buffer];
    return answer.toString();
  }
  /** How it ends: by which error, or null in order. */
  const closed = (socket: Socket): Promise<string | null> =>
    new Promise((resolve) => {
      let code: string | null = null;
      socket.once('error', (error: NodeJS.ErrnoException) => (code = error.code ?? ''));
      socket.once('close', () => resolve(code));
    });
  /** Whether nothing comes of it: no data, no end, no error. */
  async function isSilent(socket: Socket, ms = 300): Promise<boolean> {
    let heard = false;
    const hear = () => (heard = true);
    for (const event of ['data', 'end', 'error', 'close']) socket.once(event, hear);
    await sleep(ms);
    return !heard;
  }

  it('forwards both ways, and passes an end on', async () => {
    const client = await connected();
    expect(await ask(client, 'one')).toBe('echo one');
    expect(await ask(client, 'two')).toBe('echo two');
    const ended = once(served[0] as Socket, 'end');
    client.end();
    await ended;
    await closed(client);
    expect(proxy.open).toBe(0);
  });

  it('delays what passes, and keeps its order', async () => {
    const client = await connected();
    await ask(client, 'warm');
    proxy.delay(100);
    const began = performance.now();
    expect(await ask(client, 'late')).toBe('echo late');
    expect(performance.now() - began).toBeGreaterThan(190); // one delay each way; timers may be a little early
  });

  it('cuts by a reset on both sides, and accepts again', async () => {
    const client = await connected();
    await ask(client, 'warm');
    const ends = Promise.all([client, served[0] as Socket].map(closed));
    expect(proxy.cut()).toBe(1);
    expect(await ends).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(await ask(await connected(), 'again')).toBe('echo again');
  });

  it('refuses as a host does on which nobody listens, until it heals on the same port', async () => {
    const client = await connected();
    await ask(client, 'warm');
    const end = closed(client);
    expect(await proxy.refuse()).toBe(1);
    expect(await end).toBe('ECONNRESET');
    expect(await dial()).toBe('ECONNREFUSED');
    await proxy.heal();
    expect(await ask(await connected(), 'again')).toBe('echo again');
  });

  it('goes half-open: old and new connections stay, nothing passes, and neither end hears of the other', async () => {
    const old = await connected();
    await ask(old, 'warm');
    expect(proxy.halfOpen()).toBe(1);
    old.write('lost');
    (served[0] as Socket).write('lost');
    const fresh = await connected();
    fresh.write('lost');
    expect(await Promise.all([old, served[0] as Socket, fresh].map((socket) => isSilent(socket)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(served.length).toBe(1);
    old.destroy();
    expect(await isSilent(served[0] as Socket)).toBe(true);

    await proxy.heal();
    expect(await isSilent(fresh)).toBe(true);
    expect(await ask(await connected(), 'again')).toBe('echo again');
  });
});
