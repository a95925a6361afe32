/**
 * Which channel a send takes, by the cohort's transaction against one SQL statement that asks the tables for the first channel that nothing
 * forbids: random customers, consents, addresses, contacts, policies, switches and times.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Channel } from '../../src/domain/base/channels.js';
import { bucketOf } from '../../src/domain/base/hash.js';
import type { Choice } from '../../src/domain/journey/choices.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { emptyTables, laneOver, putPolicy, seedRun, sendOnce, T0 } from '../support/seed.js';
import { seeded } from '../support/seeded.js';

const CHANNELS = ['push', 'sms', 'lms', 'email'] as const;
const PURPOSES = ['advertising', 'information'] as const;
const ZONES = ['Asia/Seoul', 'America/New_York'] as const;
const HOUR = 3_600_000;

const consent = fc.option(fc.record({ granted: fc.constantFrom(true, true, false), night: fc.boolean() }), {
  nil: undefined,
});
const customer = fc.record({
  status: fc.constantFrom('active', 'active', 'active', 'active', 'incident'),
  zone: fc.constantFrom(...ZONES),
  consents: fc.record({ push: consent, sms: consent, lms: consent, email: consent }),
  addresses: fc.subarray(['push', 'phone', 'email']),
  likes: fc.constantFrom<unknown>(...CHANNELS, 'alimtalk', 7, null),
  contacts: fc.array(fc.constantFrom<Channel>(...CHANNELS), { maxLength: 3 }),
});
const send = fc.record({
  purpose: fc.constantFrom(...PURPOSES),
  channels: fc.shuffledSubarray([...CHANNELS], { minLength: 2 }),
  follows: fc.boolean(),
  now: fc.constantFrom(T0, T0 + 12 * HOUR, T0 + 20 * HOUR),
  caps: fc.record({ all: fc.integer({ min: 1, max: 4 }), sms: fc.integer({ min: 1, max: 2 }) }),
  closed: fc.subarray([...CHANNELS.map((channel) => `channel/${channel}`), 'gateway/gate-push', 'gateway/gate-email']),
});

/** `$1` choices, `$2` purpose, `$3` now, `$4` whether it follows the attribute. */
const BY_TABLES = `
select c.id, (
  select k.channel from json_to_recordset($1::json) as k(ord int, channel text, gateway text)
  where c.status = 'active'
    and coalesce((c.consents->(k.channel || ':' || $2)->>'granted')::boolean, $2 = 'information')
    and c.addresses ? case when k.channel in ('push', 'email') then k.channel else 'phone' end
    and not exists (select from controls x where x.state <> 'running' and x.scope in ('channel/' || k.channel, 'gateway/' || k.gateway))
    and ($2 = 'information' or k.channel = 'email'
      or ($3::timestamptz at time zone c.zone)::time >= '08:00' and ($3::timestamptz at time zone c.zone)::time < '21:00'
      or coalesce((c.consents->(k.channel || ':' || $2)->>'night')::boolean, false))
    and not exists (
      select from contact_policies p where p.scope->>'kind' = 'all' or p.scope->>'value' = k.channel
      group by p.key, p.cap, p.scope
      having p.cap <= (select count(*) from contacts t where t.customer_id = c.id and t.run_id = 'before'
                         and (p.scope->>'kind' = 'all' or t.channel = p.scope->>'value')))
  order by $4 and coalesce(c.attributes->>'likes' = k.channel, false) desc, k.ord limit 1) as channel
from customers c order by c.id`;

describe('the channel of a send that has a choice', () => {
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

  type Customer = typeof customer extends fc.Arbitrary<infer T> ? T : never;

  async function seed(people: readonly Customer[], purpose: string, now: number): Promise<string[]> {
    const ids = people.map((_, n) => `c${String(n).padStart(2, '0')}`);
    const rows = people.map((one, n) => ({
      id: ids[n],
      bucket: bucketOf(ids[n] as string),
      zone: one.zone,
      status: one.status,
      consents: Object.fromEntries(
        Object.entries(one.consents).flatMap(([channel, said]) => (said ? [[`${channel}:${purpose}`, said]] : [])),
      ),
      addresses: Object.fromEntries(one.addresses.map((kind) => [kind, `${kind}-${n}`])),
      attributes: { likes: one.likes },
    }));
    await database.pool.query(
      `insert into customers (id, bucket, zone, status, consents, addresses, attributes)
       select * from json_to_recordset($1::json) as x(id text, bucket int, zone text, status text, consents jsonb, addresses jsonb, attributes jsonb)`,
      [JSON.stringify(rows)],
    );
    const contacts = people.flatMap(({ contacts: own }, n) =>
      own.map((channel, k) => ({ i: `${n}/${k}`, c: ids[n], channel })),
    );
    await database.pool.query(
      `insert into contacts (message_id, customer_id, run_id, channel, purpose, at, state)
       select i, c, 'before', channel, $2, $3, 'counted' from json_to_recordset($1::json) as x(i text, c text, channel text)`,
      [JSON.stringify(contacts), purpose, new Date(now - HOUR)],
    );
    return ids;
  }

  it('is the first that nothing forbids, as the tables have it; nobody gets two, and the contact is of that channel', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(customer, { minLength: 15, maxLength: 30 }), send, async (people, given) => {
        await emptyTables(database.pool);
        const choices = given.channels.map((channel): Choice => ({
          channel,
          gateway: `gate-${channel}`,
          template: `${channel}@1`,
        }));
        const [first, ...fallback] = choices;
        const quiet = given.purpose === 'advertising' ? { from: '21:00', to: '08:00' } : null;
        const journey = sendOnce(
          'choice',
          { purpose: given.purpose, quiet },
          { ...(first as Choice), fallback, ...(given.follows ? { preferred: 'likes' } : {}) },
        );
        const ids = await seed(people, given.purpose, given.now);
        await seedRun(database.pool, 'run', journey, ids);
        await putPolicy(database.pool, { key: 'all', cap: given.caps.all });
        await putPolicy(database.pool, { key: 'sms', cap: given.caps.sms, scope: { kind: 'channel', value: 'sms' } });
        for (const scope of given.closed)
          await database.pool.query(
            `insert into controls (scope, state, reason, actor, at) values ($1, 'paused', 'r', 'o', $2)`,
            [scope, new Date(given.now)],
          );

        const listed = JSON.stringify(choices.map((choice, ord) => ({ ord, ...choice })));
        const expected = await database.pool.query<{ id: string; channel: string | null }>(BY_TABLES, [
          listed,
          given.purpose,
          new Date(given.now),
          given.follows,
        ]);
        await laneOver(pool, { run: journey })({ runId: 'run', now: given.now });
        const sent = await database.pool.query<{ id: string; channel: string; told: string }>(
          `select o.customer_id as id, o.channel, o.gateway, o.template, c.channel as contact, t.steps like '%channel=' || o.channel || ':taken,%' as told
           from outbox o join contacts c on c.message_id = o.id join trace t on t.run_id = o.run_id and t.customer_id = o.customer_id
           where o.run_id = 'run' order by 1`,
        );
        expect(sent.rows).toEqual(
          expected.rows.flatMap(({ id, channel }) =>
            channel === null
              ? []
              : [{ id, channel, gateway: `gate-${channel}`, template: `${channel}@1`, contact: channel, told: true }],
          ),
        );
        const traces = await database.pool.query<{ steps: string }>('select steps from trace');
        for (const { steps } of traces.rows)
          for (const [word] of steps.matchAll(/channel=\w+:\w+/g)) met.add(word.split(':')[1] as string);
      }),
      { seed: seeded('channel choice'), numRuns: 30 },
    );
    expect([...met].sort()).toEqual([
      'capped',
      'channel_off',
      'consent_refused',
      'incident',
      'no_address',
      'no_consent',
      'quiet_hours',
      'taken',
    ]);
  });
});
