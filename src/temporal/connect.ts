/**
 * Connections to Temporal. One on which nothing comes any more, though nobody has closed it, is noticed within 20 s and replaced.
 */
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

export async function connectClient(at: TemporalAddress, tracing?: Tracing | null): Promise<Client> {
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
