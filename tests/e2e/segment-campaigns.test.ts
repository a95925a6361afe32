/**
 * Campaigns as marketers put them, whose audience is all there is to them: the people whom each means get the push, and nobody else of those
 * who come close.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { spanMs } from '../../src/domain/base/time.js';
import { defineBasics, importCustomers, launch, settled } from '../support/campaigns.js';
import { Stack } from '../support/stack.js';

interface Wish {
  says: string;
  segment: { key: string; name: string; rule: object };
  people: Record<
    string,
    { attributes?: Record<string, unknown>; refused?: boolean; events?: [string, string, object][] }
  >;
  selects: string[];
}

const FOLDER = join(import.meta.dirname, 'campaigns');
const FILES = ['limit-inquiry.yaml', 'living-expenses.yaml', 'product-preference.yaml'];
const wishOf = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8')) as Wish;

describe('a marketer’s wish', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({ epoch: '2026-03-03T12:10:00+09:00' });
    await defineBasics(stack, '1000', '새 소식입니다.');
    const now = await stack.businessNow();
    for (const { people } of FILES.map(wishOf)) {
      const rows = Object.entries(people).map(([id, { attributes = {}, refused = false }]) => ({
        id,
        attributes,
        consents: { 'push:advertising': !refused },
        addresses: { push: `token-${id}` },
      }));
      await importCustomers(stack, rows);
      const batch = Object.entries(people).flatMap(([userId, { events = [] }]) =>
        events.map(([event, ago, properties], n) => ({
          type: 'track',
          messageId: `${userId}/${n}`,
          userId,
          event,
          timestamp: new Date(now - spanMs(ago)).toISOString(),
          properties,
        })),
      );
      if (batch.length > 0) await stack.ok('POST', '/v1/batch', { batch }, { as: 'source' });
    }
  }, 240_000);
  afterAll(() => stack.stop(), 60_000);

  it('has a test for each file', () => {
    expect(readdirSync(FOLDER).filter((file) => FILES.includes(file))).toEqual(FILES);
  });

  it.each(FILES.map((file) => [wishOf(file).says, file]))(
    '%s',
    async (_, file) => {
      const { segment, selects } = wishOf(file);
      const { key, ...content } = segment;
      await stack.ok('PUT', `/v1/segments/${key}`, content, { as: 'marketer' });
      const { customers } = await stack.ok('POST', `/v1/segments/${key}/sample`, { size: 100 }, { as: 'marketer' });
      expect(customers.map(({ id }: { id: string }) => id).sort()).toEqual(selects);

      const push = { type: 'send', template: 'hello', channel: 'push', gateway: 'sim-gate', next: 'done' };
      const run = await launch(
        stack,
        {
          key,
          name: content.name,
          purpose: 'advertising',
          segment: key,
          journey: { start: 'push', nodes: { push, done: { type: 'exit' } } },
        },
        key,
      );
      await settled(stack, run);
      const { rows } = await stack.pool.query<{ id: string }>(
        `select customer_id as id from outbox where run_id = $1 and state = 'accepted' order by customer_id`,
        [run],
      );
      expect(rows.map(({ id }) => id)).toEqual(selects);
    },
    180_000,
  );

  it('leaves clean books', async () => {
    await stack.auditClean();
  }, 120_000);
});
