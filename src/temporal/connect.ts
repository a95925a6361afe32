/**
 * Connections to Temporal. One on which nothing comes any more, though nobody has closed it, is noticed within 20 s and replaced.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import type { Tracing } from './tracing.js';

export interface TemporalAddress {
  address: string;
  namespace: string;
}

/** A nudge is a hint, and what is due is found by the sweep: nobody waits longer for a Temporal that does not answer. */
const ANSWER_MS = 10_000;
/** As often as Temporal's server lets a client ask (10 s), with some room. */
const KEEPALIVE = { 'grpc.keepalive_time_ms': 15_000, 'grpc.keepalive_timeout_ms': 5_000 };

/** Of an address that names none. */
const DEFAULT_PORT = 7233;
/** In which a server that has taken a connection says its first word. */
const FIRST_WORD_MS = 10_000;

export async function connectClient(at: TemporalAddress, tracing?: Tracing | null): Promise<Client> {
  giveUpMute(Number(/:(\d+)$/.exec(at.address)?.[1] ?? DEFAULT_PORT));
  const connection = await Connection.connect({
    address: at.address,
    connectTimeout: '10 seconds',
    channelArgs: KEEPALIVE,
  });
  const interceptors = tracing ? { workflow: [tracing.client] } : {};
  return new Client({ connection, namespace: at.namespace, interceptors });
}

/** Errors: those of the calls, retries included; that no answer came in time. gRPC counts its deadline by the machine's clock. */
export function withinBound<T>(client: Client, calls: () => Promise<T>, answerMs = ANSWER_MS): Promise<T> {
  return client.withDeadline(Date.now() + answerMs, calls);
}

/** Of Temporal's servers, as named by their addresses. */
const ports = new Set<number>();

/**
 * A connection to this port on which nothing ever comes is ended, so that another one is made. gRPC for Node waits for the first word without end (1.14), and
 * every call fails until then: such a connection is left by a network that fails between its opening and that word. What else is
 * called at a port of that number ends likewise, where it says nothing for so long.
 */
function giveUpMute(port: number): void {
  if (ports.size === 0) subscribe('net.client.socket', (message) => endIfMute((message as { socket: Socket }).socket));
  ports.add(port);
}

function endIfMute(socket: Socket): void {
  socket.once('connect', () => {
    if (!ports.has(socket.remotePort ?? 0)) return;
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy(new Error('nothing has come on a connection to Temporal'));
    }, FIRST_WORD_MS);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  });
}
