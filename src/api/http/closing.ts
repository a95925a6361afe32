/**
 * An end that waits for requests alone. Node waits, too, for connections on which nothing was asked yet, of which a browser opens some beforehand, and for
 * those that rest after an answer which was under way when the end began.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Returns what is called when the server is about to close: connections without a request end then, the others with their answer. */
export function endsConnections(server: Server): () => void {
  const unasked = new Set<Socket>();
  let closing = false;
  server.on('connection', (socket: Socket) => {
    if (closing) {
      socket.destroy();
      return;
    }
    unasked.add(socket);
    socket.once('close', () => unasked.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    unasked.delete(socket);
    response.once('close', () => {
      if (closing) socket.end();
    });
  });
  return () => {
    closing = true;
    for (const socket of unasked) socket.destroy();
  };
}
