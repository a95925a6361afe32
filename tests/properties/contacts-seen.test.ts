/**
 * The set SQL that counts contacts, for decisions and for hand-overs, against the pure functions that say what counts (law 5), and both
 * against a naive oracle that knows no windows, only the dates that a calendar on the customer's wall would show.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  countHandedOver,
  countSeen,
  type ContactPolicy,
  type PolicyScope,
  type SeenContact,
} from '../../src/domain/contact-policy/policy.js';
import type { PolicyWindow } from '../../src/domain/contact-policy/window.js';
import { contactsHandedOver, contactsSeen } from '../../src/storage/contacts-seen.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { T0 } from '../support/seed.js';
import { seeded } from '../support/seeded.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CUSTOMERS = ['a', 'b', 'c'] as const;
/** DST at night, at midnight (skipped and twice), none, half hours. */
const ZONES = [
  'Asia/Seoul',
  'Europe/Berlin',
  'America/New_York',
  'Africa/Cairo',
  'America/Havana',
  'Australia/Lord_Howe',
];

const channel = fc.constantFrom<'push' | 'sms' | 'email'>('push', 'sms', 'email');
const purpose = fc.constantFrom<'advertising' | 'information'>('advertising', 'information');
const product = fc.constantFrom('card', 'loan');
const span = fc.oneof(fc.constantFrom(1, 1_000, DAY, 7 * DAY, 30 * DAY), fc.integer({ min: 1, max: 40 * DAY }));
const window: fc.Arbitrary<PolicyWindow> = fc.oneof(
  span.map((spanMs) => ({ kind: 'rolling' as const, spanMs })),
  fc
    .constantFrom('day', 'week', 'month')
    .map((unit) => ({ kind: 'calendar' as const, unit })) as fc.Arbitrary<PolicyWindow>,
);
const scope: fc.Arbitrary<PolicyScope> = fc.oneof(
  fc.constant({ kind: 'all' as const }),
  channel.map((value) => ({ kind: 'channel' as const, value })),
  purpose.map((value) => ({ kind: 'purpose' as const, value })),
  product.map((value) => ({ kind: 'product' as const, value })),
);
const policies = fc.array(
  fc
    .record({ scope, window, exemptInformation: fc.boolean() })
    .map((one): ContactPolicy => ({ key: 'p', version: 1, cap: 1, lookAheadMs: 0, ...one })),
  { minLength: 1, maxLength: 5 },
);

/** Around clock changes, month ends, the turn of the year and a leap day; at whole hours, give or take two ms, or anywhere. */
const ANCHORS = [
  '2026-03-03T01:00:00Z',
  '2026-03-08T05:00:00Z', // Havana skips midnight, New York 02:00
  '2026-03-29T01:00:00Z', // Berlin
  '2026-04-23T22:00:00Z', // Cairo skips midnight
  '2026-10-25T01:00:00Z', // Berlin
  '2026-10-29T21:00:00Z', // Cairo has 23:00 twice
  '2026-11-01T05:00:00Z', // Havana has midnight twice
  '2026-12-31T15:00:00Z', // Seoul's new year
  '2028-02-29T00:00:00Z',
  '2027-02-28T15:00:00Z',
].map((text) => Date.parse(text));
const near = (hours: number) =>
  fc
    .tuple(fc.integer({ min: -hours, max: hours }), fc.integer({ min: -2, max: 2 }), fc.constantFrom(0, 0, HOUR / 2))
    .map(([h, ms, half]) => h * HOUR + half + ms);
const now = fc.tuple(fc.constantFrom(...ANCHORS), near(40)).map(([anchor, off]) => anchor + off);
const age = fc.oneof(near(72), fc.integer({ min: -60_000, max: 45 * DAY }));

const STATES = ['queued', 'submitting', 'ambiguous', 'accepted', 'rejected'] as const;
const contact = fc
  .record({
    customer: fc.constantFrom(...CUSTOMERS),
    channel,
    purpose,
    product: fc.option(product),
    age,
    state: fc.constantFrom(...STATES),
  })
  // A reservation lives at most 7 days.
  .filter(({ state, age }) => state === 'accepted' || state === 'rejected' || age < 7 * DAY);
type Contact = typeof contact extends fc.Arbitrary<infer T> ? T : never;

const isReserved = (state: Contact['state']) => state === 'queued' || state === 'submitting' || state === 'ambiguous';
const isOut = (state: Contact['state']) => state === 'submitting' || state === 'ambiguous' || state === 'accepted';
const toSeen = (c: Contact, at: number): SeenContact => ({
  ...c,
  at,
  reserved: isReserved(c.state),
  handedOver: isOut(c.state),
});

/** The number of the day, week or month that the customer's calendar shows; weeks begin on Monday. */
function page(unit: 'day' | 'week' | 'month', at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-u-ca-iso8601', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  })
    .formatToParts(at)
    .reduce<Record<string, number>>((all, { type, value }) => ({ ...all, [type]: Number(value) }), {});
  const { year = 0, month = 0, day = 0 } = parts;
  const days = Date.UTC(year, month - 1, day) / DAY;
  if (unit === 'day') return days;
  return unit === 'week' ? Math.floor((days + 3) / 7) : year * 12 + month;
}

/** Contact by contact, without a window. */
function naive(
  policy: ContactPolicy,
  history: readonly Contact[],
  at: number,
  zone: string,
  handOver: boolean,
): number {
  let n = 0;
  for (const c of history) {
    if (c.state === 'rejected') continue;
    if (policy.exemptInformation && c.purpose === 'information') continue;
    if (policy.scope.kind !== 'all' && c[policy.scope.kind] !== policy.scope.value) continue;
    const { window } = policy;
    const then = at - c.age;
    const difference = window.kind === 'calendar' ? page(window.unit, then, zone) - page(window.unit, at, zone) : null;
    const recent = window.kind === 'rolling' ? c.age < window.spanMs : (difference as number) >= 0;
    if (handOver ? isOut(c.state) && recent && (difference ?? 0) <= 0 : isReserved(c.state) || recent) n += 1;
  }
  return n;
}

describe('the contacts that count, by SQL, by the domain and by a naive count,', () => {
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

  const zonesOf = (from: number) =>
    CUSTOMERS.map((id, index) => ({ id, zone: ZONES[(from + index) % ZONES.length] as string }));

  /** In a transaction that is taken back. */
  async function bySql(history: readonly Contact[], inForce: readonly ContactPolicy[], at: number, firstZone: number) {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const rows = history.map((c, no) => ({
        ...c,
        no,
        at: new Date(at - c.age).toISOString(),
        contact: c.state === 'accepted' ? 'counted' : isReserved(c.state) ? 'reserved' : 'returned',
      }));
      await client.query(
        `with rows as (select * from json_to_recordset($1::json)
           as x(no int, customer text, channel text, purpose text, product text, at timestamptz, state text, contact text)),
         sent as (
           insert into outbox (id, run_id, node, visit, customer_id, lane, wave, channel, purpose, advertising, gateway, shard, state, template,
             body, decided_at, not_after)
           select no::text, 'run', 'send', 1, customer, 0, 1, channel, purpose, true, 'gate', 0, state, 't@1', '', at, at from rows)
         insert into contacts (message_id, customer_id, run_id, channel, purpose, product, at, state)
         select no::text, customer, 'run', channel, purpose, product, at, contact from rows`,
        [JSON.stringify(rows)],
      );
      const people = zonesOf(firstZone);
      return {
        seen: await contactsSeen(client, people, inForce, at),
        out: await contactsHandedOver(client, people, inForce, at, []),
      };
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  it('are as many for every policy and customer of random histories, zones and times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(contact, { maxLength: 25 }),
        policies,
        now,
        fc.nat(ZONES.length - 1),
        async (history, inForce, at, firstZone) => {
          const sql = await bySql(history, inForce, at, firstZone);
          for (const { id, zone } of zonesOf(firstZone)) {
            const own = history.filter((c) => c.customer === id);
            const seen = own.filter((c) => c.state !== 'rejected').map((c) => toSeen(c, at - c.age));
            const zeros = inForce.map(() => 0);
            const bySet = { seen: sql.seen.get(id) ?? zeros, out: sql.out.get(id) ?? zeros };
            const byDomain = {
              seen: inForce.map((policy) => countSeen(policy, seen, at, zone)),
              out: inForce.map((policy) => countHandedOver(policy, seen, at, zone)),
            };
            const byOracle = {
              seen: inForce.map((policy) => naive(policy, own, at, zone, false)),
              out: inForce.map((policy) => naive(policy, own, at, zone, true)),
            };
            expect({ id, zone, ...byDomain }).toEqual({ id, zone, ...byOracle });
            expect({ id, zone, ...bySet }).toEqual({ id, zone, ...byOracle });
          }
        },
      ),
      { seed: seeded('contacts seen'), numRuns: 400 },
    );
  });

  it('include a reservation for as long as its message may go out: until seven days after the decision', async () => {
    const all: ContactPolicy = {
      key: 'daily',
      version: 1,
      scope: { kind: 'all' },
      window: { kind: 'rolling', spanMs: DAY },
      cap: 1,
      exemptInformation: false,
      lookAheadMs: 0,
    };
    const today: ContactPolicy = { ...all, window: { kind: 'calendar', unit: 'day' } };
    const queued = (age: number): Contact => ({
      customer: 'a',
      channel: 'push',
      purpose: 'advertising',
      product: null,
      age,
      state: 'queued',
    });
    expect((await bySql([queued(7 * DAY - 1)], [all, today], T0, 0)).seen.get('a')).toEqual([1, 1]);
    expect((await bySql([{ ...queued(DAY), state: 'accepted' }], [all, today], T0, 0)).seen.get('a') ?? [0, 0]).toEqual(
      [0, 0],
    );
  });
});
