/**
 * Law 2: at most one accepted message per slot in the gateway's own book, and never one from each of two sibling branches. Where nothing
 * leaves (`capture`) there is no book; the outbox stands for it.
 */
import { count, ofRun, type Check, type Law } from './check.js';
import { nothingTwice } from './migrations.js';
import { isKept } from './retention.js';

/** Nobody's by its book, without a row, and accepted in time that a restoration has taken from us: the book tells business time. */
const IS_LOST = `(t.id is null and b.customer is null and b.run is null and exists (
  select from restorations d cross join audit_clock k
  where b.at - (k.business_now - k.database_now) >= d.restored_to and b.at - (k.business_now - k.database_now) < d.found_at))`;

const books: Check[] = [
  {
    what: 'the book has each message at most once',
    wrong: 'sent more than once',
    rows: count('audit_messages', 'reading = 2 and mine'),
    find: `select id as message, count(*) as sent from audit_messages where reading = 2 and mine group by id having count(*) > 1`,
  },
  {
    what: 'each message of the book, but for tests and those of runs that have expired, has its outbox row with the same customer, channel, run, node and body',
    wrong: 'a message that no outbox row explains',
    rows: count('audit_messages', 'reading = 1 and mine'),
    find: `select b.id as message, b.reference, b.customer, b.channel,
                  case when o.id is not null then 'a message that differs from its outbox row' end as wrong
           from audit_messages b left join outbox o on o.id = b.id
           where b.reading = 1 and b.mine and b.id not like 'test/%' and ${isKept(`split_part(b.id, '/', 2)`)}
             and (b.customer, b.channel, b.run, b.node, b.body_sha256)
               is distinct from (o.customer_id, o.channel, o.run_id, o.node,
                 encode(coalesce(o.body_sha256, sha256(convert_to(o.body, 'UTF8'))), 'hex'))`,
  },
  {
    what: 'each test in the book is a customer’s by no word of it, has its row with the same channel and body, and its line in the audit log; but for those of time that a restoration lost',
    wrong: 'a test of a message that nobody is on record to have sent',
    rows: count('audit_messages', `reading = 1 and mine and id like 'test/%'`),
    find: `select b.id as message, b.reference, b.customer, b.channel
           from audit_messages b left join test_messages t on t.id = b.id and t.state not in ('rejected', 'not_acted')
           where b.reading = 1 and b.mine and b.id like 'test/%' and (
             (b.channel, b.body_sha256, b.customer, b.run) is distinct from (t.channel, encode(t.body_sha256, 'hex'), null, null)
             or not exists (select from audit_log l where l.action = 'test-message.send' and l.subject = 'test-message/' || b.id
               and l.actor = t.sent_by and l.after ->> 'person' = t.person))
             and not ${IS_LOST}`,
  },
  {
    what: 'the book has no message that was never handed over, withheld or rejected',
    wrong: 'sent although the outbox says that it cannot be',
    rows: count(
      'outbox',
      `(state in ('withheld', 'rejected') or state = 'queued' and attempts = 0) and ${ofRun('run_id')}`,
    ),
    find: `select o.id as message, o.run_id as run, o.customer_id as customer, o.state, o.reason
           from audit_messages b join outbox o on o.id = b.id
           where b.reading = 1 and b.mine and (o.state in ('withheld', 'rejected') or o.state = 'queued' and o.attempts = 0)`,
  },
  {
    what: 'each accepted message is in its gateway’s book',
    wrong: 'accepted, but the book does not have it',
    rows: count(
      'outbox',
      `state = 'accepted' and ${ofRun('run_id')} and gateway in (select name from audit_booked where system = 'gateway')`,
    ),
    find: `select o.id as message, o.run_id as run, o.customer_id as customer, o.gateway
           from outbox o left join audit_messages b on b.reading = 2 and b.id = o.id
           where o.state = 'accepted' and ${ofRun('o.run_id')} and b.id is null
             and o.gateway in (select name from audit_booked where system = 'gateway')`,
  },
  {
    what: 'a message’s id is its slot',
    wrong: 'a message under an id that is not its slot’s',
    rows: count('outbox', ofRun('run_id')),
    find: `select id as message, run_id as run, node, visit, customer_id as customer from outbox
           where ${ofRun('run_id')} and id <> 'm/' || run_id || '/' || node || '/' || visit || '/' || customer_id`,
  },
];

/**
 * What happened to customers on their way, the books first: messages that went out and rewards that were intended. A late response's reward is
 * earned beside the way (law 1 judges it).
 */
const EFFECTS = `(
  select o.run_id, o.customer_id, o.visit, o.node from audit_messages b join outbox o on o.id = b.id where b.mine
  union select run_id, customer_id, visit, node from outbox where state = 'accepted' and ${ofRun('run_id')}
  union select run_id, customer_id, visit, node from payouts where not evidence ? 'lateEvent' and ${ofRun('run_id')})`;

const siblings: Check = {
  what: 'nobody has effects of two sides of one branch or split in one visit',
  wrong: 'effects of two sibling branches',
  rows: `select count(*) from ${EFFECTS} e`,
  find: `select e.run_id as run, s.branch, e.customer_id as customer, e.visit,
                string_agg(distinct s.side || ':' || e.node, ',' order by s.side || ':' || e.node) as effects
         from ${EFFECTS} e join runs r on r.id = e.run_id
         join audit_sides s on s.campaign = r.campaign and s.version = r.version and s.node = e.node
         group by e.run_id, s.branch, s.scope, e.customer_id, e.visit
         having count(distinct s.side) > 1`,
};

export const oneMessage: Law = {
  law: 2,
  title: 'at most one message per slot',
  open: count('outbox', `state in ('queued', 'submitting', 'ambiguous') and ${ofRun('run_id')}`),
  checks: [...books, siblings, nothingTwice],
};
