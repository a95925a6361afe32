/**
 * Connections to Temporal.
 */
import { Client, Connection } from '@temporalio/client';

export interface TemporalAddress {
  address: string;
  namespace: string;
}

export async function connectClient(at: TemporalAddress): Promise<Client> {
  const connection = await Connection.connect({ address: at.address, connectTimeout: '10 seconds' });
  return new Client({ connection, namespace: at.namespace });
}
