/**
 * A small TCP proxy on loopback that stands before one service and is its bad network: it forwards, delays, cuts, refuses, or goes half-open
 * (connections stay, nothing passes, nobody is told). What was half-open stays so after healing, as it would in a network that lost its state.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

const HOST = '127.0.0.1';
/** More than any test needs; beyond it a connection is refused. */
const CONNECTIONS_MAX = 500;

/** One connection through the proxy. Once `lost`, nothing passes any more, neither bytes nor the news of an end. */
interface Link {
  near: Socket;
  far: Socket | null;
  lost: boolean;
}

export class TcpProxy {
  private readonly links = new Set<Link>();
  private mode: 'forward' | 'half-open' = 'forward';
  private target = 0;
  private latencyMs = 0;
  /** Connections accepted since the start. */
  accepted = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {
    server.on('connection', (near) => this.accept(near));
  }

  /** Forwards once it knows where to (`towards`). */
  static async start(): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen({ port: 0, host: HOST });
    await once(server, 'listening');
    return new TcpProxy(server, (server.address() as AddressInfo).port);
  }

  /** The port on loopback that it stands before. */
  towards(port: number): void {
    this.target = port;
  }

  /** Connections that are open and not lost. */
  get open(): number {
    return [...this.links].filter((link) => !link.lost).length;
  }

  /** Every chunk is that much later, in either direction. Returns how many connections there are. */
  delay(latencyMs: number): number {
    this.latencyMs = latencyMs;
    return this.open;
  }

  /** Reset every connection; new ones are accepted. Returns how many it cut. */
  cut(): number {
    const cut = [...this.links].filter((link) => !link.lost);
    for (const link of cut) this.end(link);
    return cut.length;
  }

  /** Cut, and refuse new connections, as a host does on which nobody listens. Returns how many it cut. */
  async refuse(): Promise<number> {
    const cut = this.cut();
    if (this.server.listening) this.server.close(); // lost ones stay open, so nobody waits for it
    return cut;
  }

  /** Nothing passes on any connection, old or new, and none ends. Returns how many there were. */
  halfOpen(): number {
    this.mode = 'half-open';
    const lost = [...this.links].filter((link) => !link.lost);
    for (const link of lost) link.lost = true;
    return lost.length;
  }

  /** New connections are forwarded again, at once; what was lost stays lost. */
  async heal(): Promise<void> {
    this.mode = 'forward';
    this.latencyMs = 0;
    if (this.server.listening) return;
    this.server.listen({ port: this.port, host: HOST });
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    for (const link of this.links) this.end(link);
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(near: Socket): void {
    this.accepted += 1;
    near.on('error', () => undefined); // its `close` follows
    if (this.links.size >= CONNECTIONS_MAX) {
      near.resetAndDestroy();
      return;
    }
    const link: Link = { near, far: null, lost: this.mode === 'half-open' };
    this.links.add(link);
    if (link.lost) return;
    const far = connect({ host: HOST, port: this.target, allowHalfOpen: true, noDelay: true });
    link.far = far;
    far.on('error', () => undefined);
    this.pass(link, near, far);
    this.pass(link, far, near);
  }

  /** Bytes and ends from one side to the other, until the link is lost. */
  private pass(link: Link, from: Socket, to: Socket): void {
    const wire = new Transform({
      // what is never called back holds back the rest: the source stands
      transform: (chunk, _encoding, done) => this.later(link, () => done(null, chunk)),
      flush: (done) => this.later(link, done),
    });
    from.pipe(wire).pipe(to);
    from.on('close', () => {
      if (!link.lost) this.end(link, from.errored !== null);
    });
  }

  private later(link: Link, go: () => void): void {
    const now = () => {
      if (!link.lost) go();
    };
    if (this.latencyMs === 0) now();
    else setTimeout(now, this.latencyMs);
  }

  /** Both sides, by a reset unless one of them has ended in order. */
  private end(link: Link, reset = true): void {
    this.links.delete(link);
    for (const side of [link.near, link.far]) {
      if (reset) side?.resetAndDestroy();
      else side?.end();
    }
  }
}
