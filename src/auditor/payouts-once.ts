/**
 * Law 1: each slot that earned a reward has exactly one payout, and the provider's book exactly one payment for each payout that we call
 * paid. Nothing is paid that was not earned. The moves of payouts are in payout-moves.ts.
 */
import { count, ofRun, type Check, type Law } from './check.js';
import { payoutMoves } from './payout-moves.js';

/** Payments net of reversals per key, as of one reading. */
const net = (reading: 1 | 2) => `(
  select key, count(*) filter (where type = 'payment') as payments, count(*) filter (where type = 'reversal') as reversals,
         count(*) filter (where type = 'payment') - count(*) filter (where type = 'reversal') as net
  from audit_payments where reading = ${reading} and mine group by key)`;

const books: Check[] = [
  {
    what: 'the book has at most one payment per key, net of reversals',
    wrong: 'paid more than once',
    rows: count('audit_payments', `reading = 2 and mine and type = 'payment'`),
    find: `select key as payout, payments, reversals from ${net(2)} b where net > 1`,
  },
  {
    what: 'each payment of the book has its payout with the same amount, currency, customer and kind',
    wrong: 'a payment that no payout explains',
    rows: count('audit_payments', `reading = 1 and mine and type = 'payment'`),
    find: `select b.key as payout, b.reference, b.customer, b.amount, b.currency, b.kind,
                  case when p.key is not null then 'a payment that differs from its payout' end as wrong
           from audit_payments b left join payouts p on p.key = b.key
           where b.reading = 1 and b.mine and b.type = 'payment'
             and (b.amount, b.currency, b.customer, b.kind) is distinct from (p.amount::text, p.currency, p.customer_id, p.kind)`,
  },
  {
    what: 'each payout that is paid or settled has exactly one payment in its provider’s book, each reversed one has it taken back',
    wrong: 'the book does not hold what the payout’s state says',
    rows: count(
      'payouts p',
      `state in ('paid', 'settled', 'reversed') and ${ofRun('run_id')}
      and provider in (select name from audit_booked where system = 'provider')`,
    ),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state, coalesce(b.net, 0) as payments
           from payouts p left join ${net(2)} b on b.key = p.key
           where p.state in ('paid', 'settled', 'reversed') and ${ofRun('p.run_id')}
             and p.provider in (select name from audit_booked where system = 'provider')
             and coalesce(b.net, 0) <> case p.state when 'reversed' then 0 else 1 end`,
  },
  {
    what: 'the book has no payment for what was rejected, cancelled or never submitted',
    wrong: 'paid although the payout’s state says that it cannot be',
    rows: count(
      'payouts',
      `(state in ('rejected', 'cancelled') or state in ('intended', 'approved') and attempts = 0) and ${ofRun('run_id')}`,
    ),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state, b.net as payments
           from payouts p join ${net(1)} b on b.key = p.key
           where b.net > 0 and (p.state in ('rejected', 'cancelled') or p.state in ('intended', 'approved') and p.attempts = 0)`,
  },
];

const claims: Check[] = [
  {
    what: 'a payout’s key is its slot and generation',
    wrong: 'a payout under a key that is not its slot’s',
    rows: count('payouts', ofRun('run_id')),
    find: `select key as payout, slot_key as slot, generation from payouts
           where ${ofRun('run_id')} and (slot_key <> 'p/' || run_id || '/' || node || '/' || visit || '/' || customer_id
              or key <> slot_key || '/' || generation)`,
  },
  {
    what: 'each payout holds the claim that it names',
    wrong: 'a payout without its claim',
    rows: count('payouts', ofRun('run_id')),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.claim_key as claim
           from payouts p left join claims c on c.key = p.claim_key left join payouts h on h.key = c.payout_key
           where ${ofRun('p.run_id')} and h.slot_key is distinct from p.slot_key`,
  },
  {
    what: 'each claim is held by a payout that names it',
    wrong: 'a claim without its payout',
    rows: count('claims', ofRun('run_id')),
    find: `select c.key as claim, c.payout_key as payout from claims c left join payouts p on p.key = c.payout_key
           where ${ofRun('c.run_id')} and p.claim_key is distinct from c.key`,
  },
  {
    what: 'one claim key stands for one slot',
    wrong: 'several slots were rewarded by one claim',
    rows: `select count(distinct claim_key) from payouts where ${ofRun('run_id')}`,
    find: `select claim_key as claim, min(key) as payout, max(key) as also from payouts where ${ofRun('run_id')}
           group by claim_key having count(distinct slot_key) > 1`,
  },
];

/** Where a payout of a slot's latest generation belongs in the sum of law 1. */
const CLASS = `case when p.state in ('paid', 'settled') then 'paid'
  when p.state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held') then 'open'
  when p.state = 'rejected' and i.state = 'open' then 'owed'
  when p.state = 'rejected' and i.state = 'waived' then 'waived'
  when p.state in ('cancelled', 'reversed') then p.state end`;

const LATEST = `(select distinct on (slot_key) * from payouts where ${ofRun('run_id')} order by slot_key, generation desc)`;

const earned: Check[] = [
  {
    what: 'each trace step `reward=claimed` has exactly one slot among the payouts and each slot exactly one such step; nobody else has',
    wrong: 'rewards earned by the trace and slots among the payouts differ',
    rows: count('audit_steps', `kind = 'cohort' and reward is not null`),
    find: `select coalesce(e.run_id, s.run_id) as run, coalesce(e.node, s.node) as node, coalesce(e.visit, s.visit) as visit,
                  coalesce(e.customer_id, s.customer_id) as customer, coalesce(e.n, 0) as earned, coalesce(s.n, 0) as slots,
                  s.payout
           from (select run_id, node, visit, customer_id, count(*) as n from audit_steps
                 where kind = 'cohort' and reward = 'claimed' group by 1, 2, 3, 4) e
           full join (select run_id, node, visit, customer_id, count(distinct slot_key) as n, min(key) as payout from payouts
                 where ${ofRun('run_id')} group by 1, 2, 3, 4) s
             on s.run_id = e.run_id and s.node = e.node and s.visit = e.visit and s.customer_id = e.customer_id
           where e.n is distinct from 1 or s.n is distinct from 1`,
  },
  {
    what: 'everybody who moved on from a reward node has exactly one outcome there',
    wrong: 'people who passed a reward node and rewards decided there differ',
    rows: count('audit_nodes', `type = 'reward'`),
    find: `select run_id as run, node, visit, coalesce(m.n, 0) as moved, coalesce(d.n, 0) as decided
           from (select c.run_id, c.node, c.visit, sum(c.n) as n from counters c
                 join audit_nodes a on a.run_id = c.run_id and a.node = c.node and a.type = 'reward'
                 where c.measure = 'moved' group by 1, 2, 3) m
           full join (select run_id, node, visit, count(*) as n from audit_steps
                      where kind = 'cohort' and reward is not null group by 1, 2, 3) d using (run_id, node, visit)
           where coalesce(m.n, 0) <> coalesce(d.n, 0)`,
  },
  {
    what: 'earned = paid + open + owed + waived + cancelled + reversed, by each slot’s latest generation',
    wrong: 'the sum of law 1 does not add up',
    rows: `select count(distinct slot_key) from payouts where ${ofRun('run_id')}`,
    find: `select run_id as run, coalesce(e.n, 0) as earned, coalesce(c.n, 0) as accounted
           from (select run_id, count(*) as n from audit_steps where kind = 'cohort' and reward = 'claimed' group by 1) e
           full join (select p.run_id, count(${CLASS}) as n from ${LATEST} p left join owed_items i on i.payout_key = p.key group by 1) c
             using (run_id)
           where coalesce(e.n, 0) <> coalesce(c.n, 0)`,
  },
  {
    what: 'each rejected payout has its owed item and only they have',
    wrong: 'a rejection and its owed item do not belong together',
    rows: `select count(*) from payouts where state = 'rejected' and ${ofRun('run_id')}`,
    find: `select coalesce(p.key, i.payout_key) as payout, p.state, i.state as owed
           from (select * from payouts where ${ofRun('run_id')}) p
           left join owed_items i on i.payout_key = p.key
           left join payouts g on g.slot_key = p.slot_key and g.generation = p.generation + 1
           where (p.state = 'rejected') <> (i.payout_key is not null)
              or coalesce(i.state = 'reissued', false) <> (g.key is not null)`,
  },
];

export const payoutsOnce: Law = {
  law: 1,
  title: 'payouts exactly once',
  open: count(
    'payouts',
    `state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held') and ${ofRun('run_id')}`,
  ),
  checks: [...books, ...claims, ...earned, ...payoutMoves],
};
