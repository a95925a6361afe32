/**
 * Loopback ports for our own services: the one of the last start where it is still free, else another. Nothing is ever taken from
 * somebody who listens.
 */
import { connect, createServer } from 'node:net';
import type { StateFolder } from './state-folder.js';

const HOST = '127.0.0.1';

/** A free port for this purpose, remembered for the next start. */
export async function choosePort(state: StateFolder, purpose: string): Promise<number> {
  const remembered = state.rememberedPort(purpose);
  const port = remembered !== undefined && (await isFree(remembered)) ? remembered : await freePort();
  state.rememberPort(purpose, port);
  return port;
}

export async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

/** One that nobody listens on now. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) throw new Error('no free port on 127.0.0.1');
  return port;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}

/** Whether somebody accepts connections there within the time. */
export function accepts(host: string, port: number, timeoutMs = 3_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
