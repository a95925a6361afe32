/**
 * Records the database of a release, to be upgraded by all that come after it: a campaign with people waiting, messages sent and queued, payouts paid,
 * held, owed and intended, a ledger and its seals. Run by `PADO_RECORD=release PADO_RELEASE=0.2.0 ./pado test tests/upgrade/record.ts` at the commit of the
 * release; with PADO_RELEASE_BUILD, the folder of an older commit that has been built, of that one.
 */
import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { customers, defineBasics, importCustomers, launch, respond, sealed, twoWaves } from '../support/campaigns.js';
import { MIGRATIONS } from '../../src/services/migration-files.js';
import { Stack, until } from '../support/stack.js';
import { migratedBy, recordRelease } from '../support/upgrade.js';

const COUNT = 40;
const RELEASE = process.env['PADO_RELEASE'] as string;
const BUILD = process.env['PADO_RELEASE_BUILD'];

it('records the release', async () => {
  const migrations = BUILD ? join(BUILD, 'prisma/migrations') : MIGRATIONS;
  const stack = await Stack.start({
    epoch: '2026-03-03T10:00:00+09:00',
    database: await migratedBy(migrations),
    ...(BUILD ? { build: join(BUILD, 'dist') } : {}),
  });
  try {
    const count = async (sql: string) => (await stack.one<{ n: number }>(`select count(*)::int as n from ${sql}`)).n;
    const switchOff = (scope: string) =>
      stack.ok(
        'POST',
        `/v1/controls/${scope}`,
        { state: 'paused', reason: 'the release is recorded' },
        { as: 'operator' },
      );
    await defineBasics(stack);
    await importCustomers(stack, customers(COUNT));
    await launch(stack, twoWaves({ key: 'waves', span: 'PT40S' }));
    await until('the first wave is out', async () => (await count(`outbox where state = 'accepted'`)) === COUNT);
    await respond(stack, ['c00001', 'c00002', 'c00003', 'c00004', 'c00005']);
    await until('five are paid', async () => (await count(`payouts where state = 'paid'`)) === 5);
    stack.simulator.provider.setFaults({ reject422: 1 });
    await respond(stack, ['c00006']);
    await until('one is owed', async () => (await count(`owed_items where state = 'open'`)) === 1);
    await stack.ok('PUT', '/v1/customers/c00007/status', { status: 'incident', reason: 'reported' });
    await respond(stack, ['c00007']);
    await until('one is held', async () => (await count(`payouts where state = 'held'`)) === 1);
    stack.simulator.heal();
    await switchOff('provider/sim-pay');
    await switchOff('gateway/sim-gate');
    await respond(stack, ['c00008', 'c00009']);
    await launch(stack, twoWaves({ key: 'behind', span: 'PT20S' }));
    await until('messages are queued and payouts intended', async () => {
      const [messages, payouts] = [
        await count(`outbox where state = 'queued'`),
        await count(`payouts where state = 'intended'`),
      ];
      return messages === COUNT - 1 && payouts === 2;
    });
    expect(await count(`participants where state = 'active' and node = 'wait-1'`)).toBeGreaterThan(COUNT);
    await (BUILD ? until('all is sealed', async () => (await count('ledger_unsealed')) === 0) : sealed(stack));
    await Promise.all([stack.api, ...stack.workers].map((child) => child.kill('SIGTERM')));
    await recordRelease(RELEASE, stack.pool, stack.books, migrations);
  } finally {
    await stack.stop();
  }
}, 300_000);
