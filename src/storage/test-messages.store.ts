/**
 * Tests of messages. A row and its line of the audit log commit before the one call that may hand it over; neither has the text or the address.
 */
import { hash } from 'node:crypto';
import type { Channel, Purpose } from '../domain/base/channels.js';
import { TEST_DAY_MS, TESTS_OF_A_DAY_MAX } from '../domain/offer/test-message.js';
import { readControls, RESTORATION } from './advisory.js';
import { appendAudits } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import type { Client, Pool } from './pool.js';

export type TestState = 'submitting' | 'accepted' | 'rejected' | 'not_acted' | 'unknown';

export interface TestMessage {
  id: string;
  /** Id; `name`: what they are called now. */
  person: string;
  name: string;
  template: string | null;
  channel: Channel;
  purpose: Purpose;
  gateway: string;
  state: TestState;
  reason: string | null;
  sentBy: string;
  sentAt: Date;
}
export interface NewTest {
  template: string | null;
  channel: Channel;
  purpose: Purpose;
  gateway: string;
  body: string;
}
/** `switched`: the scope that is paused or stopped. `too_many`: how many more the sender may send now. */
export type OpenedTests =
  | { kind: 'opened'; ids: Map<string, string>; signedAt: Date }
  | { kind: 'switched'; scope: string }
  | { kind: 'too_many'; left: number };

const SELECT = `select m.id, m.person, p.name, m.template, m.channel, m.purpose, m.gateway, m.state, m.reason, m.sent_by as "sentBy",
    m.sent_at as "sentAt"
  from test_messages m join people p on p.id = m.person`;

/** One for each of these people, about to be handed over; `ids` by person. Switches that hold the gateway's queue hold tests, too. */
export async function openTests(
  client: Client,
  { body, ...test }: NewTest,
  people: readonly string[],
  { by, now }: Authored,
): Promise<OpenedTests> {
  const controls = await readControls(client, [
    'all',
    RESTORATION,
    `gateway/${test.gateway}`,
    `channel/${test.channel}`,
  ]);
  const closed = [...controls].find(([, state]) => state !== 'running');
  if (closed) return { kind: 'switched', scope: closed[0] };
  await lockDefinition(client, `test-messages/${by}`);
  const { rows } = await client.query<{ sent: number; signed_at: Date }>(
    `select count(*)::int as sent, clock_timestamp() as signed_at from test_messages where sent_by = $1 and sent_at > $2`,
    [by, new Date(now - TEST_DAY_MS)],
  );
  const { sent, signed_at: signedAt } = rows[0] as { sent: number; signed_at: Date };
  const left = Math.max(0, TESTS_OF_A_DAY_MAX - sent);
  if (people.length > left) return { kind: 'too_many', left };
  // the sender's lock makes it one of its kind: nobody sends two to one person at one moment after as many
  const idOf = (person: string) => `test/${hash('sha256', [by, now, sent, person].join('\n'), 'hex').slice(0, 24)}`;
  const ids = new Map(people.map((person) => [person, idOf(person)]));
  const bodySha256 = hash('sha256', body, 'hex');
  const { template, channel, purpose, gateway } = test;
  await client.query(
    `insert into test_messages (id, person, template, channel, purpose, gateway, body_sha256, sent_by, sent_at)
     select id, person, $3, $4, $5, $6, decode($7, 'hex'), $8, $9 from unnest($1::text[], $2::text[]) as t(id, person)`,
    [[...ids.values()], people, template, channel, purpose, gateway, bodySha256, by, new Date(now)],
  );
  await appendAudits(
    client,
    [...ids].map(([person, id]) => ({
      at: now,
      actor: by,
      action: 'test-message.send',
      subject: `test-message/${id}`,
      after: { person, ...test, bodySha256 },
    })),
  );
  return { kind: 'opened', ids, signedAt };
}

export class TestMessagesStore {
  constructor(private readonly pool: Pool) {}

  /** What came of the one call. */
  async record(
    id: string,
    { state, reason, reference }: { state: TestState; reason: string | null; reference: string | null },
  ): Promise<void> {
    await this.pool.query(
      `update test_messages set state = $2, reason = $3, reference = $4 where id = $1 and state = 'submitting'`,
      [id, state, reason, reference],
    );
  }

  async find(ids: readonly string[]): Promise<TestMessage[]> {
    const { rows } = await this.pool.query<TestMessage>(
      `${SELECT} where m.id = any($1::text[]) order by p.name, m.id`,
      [ids],
    );
    return rows;
  }

  /** The newest first; of one template where it is given. */
  async newest(template: string | null, limit: number): Promise<TestMessage[]> {
    const { rows } = await this.pool.query<TestMessage>(
      `${SELECT} where $1::text is null or m.template = $1 order by m.sent_at desc, m.id limit $2`,
      [template, limit],
    );
    return rows;
  }
}
