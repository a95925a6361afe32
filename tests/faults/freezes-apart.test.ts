/**
 * Audiences of many runs are frozen at once and hang, as where a lake does not answer: nothing else waits for them (law 8). Runs among them are switched
 * and asked to let somebody in meanwhile, and go on as they were told when their freeze ends.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { customers, defineBasics, importCustomers, launch, respond, settled, twoWaves } from '../support/campaigns.js';
import { holdLocks } from '../support/seed.js';
import { Stack, until } from '../support/stack.js';

const COUNT = 20;
const IDS = customers(COUNT).map(({ id }) => id);
/** More than a worker has places for anything. */
const OPENING = 10;
const PLACES = 2;

let stack: Stack;
/** Also where the test fails, or its worker would wait for them at its end. */
let letGo = async (): Promise<void> => undefined;
beforeAll(async () => {
  stack = await Stack.start({ epoch: '2026-03-03T10:00:00+09:00', sweepSeconds: 4 });
  await defineBasics(stack);
  await importCustomers(stack, customers(COUNT));
  await stack.pool.query(
    `create function wait_to_open() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(99, 0); return null; end $$;
     create trigger wait_to_open before insert on lanes for each statement execute function wait_to_open()`,
  );
});
afterAll(async () => {
  await letGo();
  await stack?.stop();
});

const waiting = async () =>
  (await stack.pool.query(`select from pg_locks where locktype = 'advisory' and classid = 99 and not granted`))
    .rowCount ?? 0;
const count = async (sql: string, run: string | string[]) => Number((await stack.one<{ n: string }>(sql, [run])).n);
const ask = async (run: string) =>
  (await stack.ok('POST', `/v1/runs/${run}/entrants`, { customers: [IDS[0]] }, { as: 'operator' })).refused;

it('keep nothing else from moving, and are switched meanwhile', async () => {
  const running = await launch(stack, twoWaves({ key: 'running', span: 'PT2H' }));
  const standing = `select count(*) as n from participants where run_id = $1 and node = 'wait-1'`;
  await until('everybody waits', async () => (await count(standing, running)) === COUNT);

  const held = await holdLocks(stack.pool, 'select pg_advisory_xact_lock(99, 0)');
  letGo = async () => {
    letGo = async () => undefined;
    await held.release();
  };
  const opening: string[] = [];
  for (let n = 0; n < OPENING; n += 1)
    opening.push(await launch(stack, twoWaves({ key: `opening-${n}`, span: 'PT2H' })));
  await until('freezes hang', async () => (await waiting()) >= PLACES);
  await respond(stack, IDS, 'purchase', 'running');
  await settled(stack, running);
  expect(await waiting()).toBe(PLACES);

  const [first] = opening as [string];
  expect(await ask(first)).toEqual([{ customer: IDS[0], reason: 'opening' }]);
  await stack.ok('POST', '/v1/controls/all', { state: 'paused', reason: 'all hang' }, { as: 'operator' });
  expect(await ask(first)).toEqual([{ customer: IDS[0], reason: 'paused' }]);
  await letGo();
  for (const run of opening)
    await until('it is open', async () =>
      stack.one(`select 1 from runs where id = $1 and state = 'running' and frozen_at is not null`, [run]),
    );
  expect(await count('select count(*) as n from outbox where run_id = any($1)', opening)).toBe(0);
  await stack.ok('POST', '/v1/controls/all', { state: 'running', reason: 'all are open' }, { as: 'operator' });
  for (const run of opening) {
    await until('everybody waits', async () => (await count(standing, run)) === COUNT);
    await stack.ok('POST', `/v1/runs/${run}/stop`, { reason: 'enough' });
  }
  for (const run of opening) await settled(stack, run);
  await stack.auditClean();
}, 400_000);
