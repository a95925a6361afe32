/**
 * Law 1: each slot that earned a reward has exactly one payout, and the provider's book exactly one payment for each payout that we call
 * paid. Nothing is paid that was not earned. Claims, what is owed, and the moves of payouts are in files of their own.
 */
import { count, ofRun, type Check, type Law } from './check.js';
import { couponCodes } from './coupon-codes.js';
import { lateRewards } from './late-rewards.js';
import { luckyBoxes } from './lucky-boxes.js';
import { payoutClaims } from './payout-claims.js';
import { filesOnce } from './payout-files.js';
import { payoutMoves } from './payout-moves.js';
import { owedItems } from './payout-owed.js';
import { payoutReversals } from './payout-reversals.js';
import { rewardAmounts } from './reward-amounts.js';

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
    what: 'the book has at most one payment per slot over all its generations, net of reversals',
    wrong: 'a slot was paid under several generations',
    rows: `select count(distinct slot_key) from payouts where generation > 1 and ${ofRun('run_id')}`,
    find: `select p.slot_key as slot, min(p.key) as payout, max(p.key) as also, sum(b.net) as payments
           from payouts p join ${net(2)} b on b.key = p.key where ${ofRun('p.run_id')}
           group by p.slot_key having sum(b.net) > 1 and count(*) filter (where b.net > 0) > 1`,
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
    rows: count('audit_steps', `kind in ('cohort', 'late') and reward is not null`),
    find: `select coalesce(e.run_id, s.run_id) as run, coalesce(e.node, s.node) as node, coalesce(e.visit, s.visit) as visit,
                  coalesce(e.customer_id, s.customer_id) as customer, coalesce(e.n, 0) as earned, coalesce(s.n, 0) as slots,
                  s.payout
           from (select run_id, node, visit, customer_id, count(*) as n from audit_steps
                 where kind in ('cohort', 'late') and reward = 'claimed' group by 1, 2, 3, 4) e
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
           from (select run_id, count(*) as n from audit_steps where kind in ('cohort', 'late') and reward = 'claimed' group by 1) e
           full join (select p.run_id, count(${CLASS}) as n from ${LATEST} p left join owed_items i on i.payout_key = p.key group by 1) c
             using (run_id)
           where coalesce(e.n, 0) <> coalesce(c.n, 0)`,
  },
];

export const payoutsOnce: Law = {
  law: 1,
  title: 'payouts exactly once',
  open: count(
    'payouts',
    `state in ('intended', 'approved', 'submitting', 'accepted', 'ambiguous', 'held') and ${ofRun('run_id')}`,
  ),
  checks: [
    ...books,
    ...payoutClaims,
    ...couponCodes,
    ...luckyBoxes,
    ...rewardAmounts,
    ...earned,
    ...owedItems,
    ...payoutReversals,
    ...lateRewards,
    ...payoutMoves,
    ...filesOnce,
  ],
};
