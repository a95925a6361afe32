/**
 * Damages under the cover of retention: runs said to have expired below their floors, rows taken beside what expired, events removed too soon.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const POLICIES = `insert into retention_policies select k, 1, 100, 'r', 'admin', '2026-03-01T00:00:00Z' from unnest(array['runs', 'events']) k`;
/** Of a run with nothing open, whose messages all went out. */
const OTHER = `(select id from runs where campaign = 'other-waves')`;

/** The run `$1` expires so many days after its close, as retention records it. */
const RECORD = `insert into retentions (kind, policy, run_id, through, removed, at)
  select 'runs', 1, r.id, r.closed_at + ($2 - 100) * interval '1 day',
    json_build_object('messages', (select count(*) from outbox o where o.run_id = r.id)), r.closed_at + $2 * interval '1 day'
  from runs r where r.id = $1`;
const DAYS = 150;

/** As retention does it: recorded, then removed, but for what money rests on. Returns the run. */
export async function expireOther({ sql, value }: Hands, days = DAYS): Promise<string> {
  const run = await value(`select id from runs where id = ${OTHER}`);
  await sql(POLICIES);
  await sql(RECORD, [run, days]);
  await sql('delete from receipts where message_id in (select id from outbox where run_id = $1)', [run]);
  await sql('delete from contacts where run_id = $1', [run]);
  await sql('delete from outbox where run_id = $1', [run]);
  await sql('delete from trace where run_id = $1 and not bears_money(steps)', [run]);
  return run;
}

/** Said of the run with a held payout, a box and an owed item: nothing of it may go. */
const expired = (what: string, days: number, ...given: string[]): Damage => ({
  law: 7,
  what: `a run that expired ${what}`,
  async do({ sql, run }) {
    for (const statement of [POLICIES, ...given]) await sql(statement);
    await sql(RECORD, [run, days]);
    return run;
  },
});
const eventsGone = (what: string, newest: string, ...given: string[]): Damage => ({
  law: 7,
  what: `events removed ${what}`,
  async do({ sql, value }) {
    for (const statement of [POLICIES, ...given]) await sql(statement);
    return await value(`insert into retentions (kind, policy, through, removed, at)
      values ('events', 1, '2026-06-01T00:00:00Z', '{"login": {"n": 1, "newest": "${newest}"}}', '2026-10-01T00:00:00Z') returning no`);
  },
});

export const RETENTION: Damage[] = [
  expired('sooner than it had been over for so long', 50),
  expired('although a payout of it is open', DAYS),
  expired('without a policy', DAYS, `delete from retention_policies`),
  {
    law: 7,
    what: 'a run that expired with a message less than it had',
    async do({ sql, value, ...hands }) {
      await sql(`delete from outbox where id = (select id from outbox where run_id = ${OTHER} limit 1)`);
      return await expireOther({ sql, value, ...hands });
    },
  },
  {
    law: 2,
    what: 'messages removed beside what expired',
    async do(hands) {
      await expireOther(hands);
      const message = await hands.value(`select id from outbox where run_id = $1 and state = 'accepted' limit 1`, [
        hands.run,
      ]);
      await hands.sql('delete from outbox where id = $1', [message]);
      return message;
    },
  },
  {
    law: 1,
    what: 'a decision that money rests on, removed as if it had expired',
    async do({ sql, run }) {
      await sql(POLICIES);
      await sql(RECORD, [run, DAYS]);
      await sql(`delete from trace where run_id = $1 and customer_id = 'c00010' and bears_money(steps)`, [run]);
      return 'c00010';
    },
  },
  {
    law: 7,
    what: 'a response whose event is gone',
    async do({ sql, value, run }) {
      const event = await value(`select event_no from responses where run_id = $1 and customer_id = 'c00010'`, [run]);
      await sql('delete from events where no = $1', [event]);
      return event;
    },
  },
  eventsGone('sooner than their policy says', '2026-06-02T00:00:00Z'),
  eventsGone(
    'that a segment looked back at',
    '2026-05-01T00:00:00Z',
    `insert into segments (key, version, name, rule, created_by, created_at) values ('lately', 1, 'n',
       '{"rules": [{"of": {"event": "login", "window": {"kind": "rolling", "span": "P200D"}}}]}', 'm', '2026-03-01T00:00:00Z')`,
  ),
];
