/**
 * A message that may or may not have gone out, and whose gateway is paused meanwhile: it is asked about now and then, not without end, and goes out once
 * the gateway is on again.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  createDeliveryActivities,
  type QueueInput,
  type ResolveResult,
  type Submitted,
} from '../../activities/delivery.activities.js';
import { ControlWork } from '../../src/storage/control-work.store.js';
import { ControlsStore } from '../../src/storage/controls.store.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { expectAskedLater } from '../support/asked-later.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';

const TERMS = {
  batchSize: 100,
  timeoutMs: 5_000,
  idempotent: true,
  idempotencyMs: 3_600_000,
  lookup: true,
  visibilityMs: 0,
};
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.appUrl);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('is asked about with a pause between, and submitted again when it may', async () => {
  await seedDecided({ database, pool }, JOURNEY, ['minji']);

  let submissions = 0;
  let asked = 0;
  let answer: (id: string) => Submitted = () => ({ kind: 'unknown' });
  const claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
  const results = new DeliveryResults(pool);
  const { deliverMessages, resolveMessages } = createDeliveryActivities(
    deliveryPorts(
      { claims, results },
      {
        terms: TERMS,
        submit: async ([message]) => {
          submissions += 1;
          return answer(message?.id ?? '');
        },
        lookup: async () => {
          asked += 1;
          return { kind: 'absent' };
        },
      },
    ),
  );
  const resolve = () =>
    new MockActivityEnvironment().run<[QueueInput], ResolveResult, typeof resolveMessages>(resolveMessages, AT);
  const put = async (state: 'paused' | 'running') => {
    const scope = `gateway/${GATEWAY}`;
    await new ControlsStore(pool).switch({ scope, state, reason: 'test', overdue: 'shift' }, { by: 'o', now: T0 });
    await new ControlWork(pool).run(scope, () => true);
  };
  const resolvedAndAskedLater = () => expectAskedLater(database.pool, 'outbox', async () => (await resolve()).nextInMs);
  const later = (span: string) => database.pool.query('update outbox set lookup_at = lookup_at - $1::interval', [span]);
  const minuteLater = () => later('1 minute');

  await new MockActivityEnvironment().run(deliverMessages, AT);
  answer = (id) => ({
    kind: 'answered',
    results: new Map([[id, { status: 'accepted', reason: null, reference: 'r' }]]),
  });
  await put('paused');
  await resolvedAndAskedLater();
  await later('-1 hour'); // however slow the machine, it is not due yet
  expect((await resolve()).nextInMs).toBeGreaterThan(500);
  expect({ asked, submissions }).toEqual({ asked: 1, submissions: 1 });
  await later('1 hour');
  await minuteLater();
  await resolvedAndAskedLater();
  expect({ asked, submissions }).toEqual({ asked: 2, submissions: 1 });

  await put('running');
  await minuteLater();
  expect((await resolve()).nextInMs).toBeNull();
  expect({ asked, submissions }).toEqual({ asked: 3, submissions: 2 });
  const { rows } = await database.pool.query('select state, attempts from outbox');
  expect(rows).toEqual([{ state: 'accepted', attempts: 2 }]);
});
