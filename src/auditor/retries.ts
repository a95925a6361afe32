/**
 * What failed and was tried again (laws 4, 7 and 8): nobody goes on who had not been set apart, each is said by the retry that did it, a large one has a
 * second person, and none that has begun is forgotten.
 */
import { count, ofRun, type Check } from './check.js';
import { CLOCK, LATE } from './lateness.js';

/** Each step of the people with what it followed. */
const FOLLOWED = `(
  select s.run_id, s.customer_id, s.no, s.kind, s.node, s.visit, s.codes,
    lag(s.ending) over w as ended, lag(s.node) over w as "endedAt", lag(s.visit) over w as "endedIn"
  from audit_steps s where s.kind in ('cohort', 'migration', 'retry')
  window w as (partition by s.run_id, s.customer_id order by s.no, s.ord))`;

const SET_APART = `('failed_data', 'failed_decision')`;

/** People: a part of law 4. */
export const peoplePutBack: Check[] = [
  {
    what: 'whoever was put back had been set apart just before, at that node and in that visit; and whoever was set apart goes on by a retry alone',
    wrong: 'put back without having been set apart there, or gone on without having been put back',
    rows: count('audit_steps', `kind = 'retry'`),
    find: `select run_id as run, customer_id as customer, node, no as trace, ended from ${FOLLOWED} f
           where case when kind = 'retry' then not coalesce(ended in ${SET_APART}, false) or (node, visit) is distinct from ("endedAt", "endedIn")
                 else coalesce(ended in ${SET_APART}, false) end`,
  },
];

/** Items that may act on somebody. */
const ACTS = `('put_back', 'reissue', 'approve', 'tell')`;
const PAYS = `jsonb_to_recordset(r.pays) as p(currency text, count int, minor bigint)`;

export const retriesDecided: Check[] = [
  {
    what: 'each step by which somebody was put back is an outcome of that retry, each such outcome a step',
    wrong: 'put back by no retry, or by one that did not do it',
    rows: count('audit_steps', `kind = 'retry'`),
    find: `select coalesce(s.run_id, i.run_id) as run, coalesce(s.customer_id, i.subject) as customer, s.codes, i.retry_no as retry
           from (select run_id, customer_id, codes from audit_steps where kind = 'retry') s
           full join (select i.retry_no, i.run_id, i.subject from retry_items i
                      join retry_outcomes o on o.retry_no = i.retry_no and o.item_no = i.no and o.outcome = 'done'
                      where i.kind = 'participant' and ${ofRun('i.run_id')}) i
             on i.run_id = s.run_id and i.subject = s.customer_id and s.codes = 'retried=' || i.retry_no
           where s.run_id is null or i.retry_no is null`,
  },
  {
    what: 'each payout that a retry reissued is the next generation of what it says, each that it approved was',
    wrong: 'a payout of which a retry says what the books do not',
    rows: count(
      'retry_outcomes o join retry_items i on i.retry_no = o.retry_no and i.no = o.item_no',
      `i.kind = 'payout' and o.outcome = 'done' and ${ofRun('i.run_id')}`,
    ),
    find: `select i.retry_no as retry, i.subject as payout, i.effect, o.detail as next
           from retry_outcomes o join retry_items i on i.retry_no = o.retry_no and i.no = o.item_no
           join retry_moves b on b.retry_no = i.retry_no and b.kind = 'begun'
           where i.kind = 'payout' and o.outcome = 'done' and ${ofRun('i.run_id')} and case i.effect
             when 'reissue' then not exists (select from payouts e join payouts n on n.slot_key = e.slot_key and n.generation = e.generation + 1
               where e.key = i.subject and n.key = o.detail)
             when 'approve' then not exists (select from payout_moves m where m.payout_key = i.subject and m.to_state = 'approved'
               and m.cause = 'person:' || b.actor and m.at = o.at)
             else false end`,
  },
  {
    what: 'a retry says what its items say; a large one has begun by another person than who asked for it; nothing was done before it began',
    wrong:
      'a retry that is larger than it says, that one person let begin alone, or that was carried out without having begun',
    rows: count('retries', '$1::text is null'),
    find: `select r.no as retry, r.asked_by as "askedBy", b.actor as "begunBy" from retries r
           left join retry_moves b on b.retry_no = r.no and b.kind = 'begun'
           where $1::text is null and (
             r.acts <> (select count(*) from retry_items i where i.retry_no = r.no and i.effect in ${ACTS})
             or r.sends <> (select coalesce(sum(i.sends), 0) from retry_items i where i.retry_no = r.no and i.effect <> 'nothing')
             or exists (select from ${PAYS} full join (
                  select p.currency, sum(p.minor) as minor from retry_items i cross join jsonb_to_recordset(i.pays) as p(currency text, minor bigint)
                  where i.retry_no = r.no and i.effect <> 'nothing' group by 1) q using (currency) where p.minor is distinct from q.minor)
             or r.needs_approval <> (r.acts > r.alone_items or exists (select from ${PAYS} where p.minor > r.alone_minor))
             or r.needs_approval and b.actor = r.asked_by
             or b.actor is null and exists (select from retry_outcomes o where o.retry_no = r.no)
             or exists (select from retry_outcomes o join retry_items i on i.retry_no = o.retry_no and i.no = o.item_no
                        where o.retry_no = r.no and i.effect = 'nothing'))`,
  },
];

/** A part of law 8. */
export const retriesCarriedOut: Check[] = [
  {
    what: 'no retry that began more than 60 s ago has an item without its outcome while nobody is at work on it',
    wrong: 'a retry that nobody carries out',
    rows: count('retry_moves', `kind = 'begun' and $1::text is null`),
    find: `select b.retry_no as retry, count(*) as open from ${CLOCK} cross join retry_moves b
           join retry_items i on i.retry_no = b.retry_no and i.effect <> 'nothing'
           left join retry_outcomes o on o.retry_no = i.retry_no and o.item_no = i.no
           where b.kind = 'begun' and $1::text is null and b.made_at < k.database_now - ${LATE}
           group by b.retry_no, k.business_now having count(o.item_no) < count(*) and coalesce(max(o.at), '-infinity') < k.business_now - ${LATE}`,
  },
];
