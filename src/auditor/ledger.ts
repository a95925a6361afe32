/**
 * Law 3: the ledger balances, and no budget is overspent. Accounts are shared by all runs, so what concerns them is judged as a whole even
 * where one run is audited; what concerns payouts is judged for the run.
 */
import { accountTotals } from './account-totals.js';
import { budgetChanges } from './budget-changes.js';
import { budgetReplay } from './budget-replay.js';
import { auditLogChain, chain, ledgerOpen } from './chain.js';
import { settlements } from './settlements.js';
import { signedHeads } from './signed-heads.js';
import { count, ofRun, type Check, type Law } from './check.js';
import { takenOut } from './exports.js';
import { periods } from './periods.js';

/** Which kind of account each kind of transfer debits and credits. */
const SIDES = `(values ('fund', 'budget', 'funding'), ('raise', 'budget', 'funding'), ('cut', 'funding', 'budget'),
  ('return', 'funding', 'budget'), ('reserve', 'reserved', 'budget'), ('release', 'budget', 'reserved'),
  ('pay', 'clearing', 'reserved'), ('settle', 'settled', 'clearing'), ('reverse', 'budget', 'clearing'),
  ('write_up', 'clearing', 'suspense'), ('write_off', 'suspense', 'clearing')) as side(kind, debit, credit)`;

const owner = (kind: string) => `case when ${kind} in ('clearing', 'settled') then p.provider else p.budget end`;

const transfers: Check[] = [
  {
    what: 'each transfer is one debit and one credit of the same amount and currency',
    wrong: 'a transfer that does not balance',
    rows: count('ledger_transfers'),
    find: `select t.id as transfer, coalesce(e.debits, 0) as debits, coalesce(e.credits, 0) as credits, e.debit, e.credit
           from ledger_transfers t
           left join (select transfer_id, count(*) filter (where side = 'debit') as debits, count(*) filter (where side = 'credit') as credits,
                             sum(amount) filter (where side = 'debit') as debit, sum(amount) filter (where side = 'credit') as credit,
                             count(distinct currency) as currencies
                      from ledger_entries group by 1) e on e.transfer_id = t.id
           where e.debits is distinct from 1 or e.credits is distinct from 1 or e.debit is distinct from e.credit or e.currencies <> 1`,
  },
  {
    what: 'each entry belongs to a transfer and is in its account’s currency',
    wrong: 'an entry without its transfer, or in another currency than its account',
    rows: count('ledger_entries'),
    find: `select e.transfer_id as transfer, e.side, e.account, e.currency
           from ledger_entries e left join ledger_transfers t on t.id = e.transfer_id left join accounts a on a.key = e.account
           where t.id is null or a.currency is distinct from e.currency`,
  },
  {
    what: 'each account’s balance is its debits minus its credits',
    wrong: 'a balance that its entries do not give',
    rows: count('accounts'),
    find: `select a.key as account, a.balance, coalesce(e.n, 0) as entries
           from accounts a
           left join (select account, sum(case side when 'debit' then amount else -amount end) as n from ledger_entries group by 1) e
             on e.account = a.key
           where a.balance <> coalesce(e.n, 0)`,
  },
  {
    what: 'each transfer moves between the accounts that its kind and its payout name',
    wrong: 'a transfer between the wrong accounts',
    rows: count('ledger_transfers'),
    find: `select t.id as transfer, t.kind, d.account as debit, c.account as credit
           from ledger_transfers t left join ${SIDES} on side.kind = t.kind left join payouts p on p.key = t.payout_key
           left join ledger_entries d on d.transfer_id = t.id and d.side = 'debit'
           left join ledger_entries c on c.transfer_id = t.id and c.side = 'credit'
           where split_part(d.account, ':', 1) is distinct from side.debit or split_part(c.account, ':', 1) is distinct from side.credit
              or case
                   when t.kind in ('fund', 'raise', 'cut', 'return', 'write_up', 'write_off') then t.payout_key is not null or split_part(d.account, ':', 2) <> split_part(c.account, ':', 2)
                   else t.id <> t.payout_key || '#' || t.kind or p.key is null
                     or split_part(d.account, ':', 2) <> ${owner('side.debit')} or split_part(c.account, ':', 2) <> ${owner('side.credit')}
                 end`,
  },
];

/** How often each payout may have each transfer, by its state; reserve is always once. */
const WANTED = `case when p.state in ('paid', 'settled', 'reversed') then 1 else 0 end as pay,
  case when p.state in ('rejected', 'cancelled') then 1 else 0 end as release,
  case when p.state = 'settled' then 1 when p.state <> 'reversed' then 0 end as settle,
  case when p.state = 'reversed' then 1 else 0 end as reverse`;

const payouts: Check = {
  what: 'each payout has the transfers that its state says, of its own amount and currency',
  wrong: 'a payout whose transfers are not those of its state',
  rows: count('payouts', ofRun('run_id')),
  find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state, coalesce(t.kinds, 'none') as transfers, t.odd
         from payouts p cross join lateral (select ${WANTED}) w
         left join (select t.payout_key, string_agg(t.kind, ',' order by t.recorded_at, t.id) as kinds,
                           count(*) filter (where t.kind = 'reserve') as reserve, count(*) filter (where t.kind = 'pay') as pay,
                           count(*) filter (where t.kind = 'release') as release, count(*) filter (where t.kind = 'settle') as settle,
                           count(*) filter (where t.kind = 'reverse') as reverse,
                           count(*) filter (where exists (select 1 from ledger_entries e join payouts p on p.key = t.payout_key
                             where e.transfer_id = t.id and (e.amount <> p.amount or e.currency <> p.currency))) as odd
                    from ledger_transfers t where t.payout_key is not null group by 1) t on t.payout_key = p.key
         where ${ofRun('p.run_id')}
           and (t.reserve is distinct from 1 or t.pay <> w.pay or t.release <> w.release or t.settle <> w.settle or t.reverse <> w.reverse
             or t.odd > 0)`,
};

const budgets: Check[] = [
  {
    what: 'no budget and no reservation account is below zero',
    wrong: 'overspent',
    rows: count('accounts', `kind in ('budget', 'reserved')`),
    find: `select key as account, balance from accounts where kind in ('budget', 'reserved') and balance < 0`,
  },
  {
    what: 'each budget’s sequence of takings is 1 to n without a gap or a double',
    wrong: 'a budget’s sequence has a gap or a double',
    rows: count('payouts'),
    find: `select s.budget, s.payout, s.budget_seq as seq, s.expected
           from (select budget, key as payout, budget_seq, row_number() over (partition by budget order by budget_seq, key) as expected
                 from payouts) s
           where s.budget_seq <> s.expected
           union all
           select p.budget, null, max(p.budget_seq), a.seq from payouts p join accounts a on a.key = 'budget:' || p.budget
           group by p.budget, a.seq having max(p.budget_seq) <> a.seq`,
  },
  {
    what:
      'replayed by its sequence, no taking goes beyond all that the budget was ever given (funded, released, taken back): ' +
      'necessary, not sufficient; that no moment was below zero is kept by the account’s own constraint',
    wrong: 'a taking beyond all that the budget was given',
    rows: count('payouts'),
    find: `select s.budget, s.payout, s.taken, coalesce(g.given, 0) as given
           from (select budget, key as payout, sum(amount) over (partition by budget order by budget_seq, key) as taken from payouts) s
           left join (select account, sum(amount) as given from ledger_entries where side = 'debit' group by 1) g
             on g.account = 'budget:' || s.budget
           where s.taken > coalesce(g.given, 0)`,
  },
];

export const ledger: Law = {
  law: 3,
  title: 'the ledger balances',
  open: ledgerOpen,
  checks: [
    ...transfers,
    ...accountTotals,
    ...periods,
    payouts,
    ...budgets,
    ...budgetReplay,
    ...budgetChanges,
    ...chain,
    ...auditLogChain,
    ...signedHeads,
    ...settlements,
    ...takenOut,
  ],
};
