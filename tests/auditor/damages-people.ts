/**
 * Damages to people, their traces and times: laws 4 and 7 to 9. Each does one wrong thing and returns the key by which the audit has to
 * name it.
 */
import { CUSTOMER, onMessage, onRun, SEEN } from './damage-statements.js';
import type { Damage } from './damages-money.js';

const law4: Damage[] = [
  {
    law: 4,
    what: 'a counter of people that is one too high',
    do: onRun('wait-1', `update counters set n = n + 1 where run_id = $1 and node = 'wait-1' and measure = 'entered'`),
  },
  {
    law: 4,
    what: 'a counter of messages under another reason',
    do: onRun(
      'send-1',
      `update counters set reason = 'capped' where run_id = $1 and node = 'send-1' and measure = 'suppressed' and reason = 'no_address'`,
    ),
  },
  {
    law: 4,
    what: 'a participant who is gone',
    do: onRun('done', `delete from participants where run_id = $1 and customer_id = '${CUSTOMER}'`),
  },
  {
    law: 4,
    what: 'a participant who stands elsewhere',
    do: onRun('wait-2', `update participants set node = 'wait-2' where run_id = $1 and customer_id = '${CUSTOMER}'`),
  },
  {
    law: 4,
    what: 'a message that is gone',
    do: onRun('send-1', `delete from outbox where id = 'm/' || $1 || '/send-1/1/${CUSTOMER}'`),
  },
  {
    law: 4,
    what: 'a response that is gone',
    do: onRun('wait-1', `delete from responses where run_id = $1 and customer_id = 'c00010'`),
  },
  {
    law: 4,
    what: 'a walk that the trace does not have',
    do: onRun(
      'send-2',
      `delete from trace where run_id = $1 and customer_id = '${CUSTOMER}' and steps like '%send-2#1:%message=queued%'`,
    ),
  },
  {
    law: 4,
    what: 'a counter of decisions that is one too high',
    do: onRun('send-2', `update counters set n = n + 1 where run_id = $1 and node = 'send-2' and measure = 'decided'`),
  },
  {
    law: 4,
    what: 'a refused entrant that was not counted',
    do: onRun(
      'closed',
      `insert into entrants (run_id, customer_id, outcome, actor, at) values ($1, '${CUSTOMER}', 'closed', 'm', '2026-03-03T01:00:00Z')`,
    ),
  },
];

const law7: Damage[] = [
  {
    law: 7,
    what: 'a participant without a trace',
    do: onRun(CUSTOMER, `delete from trace where run_id = $1 and customer_id = '${CUSTOMER}'`),
  },
  {
    law: 7,
    what: 'an end for another reason',
    do: onRun(
      CUSTOMER,
      `update participants set end_reason = 'stopped' where run_id = $1 and customer_id = '${CUSTOMER}'`,
    ),
  },
  {
    law: 7,
    what: 'an end in the trace of somebody active',
    do: onRun(CUSTOMER, `update participants set state = 'active' where run_id = $1 and customer_id = '${CUSTOMER}'`),
  },
  {
    law: 7,
    what: 'a wait that timed out for somebody who had responded',
    do: onRun(
      CUSTOMER,
      `insert into responses (run_id, node, visit, customer_id, wave, event_no, occurred_at, received_at)
       select $1, 'wait-1', 1, '${CUSTOMER}', 1, 0, now(), now()`,
    ),
  },
  {
    law: 7,
    what: 'a decision without its message',
    do: onRun(CUSTOMER, `delete from outbox where id = 'm/' || $1 || '/send-1/1/${CUSTOMER}'`),
  },
  {
    law: 7,
    what: 'a message without its decision',
    do: onMessage(`update trace set steps = replace(steps, 'message=queued', 'message=none') where ${SEEN}`),
  },
  {
    law: 7,
    what: 'a code that nobody knows',
    do: onRun(
      CUSTOMER,
      `update trace set steps = steps || ',magic=1' where run_id = $1 and customer_id = '${CUSTOMER}'`,
    ),
  },
  {
    law: 7,
    what: 'a context that is gone',
    do: async ({ sql, value }) => {
      const context = await value(`select min(context_id) from trace`);
      await sql('delete from decision_contexts where id = $1', [context]);
      return context;
    },
  },
];

const law8: Damage[] = [
  {
    law: 8,
    what: 'somebody due whom nobody moves',
    do: onRun(
      CUSTOMER,
      `update runs set state = 'running' where id = $1`,
      `update lanes set done = false where run_id = $1`,
      `update decision_contexts set recorded_at = recorded_at - interval '1 hour' where run_id = $1`,
      `update participants set state = 'active', due_at = entered_at - interval '1 hour' where run_id = $1 and customer_id = '${CUSTOMER}'`,
    ),
  },
  {
    law: 8,
    what: 'a slot that nobody fires',
    async do({ sql, value, run }) {
      const campaign = await value('select campaign from runs where id = $1', [run]);
      await sql(
        `insert into campaign_starts (campaign, version, start, zone, handled_until, next_at, started_by)
         select campaign, version, '{}', 'UTC', started_at, started_at, 'm' from runs where id = $1`,
        [run],
      );
      await sql(`update decision_contexts set now = now + interval '1 hour' where kind = 'claim'`);
      return campaign;
    },
  },
  {
    law: 8,
    what: 'somebody whom nothing will move',
    do: onRun(CUSTOMER, `update participants set state = 'active' where run_id = $1 and customer_id = '${CUSTOMER}'`),
  },
  {
    law: 8,
    what: 'a queued message that nobody hands over',
    do: onMessage(
      `update message_attempts set opened_at = opened_at - interval '1 hour' where $1 <> ''`,
      `update outbox set state = 'queued', decided_at = decided_at - interval '1 hour' where id = $1`,
    ),
  },
  {
    law: 8,
    what: 'an ambiguous message that nobody asks about',
    do: onMessage(`update outbox set state = 'ambiguous', lookup_at = now() - interval '2 minutes' where id = $1`),
  },
  {
    law: 8,
    what: 'an attempt that nobody closes',
    do: async ({ sql, value, run }) => {
      await sql(`update payout_attempts set closed_at = null, lease_until = now() - interval '2 minutes'`);
      return value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
    },
  },
  {
    law: 8,
    what: 'a run that nobody opens',
    do: async ({ sql, run }) => {
      await sql(`update runs set state = 'opening', started_at = started_at - interval '1 hour' where id = $1`, [run]);
      return run;
    },
  },
  {
    law: 8,
    what: 'a payout that nobody submits',
    do: async ({ sql, value, run }) => {
      const payout = await value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
      await sql(`update payouts set state = 'approved' where key = $1`, [payout]);
      await sql(`update payout_moves set at = at - interval '1 hour' where payout_key = $1`, [payout]);
      await sql(`update payout_attempts set opened_at = opened_at - interval '1 hour'`);
      return payout;
    },
  },
  {
    law: 8,
    what: 'an ambiguous payout that nobody asks about',
    do: async ({ sql, value, run }) => {
      const payout = await value(`select key from payouts where run_id = $1 and customer_id = 'c00010'`, [run]);
      await sql(`update payouts set state = 'ambiguous', lookup_at = now() - interval '2 minutes' where key = $1`, [
        payout,
      ]);
      return payout;
    },
  },
  {
    law: 8,
    what: 'a resume that nobody finishes',
    do: async ({ sql, run }) => {
      await sql(
        `insert into control_changes (scope, epoch, state, overdue, reason, actor, at, made_at)
         values ('run/' || $1, 2, 'running', 'shift', '', 'o', '2026-03-03T01:00:00Z', now() - interval '2 minutes')`,
        [run],
      );
      await sql(
        `insert into control_work (change_no, run_id, lane, since)
         select max(no), $1, 0, '2026-03-03T01:00:00Z' from control_changes`,
        [run],
      );
      return `run/${run}`;
    },
  },
  {
    law: 8,
    what: 'a stopped run in which somebody goes on waiting',
    do: async ({ sql, run }) => {
      await sql(
        `insert into controls (scope, state, reason, actor, at)
         select 'run/' || id, 'stopped', '', 'o', started_at - interval '1 hour' from runs where id = $1`,
        [run],
      );
      await sql(`update runs set started_at = started_at - interval '1 hour' where id = $1`, [run]);
      await sql(
        `update participants set state = 'active', due_at = entered_at + interval '1 hour' where run_id = $1 and customer_id = '${CUSTOMER}'`,
        [run],
      );
      return `run/${run}`;
    },
  },
  {
    law: 8,
    what: 'an attempt at a gateway that nobody closes',
    do: async ({ sql, value }) => {
      const attempt = await value('select min(id) from message_attempts');
      await sql(
        `update message_attempts set closed_at = null, lease_until = now() - interval '2 minutes' where id = $1`,
        [attempt],
      );
      return attempt;
    },
  },
];

const law9: Damage[] = [
  {
    law: 9,
    what: 'a lane that decided by an older step after a newer one',
    do: async ({ sql, value, run }) => {
      const context = await value(`select max(id) from decision_contexts where kind = 'cohort' and run_id = $1`, [run]);
      await sql('update decision_contexts set step = 0 where id = $1', [context]);
      return context;
    },
  },
  {
    law: 9,
    what: 'a decision before the business epoch',
    do: async ({ sql, value }) => {
      const context = await value(`select min(id) from decision_contexts where kind = 'claim'`);
      await sql(`update decision_contexts set now = now - interval '1 day' where id = $1`, [context]);
      return context;
    },
  },
  {
    law: 9,
    what: 'a message decided in the future',
    do: onMessage(`update outbox set decided_at = decided_at + interval '1 day' where id = $1`),
  },
  {
    law: 9,
    what: 'a response received in the future',
    do: onRun(
      'c00010',
      `update responses set received_at = received_at + interval '1 day' where run_id = $1 and customer_id = 'c00010'`,
    ),
  },
  {
    law: 9,
    what: 'a lane whose now goes back',
    do: async ({ sql, value, run }) => {
      const context = await value(`select max(id) from decision_contexts where kind = 'cohort' and run_id = $1`, [run]);
      await sql(
        `update decision_contexts set now = (select min(now) from decision_contexts where run_id = $2) where id = $1`,
        [context, run],
      );
      return context;
    },
  },
];

export const PEOPLE = [...law4, ...law7, ...law8, ...law9];
