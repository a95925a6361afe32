/**
 * Law 10: ambiguous is a state. What may or may not have been acted on stays so until it is asked or a person decides; nothing is called
 * accepted, paid or not acted on by guess.
 */
import { count, ofRun, type Check, type Law } from './check.js';
import { restorations } from './restorations.js';

const payouts: Check[] = [
  {
    what: 'each attempt at a provider without a known result made its payout ambiguous, unless a callback had decided it',
    wrong: 'an unknown result that did not make the payout ambiguous',
    rows: count('payout_attempts', `outcome = 'unknown'`),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state, a.unknown, coalesce(m.told, 0) as told
           from payouts p
           join (select payout_key, count(*) as unknown from payout_attempts where outcome = 'unknown' group by 1) a on a.payout_key = p.key
           left join (select payout_key, count(*) as told from payout_moves where to_state = 'ambiguous' or cause = 'callback' group by 1) m
             on m.payout_key = p.key
           where ${ofRun('p.run_id')} and a.unknown > coalesce(m.told, 0)`,
  },
  {
    what: 'nothing ambiguous was put back as if it had not been acted on',
    wrong: 'ambiguous, and put back by guess',
    rows: count('payout_moves', `from_state = 'ambiguous'`),
    find: `select m.payout_key as payout, m.no as move, m.to_state as "to", m.cause from payout_moves m join payouts p on p.key = m.payout_key
           where ${ofRun('p.run_id')} and m.from_state = 'ambiguous' and m.to_state in ('intended', 'approved', 'cancelled')`,
  },
  {
    what: 'nothing that was called not acted on is in the provider’s book',
    wrong: 'called not acted on, but the book has a payment',
    rows: count('payout_attempts', `outcome = 'not_acted'`),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state from payouts p
           join payout_attempts a on a.payout_key = p.key and a.attempt = p.attempts and a.outcome = 'not_acted'
           where ${ofRun('p.run_id')} and p.state in ('intended', 'approved')
             and exists (select 1 from audit_payments b where b.reading = 1 and b.type = 'payment' and b.key = p.key)`,
  },
  {
    what: 'each payout that is accepted, paid or settled has been told so by a reply, a look-up, a callback, a settlement or a person',
    wrong: 'called paid or accepted without evidence',
    rows: count('payouts', `state in ('accepted', 'paid', 'settled') and ${ofRun('run_id')}`),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state from payouts p
           where p.state in ('accepted', 'paid', 'settled') and ${ofRun('p.run_id')} and not (
             p.attempts > 0 and exists (select 1 from payout_moves m where m.payout_key = p.key and m.to_state in ('accepted', 'paid')
               and (m.cause in ('reply', 'lookup', 'callback', 'result', 'settlement') or m.cause like 'person:%')))`,
  },
  {
    what: 'each payout that is being submitted has an open attempt, and only it has',
    wrong: 'submitting and open attempt do not belong together',
    rows: count('payouts', `state = 'submitting' and ${ofRun('run_id')}`),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state from payouts p
           where p.state = 'submitting' and ${ofRun('p.run_id')}
             and not exists (select 1 from payout_attempts a where a.payout_key = p.key and a.closed_at is null)`,
  },
];

const messages: Check[] = [
  {
    what: 'each message that is being submitted has an open attempt',
    wrong: 'submitting without an open attempt',
    rows: count('outbox', `state = 'submitting' and ${ofRun('run_id')}`),
    find: `select o.id as message, o.run_id as run, o.customer_id as customer, o.attempt_id as attempt from outbox o
           where o.state = 'submitting' and ${ofRun('o.run_id')}
             and not exists (select 1 from message_attempts a where a.id = o.attempt_id and a.closed_at is null)`,
  },
  {
    what: 'no message of an attempt without a known result was put back or withheld',
    wrong: 'an unknown result, and decided by guess',
    rows: count('message_attempts', `outcome = 'unknown'`),
    find: `select o.id as message, o.run_id as run, o.customer_id as customer, o.state
           from outbox o join message_attempts a on a.id = o.attempt_id and a.outcome = 'unknown'
           where o.state in ('queued', 'withheld') and ${ofRun('o.run_id')}`,
  },
  {
    what: 'each accepted message was told so by an answer, a look-up or a receipt',
    wrong: 'called accepted without evidence',
    rows: count('outbox', `state = 'accepted' and ${ofRun('run_id')}`),
    find: `select o.id as message, o.run_id as run, o.customer_id as customer
           from outbox o left join message_attempts a on a.id = o.attempt_id
           where o.state = 'accepted' and ${ofRun('o.run_id')}
             and (o.attempts = 0 or not (coalesce(a.outcome = 'answered', false) or o.reference is not null or o.decided_by_receipt))`,
  },
];

export const ambiguous: Law = {
  law: 10,
  title: 'ambiguous is a state',
  open: `select (select count(*) from outbox where state = 'ambiguous' and ${ofRun('run_id')})
    + (select count(*) from payouts where state = 'ambiguous' and ${ofRun('run_id')})`,
  checks: [...payouts, ...messages, ...restorations],
};
