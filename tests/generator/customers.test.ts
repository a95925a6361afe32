/**
 * The generator: the same seed makes the same customers, the shares are those promised, and nobody real can be among them.
 */
import { describe, expect, it } from '@jest/globals';
import { customerRowSchema } from '../../src/api/customers/customers.dto.js';
import {
  customerIdOf,
  generateCustomer,
  generateCustomers,
  type GeneratedCustomer,
} from '../../src/generator/customers.js';
import { generateEvents } from '../../src/generator/events.js';
import { HOSTILE_NAMES } from '../../src/generator/names.js';

const NOW = Date.parse('2026-03-03T10:00:00+09:00');
const DAY_MS = 86_400_000;
const COUNT = 20_000;
const all = [...generateCustomers('5eed', COUNT, NOW)];

const share = (of: (customer: GeneratedCustomer) => boolean) => all.filter(of).length / COUNT;
const push = (customer: GeneratedCustomer) => customer.consents['push:advertising'];

describe('generated customers', () => {
  it('are the same for the same seed, one by one, and others for another', () => {
    const some = [...generateCustomers('5eed', 500, NOW)];
    expect(some).toEqual(all.slice(0, 500));
    expect(generateCustomer('5eed', 321, NOW)).toEqual(all[321]);
    const others = [...generateCustomers('other', 500, NOW)];
    expect(others.filter((customer, n) => JSON.stringify(customer) === JSON.stringify(all[n]))).toEqual([]);
  });

  it('do not depend on how many there are', () => {
    const [first] = generateCustomers('5eed', 1, NOW);
    expect(first).toEqual(all[0]);
  });

  it('are made one at a time: a hundred million are begun at once', () => {
    const many = generateCustomers('5eed', 100_000_000, NOW);
    expect(many.next().value).toEqual(all[0]);
    many.return(undefined);
  });

  it('have the promised shares of statuses, consents and addresses', () => {
    expect(share((c) => c.status === 'active')).toBeCloseTo(0.96, 2);
    expect(share((c) => c.status === 'incident')).toBeCloseTo(0.02, 2);
    expect(share((c) => c.status === 'withdrawn')).toBeCloseTo(0.02, 2);
    expect(share((c) => push(c)?.granted === true)).toBeCloseTo(0.85, 1);
    expect(share((c) => push(c)?.granted === false)).toBeCloseTo(0.05, 2);
    expect(share((c) => push(c) === undefined)).toBeCloseTo(0.1, 2);
    expect(share((c) => push(c)?.night === true)).toBeGreaterThan(0.05);
    expect(share((c) => c.addresses.push === undefined)).toBeCloseTo(0.01, 2);
    expect(share((c) => c.attributes['name'] === undefined)).toBeGreaterThan(0);
    expect(share((c) => c.attributes['name'] === undefined)).toBeLessThan(0.003);
  });

  it('are rows that the import accepts, with ids of their own', () => {
    for (const customer of all) customerRowSchema.parse(customer);
    expect(new Set(all.map((customer) => customer.id)).size).toBe(COUNT);
    expect(all[0]?.id).toBe(customerIdOf(0));
  });

  it('hold every hostile name, in a small set too', () => {
    const names = new Set(all.slice(0, 300).map((customer) => customer.attributes['name']));
    expect(HOSTILE_NAMES.filter((name) => !names.has(name))).toEqual([]);
    expect(HOSTILE_NAMES.join('')).toMatch(/['"]/);
    expect(HOSTILE_NAMES.join('')).toMatch(/\{\{/);
    expect(HOSTILE_NAMES.join('')).toMatch(/\p{Extended_Pictographic}/u);
    expect(HOSTILE_NAMES.join('')).toMatch(/\p{Script=Arabic}/u);
  });

  it('can be reached by nobody: no assigned country code, no domain outside RFC 2606', () => {
    for (const { addresses } of all) {
      if (addresses.phone !== undefined) expect(addresses.phone).toMatch(/^\+999\d{10}$/);
      if (addresses.email !== undefined) expect(addresses.email).toMatch(/@example\.(com|net|org)$/);
    }
  });

  it('joined on a day that has been', () => {
    for (const { attributes } of all) expect(String(attributes['joinedOn']) <= '2026-03-03').toBe(true);
  });
});

describe('generated events', () => {
  const from = NOW - 90 * DAY_MS;
  const events = [...generateEvents('5eed', all.slice(0, 4_000), from, NOW)];

  it('are the same for the same seed, whoever else is asked for', () => {
    const busy = all.find((customer) => events.filter((event) => event.userId === customer.id).length > 5);
    const alone = [...generateEvents('5eed', busy ? [busy] : [], from, NOW)];
    expect(alone.length).toBeGreaterThan(5);
    expect(alone).toEqual(events.filter((event) => event.userId === busy?.id));
  });

  it('lie in the span, in order per customer, each with a message id of its own', () => {
    const last = new Map<string, string>();
    for (const { timestamp, userId } of events) {
      expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(from);
      expect(Date.parse(timestamp)).toBeLessThan(NOW);
      expect(timestamp >= (last.get(userId) ?? '')).toBe(true);
      last.set(userId, timestamp);
    }
    expect(new Set(events.map((event) => event.messageId)).size).toBe(events.length);
  });

  it('are about five a customer, of all kinds, none of customers who left', () => {
    expect(events.length / 4_000).toBeGreaterThan(3.5);
    expect(events.length / 4_000).toBeLessThan(6.5);
    expect(new Set(events.map((event) => event.event))).toEqual(
      new Set(['app_open', 'purchase', 'transfer', 'limit_inquiry']),
    );
    const left = new Set(all.filter((customer) => customer.status === 'withdrawn').map((customer) => customer.id));
    expect(events.filter((event) => left.has(event.userId))).toEqual([]);
    for (const event of events) if (event.event === 'purchase') expect(event.properties['amount']).toBeGreaterThan(0);
  });
});
