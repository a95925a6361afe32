/**
 * A connection to Temporal that is taken and on which nothing ever comes, as a network leaves it that fails at that moment: it is given up, and the next
 * one works, without a restart of anybody.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { connectClient, withinBound } from '../../src/temporal/connect.js';
import { until } from '../support/stack.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('a Temporal that says nothing', () => {
  let proxy: TcpProxy;
  let client: Client;
  beforeAll(async () => {
    proxy = await TcpProxy.start();
    proxy.towards(Number((process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233').split(':').at(-1)));
    client = await connectClient({ address: `127.0.0.1:${proxy.port}`, namespace: 'default' });
  });
  afterAll(async () => {
    await client?.connection.close();
    await proxy?.close();
  });

  const answers = (): Promise<boolean> =>
    withinBound(client, () => client.workflowService.getSystemInfo({}), 2_000).then(
      () => true,
      () => false,
    );

  it('is asked by another connection once the network is well', async () => {
    expect(await answers()).toBe(true);
    const before = proxy.accepted;
    proxy.cut();
    proxy.halfOpen();
    await until('it has been called again', async () => !(await answers()) && proxy.accepted > before);
    await proxy.heal();
    await until('it answers', answers, 60_000);
  });
});
