/**
 * Damages to messages: laws 2, 5 and 6. Each does one wrong thing and returns the key by which the audit has to name it.
 */
import { CUSTOMER, idOf, MOVED_TO_ITSELF, onMessage, onRun, SEEN } from './damage-statements.js';
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const line = (hands: Hands, id: string) => {
  const found = hands.gateway.find((l) => l['type'] === 'message' && l['id'] === id);
  if (!found) throw new Error(`no message ${id}`);
  return found;
};

const OUTBOX_COLUMNS = `customer_id, lane, channel, purpose, advertising, gateway, shard, state, template, title, body, decided_at,
  not_after, handover_at, handover_gate_version, attempt_id, attempts, reference`;

/** A message that should not be: in outbox, contacts, trace and book alike, decided and handed over with another one. */
async function addMessage(hands: Hands, customer: string, node: string, visit: number): Promise<string> {
  const { sql, run, gateway } = hands;
  const from = idOf(hands, 'send-1', customer);
  const id = `m/${run}/${node}/${visit}/${customer}`;
  await sql(
    `insert into outbox (id, run_id, node, visit, wave, ${OUTBOX_COLUMNS}) select $2, run_id, $3, $4, wave, ${OUTBOX_COLUMNS} from outbox where id = $1`,
    [from, id, node, visit],
  );
  await sql(
    `insert into contacts select $2, customer_id, run_id, channel, purpose, product, at, state from contacts where message_id = $1`,
    [from, id],
  );
  await sql(
    `insert into trace (run_id, customer_id, context_id, gate_version, attr_version, steps)
     select run_id, customer_id, context_id, gate_version, attr_version, replace(steps, 'send-1#1', $2) from trace
     where run_id = $1 and customer_id = $3 and (steps like 'send-1#1:%message=queued%' or steps like 'send-1#1:%handed_over%')`,
    [run, `${node}#${visit}`, customer],
  );
  gateway.push({ ...line(hands, from), id, meta: { customer, run, node } });
  return id;
}

const law2: Damage[] = [
  {
    law: 2,
    what: 'the message of one node before and after a move to a newer version',
    do: async (hands) => {
      await hands.sql(MOVED_TO_ITSELF, [hands.run]);
      return hands.run; // everybody: more than are listed
    },
  },
  {
    law: 2,
    what: 'a message twice in the book',
    do: async (hands) => {
      hands.gateway.push({ ...line(hands, idOf(hands)), reference: 'twice' });
      return idOf(hands);
    },
  },
  {
    law: 2,
    what: 'an accepted message that is not in the book',
    do: async (hands) => {
      hands.gateway.splice(hands.gateway.indexOf(line(hands, idOf(hands))), 1);
      return idOf(hands);
    },
  },
  {
    law: 2,
    what: 'a message that nobody asked for',
    do: async (hands) => {
      hands.gateway.push({ ...line(hands, idOf(hands)), id: idOf(hands, 'send-1', 'c00002') });
      return idOf(hands, 'send-1', 'c00002');
    },
  },
  {
    law: 2,
    what: 'a test of a message that nobody has sent',
    do: async (hands) => {
      hands.gateway.push({ ...line(hands, idOf(hands)), id: 'test/0', meta: { test: true } });
      return 'test/0';
    },
  },
  { law: 2, what: 'a message of another text', do: onMessage(`update outbox set body = body || '!' where id = $1`) },
  {
    law: 2,
    what: 'a message of another customer',
    do: async (hands) => {
      line(hands, idOf(hands))['meta'] = { customer: 'c00031', run: hands.run, node: 'send-1' };
      return idOf(hands);
    },
  },
  {
    law: 7,
    what: 'a withheld message whose reason the trace does not have',
    do: onMessage(`update outbox set state = 'withheld', reason = 'expired' where id = $1`),
  },
  {
    law: 2,
    what: 'a withheld message that went out',
    do: onMessage(`update outbox set state = 'withheld', reason = 'expired' where id = $1`),
  },
  {
    law: 2,
    what: 'messages of both branches',
    do: async (hands) => {
      await addMessage(hands, 'c00010', 'send-2', 1);
      return 'c00010';
    },
  },
  {
    law: 2,
    what: 'a second message of a slot under another id',
    do: async (hands) => {
      await hands.sql(`update outbox set id = id || '/again' where id = $1`, [idOf(hands)]);
      return `${idOf(hands)}/again`;
    },
  },
];

const law5: Damage[] = [
  {
    law: 5,
    what: 'more messages than the cap that was in force',
    do: onRun(CUSTOMER, `update contact_policies set cap = 1 where $1 <> ''`),
  },
  ...['day', 'week', 'month'].map((unit): Damage => ({
    law: 5,
    what: `more messages in a calendar ${unit} than the cap`,
    do: onRun(
      CUSTOMER,
      `update contact_policies set cap = 1, "window" = '{"kind": "calendar", "unit": "${unit}"}' where $1 <> ''`,
    ),
  })),
  {
    law: 5,
    what: 'more messages than a cap that only the hand-over knew',
    do: onRun(
      CUSTOMER,
      `insert into contact_policies (key, version, scope, "window", cap, created_by, created_at)
       select 'newer', 1, '{"kind": "channel", "value": "push"}', "window", 1, created_by, created_at + interval '30 days'
       from contact_policies where $1 <> ''`,
      `update decision_contexts set versions = versions || '{"policies": ["weekly@1", "newer@1"]}' where kind = 'claim' and $1 <> ''`,
    ),
  },
  {
    law: 5,
    what: 'one message more, in all tables and the book alike',
    do: async (hands) => {
      await addMessage(hands, CUSTOMER, 'send-2', 2);
      return CUSTOMER;
    },
  },
  { law: 5, what: 'a contact that is gone', do: onMessage('delete from contacts where message_id = $1') },
  {
    law: 5,
    what: 'a contact that was given back',
    do: onMessage(`update contacts set state = 'returned' where message_id = $1`),
  },
  {
    law: 5,
    what: 'a contact counted at another time',
    do: onMessage(`update contacts set at = at - interval '8 days' where message_id = $1`),
  },
  {
    law: 5,
    what: 'a cohort that did not see the policy',
    do: async ({ sql, value }) => {
      const context = await value(`select max(id) from decision_contexts where kind = 'cohort'`);
      await sql(`update decision_contexts set versions = '{"policies": []}' where id = $1`, [context]);
      return context;
    },
  },
];

/** Money of a campaign that wants it approved, let go by this one of those who may not. */
const selfApproved = (what: string, author: 'v.launched_by' | 'r.opened_by'): Damage => ({
  law: 6,
  what,
  do: async ({ sql, value, run }) => {
    const payout = await value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
    await sql(
      `update campaign_versions v set definition = jsonb_set(definition, '{campaign,payoutApproval}', '{"above": {"value": "4999", "currency": "KRW"}}')
       from runs r where r.id = $1 and v.campaign = r.campaign and v.version = r.version`,
      [run],
    );
    await sql(`update runs set opened_by = 'another' where id = $1`, [run]);
    await sql(
      `update payout_moves m set cause = 'person:' || ${author}, to_state = 'approved'
       from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
       where r.id = $1 and m.payout_key = $2 and m.to_state = 'intended'`,
      [run, payout],
    );
    return payout;
  },
});

const law6: Damage[] = [
  {
    law: 6,
    what: 'a message that went out ungated',
    do: onMessage(`delete from trace where ${SEEN} and steps like 'send-1#1:%handed_over%'`),
  },
  {
    law: 6,
    what: 'a hand-over to an incident-reported customer',
    do: onMessage(`update gate_versions set status = 'incident' where ${SEEN}`),
  },
  {
    law: 6,
    what: 'a hand-over against a refused consent',
    do: onMessage(`update gate_versions set consents = '{"push:advertising": {"granted": false}}' where ${SEEN}`),
  },
  {
    law: 6,
    what: 'a hand-over by an outdated gate version',
    do: onMessage(
      `insert into gate_versions (customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at, xid)
       select customer_id, gate_version + 1, 'incident', zone, consents, source, occurred_at, recorded_at, xid from gate_versions where ${SEEN}`,
    ),
  },
  {
    law: 6,
    what: 'a hand-over in the quiet hours of the customer’s zone',
    do: onMessage(
      `with h as (select (x.now at time zone 'Asia/Seoul')::time as at from trace t join decision_contexts x on x.id = t.context_id
         join outbox o on o.run_id = t.run_id and o.customer_id = t.customer_id and o.id = $1 where x.kind = 'claim' limit 1)
       update campaign_versions v set definition = jsonb_set(v.definition, '{campaign,quietHours}',
         jsonb_build_object('from', to_char(h.at - interval '1 hour', 'HH24:MI'), 'to', to_char(h.at + interval '1 hour', 'HH24:MI')))
       from h, outbox o join runs r on r.id = o.run_id where o.id = $1 and v.campaign = r.campaign and v.version = r.version`,
    ),
  },
  {
    law: 6,
    what: 'a hand-over to a customer whom a list excluded',
    do: onMessage(
      `insert into exclusion_entries (list, customer_id, excluded, valid_from, valid_to, actor, at, xid)
       select 'blocked', o.customer_id, true, '-infinity', 'infinity', 'o', l.created_at, l.xid
       from outbox o, exclusion_lists l where o.id = $1 and l.key = 'blocked'`,
    ),
  },
  {
    law: 6,
    what: 'advertising whose review had run out',
    do: onMessage(
      `update campaign_versions v set definition = jsonb_set(v.definition, '{campaign,review}', '{"number": "1", "validUntil": "2026-03-02"}')
       from outbox o join runs r on r.id = o.run_id where o.id = $1 and v.campaign = r.campaign and v.version = r.version`,
    ),
  },
  {
    law: 6,
    what: 'a hand-over that did not ask a list in force',
    do: onMessage(
      `update decision_contexts x set versions = versions - 'exclusions' from trace t, outbox o
       where o.id = $1 and t.run_id = o.run_id and t.customer_id = o.customer_id and t.steps like 'send-1#1:%handed_over%'
         and x.id = t.context_id`,
    ),
  },
  {
    law: 6,
    what: 'a hand-over after notAfter',
    do: onMessage('update outbox set not_after = decided_at where id = $1'),
  },
  {
    law: 6,
    what: 'money for an incident-reported customer',
    do: async ({ sql, value, run }) => {
      const payout = await value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
      await sql(`update gate_versions set status = 'incident' where customer_id = 'c00010'`);
      await sql(`update payout_attempts set customer_status = 'incident' where payout_key = $1`, [payout]);
      return payout;
    },
  },
  {
    law: 6,
    what: 'money by an outdated gate version',
    do: async ({ sql, value, run }) => {
      await sql(
        `insert into gate_versions (customer_id, gate_version, status, zone, consents, source, occurred_at, recorded_at, xid)
         select customer_id, gate_version + 1, 'withdrawn', zone, consents, source, occurred_at, recorded_at, xid from gate_versions where customer_id = 'c00011'`,
      );
      return value(`select key from payouts where run_id = $1 and customer_id = 'c00011'`, [run]);
    },
  },
  {
    law: 6,
    what: 'money submitted without a context',
    do: async ({ sql, value, run }) => {
      const payout = await value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
      await sql('update payout_attempts set context_id = -1 where payout_key = $1', [payout]);
      return payout;
    },
  },
  selfApproved('money that nobody but who launched it has approved', 'v.launched_by'),
  selfApproved('money that nobody but who opened its run has approved', 'r.opened_by'),
];

export const MESSAGES = [...law2, ...law5, ...law6];
