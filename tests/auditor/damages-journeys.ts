/**
 * Damages to what splits drew and labels name (law 7), to what computed rewards come to (law 1), to links (7, 8), to moves to a newer version and to what a source gave (4).
 */
import { CUSTOMER, MOVED_TO_ITSELF, onRun, SEEN } from './damage-statements.js';
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

const WINNER = 'c00010';
const says = (amount: string) =>
  `update trace set steps = replace(steps, 'reward=claimed', 'amount=${amount},reward=claimed') where run_id = $1 and customer_id = '${WINNER}'`;

const linked = (outcome: string, reason = 'null') =>
  `insert into links (id, customer_id, run_id, node, visit, campaign, at, outcome, reason)
   values ('link/' || $1 || '/on/1/${CUSTOMER}', '${CUSTOMER}', $1, 'on', 1, 'elsewhere', '2026-01-01T00:00:00Z', ${outcome}, ${reason})`;

/** A message of the other campaign, whose sends have SMS first and went by push. */
const BY_FALLBACK = `select o.id from outbox o join trace t on t.run_id = o.run_id and t.customer_id = o.customer_id
  where o.state = 'accepted' and t.steps like '%channel=sms:no_consent,%channel=push:taken%' order by o.id limit 1`;

/** `$1`: such a message; the violation bears it, or its customer. */
const onFallback =
  (names: 'message' | 'customer', statement: string) =>
  async ({ sql, value }: Hands): Promise<string> => {
    const id = await value(BY_FALLBACK);
    await sql(statement, [id]);
    return names === 'message' ? id : (id.split('/')[4] as string);
  };

export const JOURNEYS: Damage[] = [
  {
    law: 7,
    what: 'a message by a template that its node does not name',
    do: onFallback('message', `update outbox set template = 'hello-sms@1' where id = $1`),
  },
  {
    law: 7,
    what: 'a channel that was passed over without a word',
    do: onFallback(
      'message',
      `update trace set steps = replace(steps, 'channel=sms:no_consent,', '')
       where run_id = split_part($1, '/', 2) and customer_id = split_part($1, '/', 5)`,
    ),
  },
  {
    law: 7,
    what: 'a channel that was passed over for a consent that was there',
    do: onFallback(
      'customer',
      `update gate_versions set consents = consents || '{"sms:advertising": {"granted": true}}' where ${SEEN}`,
    ),
  },
  {
    law: 7,
    what: 'a label that the campaign does not name',
    do: onRun(CUSTOMER, `update participants set label = 'gold' where run_id = $1 and customer_id = '${CUSTOMER}'`),
  },
  {
    law: 7,
    what: 'an arm that no split drew',
    do: onRun(
      CUSTOMER,
      `update trace set steps = replace(steps, 'message=queued', 'arm=b,message=queued') where run_id = $1 and customer_id = '${CUSTOMER}'`,
    ),
  },
  {
    law: 1,
    what: 'an amount that the definition does not give',
    do: onRun(WINNER, says('1:2')),
  },
  {
    law: 1,
    what: 'an amount by a number that no response has',
    do: onRun(
      WINNER,
      `update campaign_versions v set definition = jsonb_set(v.definition, '{campaign,journey,nodes,reward-1,amount}',
         '{"currency": "KRW", "by": "response.amount", "percent": 100, "max": "5000"}')
       from runs r where r.id = $1 and v.campaign = r.campaign and v.version = r.version`,
      says('5000:777777'),
    ),
  },
  {
    law: 7,
    what: 'a link that the trace does not give',
    do: onRun(CUSTOMER, linked(`'not_open'`)),
  },
  {
    law: 7,
    what: 'a link refused for a reason that nobody gave',
    do: onRun(
      CUSTOMER,
      linked(`'refused'`, `'too_many'`),
      `insert into events (message_id, customer_id, name, occurred_at, received_at, properties)
       values ('link/' || $1 || '/on/1/${CUSTOMER}', '${CUSTOMER}', 'campaign.elsewhere', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z',
         jsonb_build_object('run', $1::text))`,
    ),
  },
  {
    law: 8,
    what: 'a link that nobody tells',
    do: onRun(
      CUSTOMER,
      `insert into event_starts (campaign, event_name, version, run_id, start) values ('elsewhere', 'campaign.elsewhere', 1, $1, '{}')`,
      `update runs set started_at = started_at - interval '1 hour' where id = $1`,
      linked('null'),
    ),
  },
  {
    law: 8,
    what: 'an entry by a link that is in no run',
    do: onRun(CUSTOMER, linked(`'entered'`)),
  },
  {
    law: 4,
    what: 'a move to no newer version',
    do: async (hands) => {
      await hands.sql(MOVED_TO_ITSELF, [hands.run]);
      return hands.run;
    },
  },
  {
    law: 4,
    what: 'a participant who left for a newer version and came nowhere',
    do: onRun(
      CUSTOMER,
      `update participants set end_reason = 'migrated' where run_id = $1 and customer_id = '${CUSTOMER}'`,
    ),
  },
  {
    law: 4,
    what: 'ids of a lake that nobody asked',
    do: async ({ sql, run }) => {
      await sql('update runs set source_count = audience_count + 5 where id = $1', [run]);
      return run;
    },
  },
];
