/**
 * A partner without an API, from campaign to audit: payouts leave in files and are decided by files, while a worker is killed, Redis is emptied and the
 * partner loses, doubles and disorders its answers. Its folder is the book that the audit believes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { assertClean, runAudit } from '../../src/auditor/index.js';
import { FilePartner } from '../../src/simulator/file-partner.js';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { ownRedis } from '../support/own-redis.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 300;

describe('a partner that takes files', () => {
  const above = mkdtempSync(join(tmpdir(), 'pado-partner-'));
  const folder = join(above, 'post');
  let stack: Stack;
  let redis: Redis;
  beforeAll(async () => {
    redis = new Redis(ownRedis('file-partner'));
    const providers = [{ kind: 'file', name: 'post', folder, rowsMax: 100, simulated: true }];
    const env = { PADO_PAYOUT_PROVIDERS: JSON.stringify(providers) };
    stack = await Stack.start({
      epoch: '2026-03-03T10:00:00+09:00',
      workers: 2,
      redisUrl: ownRedis('file-partner'),
      sweepSeconds: 4,
      env: { worker: env, api: env },
    });
  });
  afterAll(async () => {
    redis?.disconnect();
    await stack?.stop();
    rmSync(above, { recursive: true, force: true });
  });

  const audit = () =>
    runAudit({
      databaseUrl: stack.ownerUrl,
      providerBooks: [folder],
      gatewayBooks: stack.simulator.gateways.map(({ bookFile }) => bookFile),
    });

  it('pays or rejects each once, and waits are told', async () => {
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    const epoch = await stack.businessNow();
    const began = performance.now();
    const partner = new FilePartner({
      name: basename(folder),
      folder,
      now: () => epoch + (performance.now() - began),
      rejects: (key) => key.endsWith('7/1'),
    });
    const run = await launch(stack, twoWaves({ provider: 'post', span: 'PT2H' }));
    await until('the first wave is out', async () => (await stack.simulator.gateway.readBook()).length === COUNT);
    const ids = customers(COUNT).map(({ id }) => id);
    await respond(stack, ids.slice(0, COUNT / 2));
    await until('a file is out', async () => (await partner.read()) > 0);
    await stack.worker.kill('SIGKILL');
    await redis.flushdb();
    await respond(stack, ids.slice(COUNT / 2));
    await stack.worker.start();
    await partner.answer({ late: true });
    const all = async () => {
      await partner.read();
      const sum = 'select count(*)::int as files, coalesce(sum(rows), 0)::int as n from payout_files';
      const { files, n } = await stack.one<{ files: number; n: number }>(sum);
      return n === COUNT && partner.taken.size === files;
    };
    await until('all have left, and are read', all);
    await partner.answer({ lost: true, rowsAgain: true });
    const { n: open } = await stack.one<{ n: number }>(
      `select count(*)::int as n from payouts where state = 'accepted'`,
    );
    expect(open).toBeGreaterThan(0);
    assertClean(await audit());
    await partner.bringLost();
    await partner.tell([], { doubled: true });
    await settled(stack, run, 120_000);

    expect([partner.again, partner.repeats.other]).toEqual([[], 0]);
    const { rows } = await stack.pool.query('select state, count(*)::int as n from payouts group by 1 order by 1');
    const rejected = ids.filter((id) => id.endsWith('7')).length;
    expect(rows).toEqual([
      { state: 'paid', n: COUNT - rejected },
      { state: 'rejected', n: rejected },
    ]);
    const report = await audit();
    assertClean(report);
    expect(await stack.one('select count(*)::int as n from breaks')).toEqual({ n: 0 });
  });
});
