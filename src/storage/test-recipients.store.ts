/**
 * People who may be sent tests of messages, and where. The audit log says who may, never an address.
 */
import { RECIPIENTS_MAX, type TestAddresses } from '../domain/offer/test-message.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface TestRecipient {
  /** Id. */
  person: string;
  name: string;
  addresses: TestAddresses;
  keptBy: string;
  keptAt: Date;
}

const SELECT = `select r.person, p.name, r.addresses, r.kept_by as "keptBy", r.kept_at as "keptAt"
  from test_recipients r join people p on p.id = r.person`;

/** Those of these people who may be sent tests now: whoever is suspended may not. */
export async function testRecipients(client: Client | Pool, people: readonly string[]): Promise<TestRecipient[]> {
  const { rows } = await client.query<TestRecipient>(
    `${SELECT} where r.person = any($1::text[]) and p.state = 'active' order by r.person`,
    [people],
  );
  return rows;
}

const kindsOf = (addresses: TestAddresses | undefined) => addresses && { addresses: Object.keys(addresses).sort() };

export class TestRecipientsStore {
  constructor(private readonly pool: Pool) {}

  /** All of them, by name. */
  async list(): Promise<TestRecipient[]> {
    const { rows } = await this.pool.query<TestRecipient>(
      `${SELECT} where p.state = 'active' order by p.name, r.person limit ${RECIPIENTS_MAX}`,
    );
    return rows;
  }

  /** `called`: id or account. `nobody`: no such person is active. `full`: there are as many as there may be. */
  async put(
    called: string,
    addresses: TestAddresses,
    said: Authored & { reason: string },
  ): Promise<TestRecipient | 'nobody' | 'full'> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, 'test-recipients');
      const { rows: people } = await client.query<{ id: string }>(
        `select id from people where (id = $1 or account = $1) and state = 'active'`,
        [called],
      );
      const person = people[0]?.id;
      if (person === undefined) return 'nobody';
      const { rows: kept } = await client.query<{ person: string; addresses: TestAddresses }>(
        'select person, addresses from test_recipients',
      );
      const before = kept.find((one) => one.person === person);
      if (!before && kept.length >= RECIPIENTS_MAX) return 'full';
      await client.query(
        `insert into test_recipients (person, addresses, kept_by, kept_at) values ($1, $2, $3, $4)
         on conflict (person) do update set addresses = excluded.addresses, kept_by = excluded.kept_by, kept_at = excluded.kept_at`,
        [person, JSON.stringify(addresses), said.by, new Date(said.now)],
      );
      await appendAudit(client, {
        ...lineOf(person, said),
        action: 'test-recipient.put',
        before: kindsOf(before?.addresses),
        after: kindsOf(addresses),
      });
      return (await testRecipients(client, [person]))[0] as TestRecipient;
    });
  }

  /** `called`: id or account. Their id; null where there was none. */
  async remove(called: string, said: Authored & { reason: string }): Promise<string | null> {
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, 'test-recipients');
      const { rows } = await client.query<{ person: string; addresses: TestAddresses }>(
        `delete from test_recipients where person in (select id from people where id = $1 or account = $1)
         returning person, addresses`,
        [called],
      );
      const [before] = rows;
      if (!before) return null;
      await appendAudit(client, {
        ...lineOf(before.person, said),
        action: 'test-recipient.remove',
        before: kindsOf(before.addresses),
      });
      return before.person;
    });
  }
}

const lineOf = (person: string, { by, now, reason }: Authored & { reason: string }) => ({
  at: now,
  actor: by,
  subject: `test-recipient/${person}`,
  reason,
});
