/**
 * A value in an answer that nobody can keep is that item's alone: what was answered beside it, in the same submission or question, is recorded (law 8), and
 * so is the answer without the value.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDeliveryActivities } from '../../activities/delivery.activities.js';
import { HttpGateway } from '../../src/channels/http-gateway.channel.js';
import { HttpProvider } from '../../src/providers/http.provider.js';
import { DeliveryResults } from '../../src/storage/delivery-results.store.js';
import { DeliveryClaims } from '../../src/storage/delivery.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { deliveryPorts } from '../support/delivery-ports.js';
import { passTransportTime, payoutQueue, queueAt, seedPayouts, type PayoutScene } from '../support/payouts.js';
import { emptyTables, GATEWAY, seedDecided, sendOnce, SHARD, T0 } from '../support/seed.js';

const SECRET = Buffer.alloc(32, 1).toString('base64');
const TERMS = { idempotent: true, idempotencyMs: 60_000, lookup: true, visibilityMs: 0, timeoutMs: 5_000 };
const NUL = 'a\u0000b';
const HALF = 'a\ud800b';
const MENDED = 'a\ufffdb';
const TOLD = { reference: 'r', paidAt: '2026-03-03T10:00:00+09:00' };
/** What a provider says beside its word, and what of it is kept. */
const WORDS = [
  [TOLD, { reference: 'r', code: null, paid: true }],
  [
    { ...TOLD, paidAt: '0000-12-31T15:00:00Z' },
    { reference: 'r', code: null, paid: false },
  ],
  [
    { ...TOLD, paidAt: '0001-01-01T00:00:00' },
    { reference: 'r', code: null, paid: false },
  ],
  [
    { ...TOLD, paidAt: '2026-03-03T10:00:00' },
    { reference: 'r', code: null, paid: false },
  ],
  [
    { ...TOLD, paidAt: '+275760-09-13T00:00:00Z' },
    { reference: 'r', code: null, paid: false },
  ],
  [
    { ...TOLD, paidAt: 1_772_499_600 },
    { reference: 'r', code: null, paid: false },
  ],
  [
    { ...TOLD, reference: NUL },
    { reference: MENDED, code: null, paid: true },
  ],
  [
    { ...TOLD, code: HALF },
    { reference: 'r', code: MENDED, paid: true },
  ],
] as const;
const JOURNEY = sendOnce('spring');
const AT = { gateway: GATEWAY, shard: SHARD, step: 0, now: T0 };
const CUSTOMERS = ['half', 'juno', 'nul', 'odd'];

describe('an answer with a value that nobody can keep', () => {
  let database: TestDatabase;
  let pool: Pool;
  let server: Server;
  let url: string;
  /** Of a request, by its path's last part and its body. */
  let answer: (last: string, body: string) => object;
  const clients: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    server = createServer((request, response) => {
      const last = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
      void text(request).then((body) => response.end(JSON.stringify(answer(last, body))));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => emptyTables(database.pool));
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
  afterAll(async () => {
    server.close();
    await pool.end();
    await database.drop();
  });

  const open = <T extends { close(): Promise<void> }>(client: T): T => {
    clients.push(client);
    return client;
  };
  const provider = () => open(new HttpProvider({ url, secret: SECRET, timeoutMs: TERMS.timeoutMs }));
  function payouts() {
    const http = provider();
    return payoutQueue(pool, () => ({ terms: TERMS, submit: http.submit.bind(http), lookup: http.lookup.bind(http) }));
  }
  const wordOf = ({ keys }: PayoutScene, key: string) => ({ status: 'paid', ...WORDS[keys.indexOf(key)]?.[0] });
  const kept = async ({ keys }: PayoutScene) =>
    (
      await database.pool.query(
        `select state, reference, code, paid_at is not null as paid from payouts where key = any($1) order by array_position($1, key)`,
        [keys],
      )
    ).rows;
  const asTold = WORDS.map(([, told]) => ({ state: 'paid', ...told }));

  it('to a payout leaves the others recorded, and it without the value', async () => {
    const scene = await seedPayouts(database.pool, pool, 'run', WORDS.length);
    answer = (_, body) => wordOf(scene, (JSON.parse(body) as { key: string }).key);
    await payouts().submit(queueAt(scene));
    expect(await kept(scene)).toEqual(asTold);
    const { rows } = await database.pool.query('select distinct outcome from payout_attempts');
    expect(rows).toEqual([{ outcome: 'paid' }]);
  });

  it('to the question after a payout does so, too', async () => {
    const scene = await seedPayouts(database.pool, pool, 'run', WORDS.length);
    answer = () => ({ status: 'accepted' });
    await payouts().submit(queueAt(scene));
    await passTransportTime(database.pool, scene.provider, 60_000);
    answer = (key) => wordOf(scene, key);
    await payouts().resolve(queueAt(scene));
    expect(await kept(scene)).toEqual(asTold);
  });

  it('to a reversal is mended', async () => {
    answer = () => ({ status: 'rejected', reason: NUL, reference: HALF });
    const reply = await provider().reverse({ key: 'p', n: 1, reason: 'by mistake', attempt: 1 }, new Date());
    expect(reply).toEqual({ kind: 'word', word: { status: 'rejected', reason: MENDED, reference: MENDED } });
  });

  it('to a message leaves the others recorded; one whose result cannot be read is asked about', async () => {
    await seedDecided({ database, pool }, JOURNEY, CUSTOMERS);
    const results = [
      { id: 'm/run/send/1/half', status: 'accepted', reference: HALF },
      { id: 'm/run/send/1/juno', status: 'accepted', reference: 'r' },
      { id: 'm/run/send/1/nul', status: 'rejected', reason: NUL },
      { id: 'm/run/send/1/odd', status: 'perhaps' },
    ];
    answer = () => ({ results });
    const claims = new DeliveryClaims(pool, 'test', async () => JOURNEY);
    const http = open(new HttpGateway({ url, secret: SECRET, timeoutMs: TERMS.timeoutMs }));
    const gateway = {
      terms: { ...TERMS, batchSize: 100 },
      submit: http.submit.bind(http),
      lookup: http.lookup.bind(http),
    };
    const activities = createDeliveryActivities(deliveryPorts({ claims, results: new DeliveryResults(pool) }, gateway));
    const messages = async () =>
      (await database.pool.query('select state, reason, reference from outbox order by id')).rows;
    await new MockActivityEnvironment().run(activities.deliverMessages, { ...AT, now: T0 + 1_000 });
    const others = [
      { state: 'accepted', reason: null, reference: MENDED },
      { state: 'accepted', reason: null, reference: 'r' },
      { state: 'rejected', reason: MENDED, reference: null },
    ];
    expect(await messages()).toEqual([...others, { state: 'ambiguous', reason: 'no_result', reference: null }]);
    answer = (id) => ({ id, status: 'accepted', reference: NUL });
    await new MockActivityEnvironment().run(activities.resolveMessages, { ...AT, now: T0 + 2_000 });
    expect(await messages()).toEqual([...others, { state: 'accepted', reason: null, reference: MENDED }]);
  });
});
