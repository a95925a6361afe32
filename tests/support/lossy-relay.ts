/**
 * Stands before the API as a bad network does: the first requests arrive and are done, but their answers are lost.
 */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class LossyRelay {
  /** Requests that arrived, and answers that were lost. */
  arrived = 0;
  lost = 0;
  readonly paths = new Set<string>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string, lose: number): Promise<LossyRelay> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new LossyRelay(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (incoming, answer) => {
      relay.arrived += 1;
      relay.paths.add(incoming.url ?? '');
      const { method, headers } = incoming;
      const onward = request(target + (incoming.url ?? ''), { method, headers }, (reply) => {
        if (relay.lost < lose) {
          relay.lost += 1;
          reply.resume().once('end', () => incoming.socket.destroy());
          return;
        }
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      onward.on('error', () => incoming.socket.destroy());
      incoming.pipe(onward);
    });
    return relay;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
