/**
 * What retention is tested on: runs that are over, what holds one back, and events that are needed or not.
 */
import type pg from 'pg';

/** Everything went out, with a receipt each; nobody listens any more. */
export async function closeRun(db: pg.Pool, run: string, closedAt: number): Promise<void> {
  const at = new Date(closedAt);
  await db.query(`update runs set state = 'closed', closed_at = $2 where id = $1`, [run, at]);
  await db.query(`update participants set state = 'ended', due_at = null, end_reason = 'completed' where run_id = $1`, [
    run,
  ]);
  await db.query(
    `update outbox set state = 'accepted', handover_at = decided_at, not_after = decided_at where run_id = $1`,
    [run],
  );
  await db.query(`update contacts set state = 'counted' where run_id = $1`, [run]);
  await db.query(
    `insert into receipts (message_id, gateway, event, at, received_at)
     select id, gateway, 'delivered', decided_at, decided_at from outbox where run_id = $1 on conflict do nothing`,
    [run],
  );
}

/** A decision that a payout rests on, and the payout, which nobody settles. */
export async function payOnce(db: pg.Pool, run: string, customer: string): Promise<void> {
  await db.query(
    `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
     values ($1, $2, 1, 1, 1, 'reward-1#1:amount=5000,reward=claimed')`,
    [run, customer],
  );
  await db.query(
    `insert into payouts (key, slot_key, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency, budget, provider,
       shard, state, input_sha256, evidence, budget_seq, decided_at)
     select 'p/' || $1, 'p/' || $1, 'c', $1, campaign, 'reward-1', 1, 1, $2, 'cashback', 5000, 'KRW', 'b', 'pay', 0, 'paid', '', '{}', 1, started_at
     from runs where id = $1`,
    [run, customer],
  );
}

const AT = `'2026-03-03T00:00:00Z'`;

/** By what holds the run `old`, how it comes about. */
export const HOLDS: readonly (readonly [by: string, sql: string])[] = [
  ['open', `update runs set state = 'running', closed_at = null where id = 'old'`],
  [
    'restoration',
    `insert into controls (scope, state, reason, actor, at) values ('restoration', 'paused', 'set back', 'o', ${AT})`,
  ],
  [
    'late_responses',
    `insert into listeners (event_name, run_id, node, span_ms, late_until) values ('purchase', 'old', 'wait', 1, '2027-01-01T00:00:00Z')`,
  ],
  [
    'untold_link',
    `insert into links (id, customer_id, run_id, node, visit, campaign, at) values ('l', 'minji', 'old', 'link', 1, 'other', ${AT})`,
  ],
  ['open_payout', `update payouts set state = 'held'`],
  [
    'open_payout', // paid, by a provider that tells what it settled
    `insert into settlement_files values ('pay@1', 'pay', '2026-03-03', 1, 'UTC', 'uploaded', sha256(''), 0, 'f', ${AT})`,
  ],
  [
    'owed',
    `update payouts set state = 'rejected'; insert into owed_items (payout_key, opened_at, reason) values ('p/old', ${AT}, 'r')`,
  ],
  [
    'open_reversal',
    `insert into payout_reversals (payout_key, n, provider, shard, state, reason, proposed_by, approved_by, requested_at)
     values ('p/old', 1, 'pay', 0, 'requested', 'r', 'a', 'b', ${AT})`,
  ],
  [
    'open_break',
    `insert into settlement_breaks (id, provider, day, class, key, reversal, facts, state, opened_at)
     values ('b', 'pay', '2026-03-03', 'date', 'p/old', false, '{}', 'open', ${AT})`,
  ],
  [
    'open_box',
    `insert into lucky_boxes (key, name, currency, created_by, created_at) values ('b', 'b', 'KRW', 'm', ${AT});
     insert into lucky_prizes values ('b', 0, 'n', 'nothing', 0, 1, null, 0);
     insert into lucky_draws values ('b', 1, 'p/old', 'old', 0, 0, null, ${AT})`,
  ],
  ['no_statement', `update payouts set paid_at = ${AT}`],
  ['messages', `update outbox set not_after = '2027-01-01T00:00:00Z' where run_id = 'old'`],
];

/** What `addEvents` adds, by message id, as far as it stays: at first, and when the run has expired too. */
export const EVENTS = {
  kept: ['answered', 'earned', 'goal', 'looked-back', 'measured', 'payout/x', 'under-way', 'young'],
  keptAfterRun: ['earned', 'looked-back', 'measured', 'payout/x', 'under-way', 'young'],
};

/**
 * Events of the run `old` and of nobody's: `plain` and `past` go. A segment measures logins of 300 days and orders of all time, the campaign's goal is a
 * visit within two days, and juno is under way in `young`.
 */
export async function addEvents(db: pg.Pool, from: number): Promise<void> {
  const day = 86_400_000;
  const at = (days: number) => new Date(from + days * day);
  const add = async (id: string, customer: string, name: string, when: Date) => {
    const { rows } = await db.query<{ no: string }>(
      `insert into events (message_id, customer_id, name, occurred_at, received_at) values ($1, $2, $3, $4, $4) returning no`,
      [id, customer, name, when],
    );
    return rows[0]?.no;
  };
  const of = (event: string, window?: object) => ({
    field: 'events.count',
    operator: '>',
    value: 1,
    of: { event, window },
  });
  const rule = { combinator: 'and', rules: [of('login', { kind: 'rolling', span: 'P110D' }), of('order')] };
  await db.query(
    `insert into segments (key, version, name, rule, created_by, created_at) values ('s', 1, 's', $1, 'm', $2)`,
    [JSON.stringify(rule), at(0)],
  );
  await db.query(`alter table campaign_versions disable trigger user`);
  await db.query(
    `update campaign_versions set definition = jsonb_set(definition, '{campaign,goal}', '{"event": "visit", "window": "P2D"}')`,
  );
  await db.query(`alter table campaign_versions enable trigger user`);
  await db.query(`delete from participants where run_id = 'young' and customer_id = 'bom'`);
  await db.query(`update participants set state = 'active' where run_id = 'young' and customer_id = 'juno'`);
  await db.query(`update runs set state = 'running', closed_at = null where id = 'young'`);
  await add('plain', 'ara', 'view', at(0));
  await add('past', 'ara', 'login', at(-20));
  await add('looked-back', 'ara', 'login', at(-2));
  await add('measured', 'ara', 'order', at(0));
  await add('payout/x', 'ara', 'payout.paid', at(0));
  await add('goal', 'bom', 'visit', at(1));
  await add('under-way', 'juno', 'view', at(1));
  const respond = `insert into responses (run_id, node, visit, customer_id, wave, event_no, occurred_at, received_at) values ('old', 'wait', 1, $1, 1, $2, $3, $3)`;
  for (const [id, customer] of [
    ['answered', 'sora'],
    ['earned', 'minji'],
  ] as const)
    await db.query(respond, [customer, await add(id, customer, 'purchase', at(1)), at(1)]);
  await add('young', 'ara', 'view', at(50));
}
