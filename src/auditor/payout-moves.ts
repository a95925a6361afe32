/**
 * Law 1, continued: every payout moved along the one table of allowed moves (design, section 5), its attempts are numbered without a gap,
 * and at most one was in flight.
 */
import { count, ofRun, type Check } from './check.js';

const ALLOWED: Record<string, string[]> = {
  intended: ['approved', 'submitting', 'held', 'cancelled'],
  approved: ['submitting', 'held', 'cancelled'],
  submitting: ['accepted', 'paid', 'rejected', 'ambiguous', 'held', 'intended', 'approved'],
  accepted: ['paid', 'rejected', 'ambiguous'],
  ambiguous: ['accepted', 'paid', 'rejected', 'submitting', 'held'],
  held: ['approved', 'accepted', 'paid', 'rejected', 'cancelled'],
  paid: ['settled', 'reversed'],
  settled: ['reversed'],
};

const PAIRS = Object.entries(ALLOWED)
  .flatMap(([from, targets]) => targets.map((to) => `('${from}', '${to}')`))
  .join(', ');

/** Each move with the state that the move before it led to. */
const CHAIN = `(
  select m.no, m.payout_key, m.from_state, m.to_state,
         lag(m.to_state) over w as before, row_number() over w = 1 as first, lead(m.no) over w is null as last
  from payout_moves m join payouts p on p.key = m.payout_key and ${ofRun('p.run_id')}
  window w as (partition by m.payout_key order by m.no))`;

export const payoutMoves: Check[] = [
  {
    what: 'each payout’s moves are one chain: each starts where the one before it ended',
    wrong: 'a move that does not follow from the one before it',
    rows: count(
      'payout_moves m',
      `exists (select 1 from payouts p where p.key = m.payout_key and ${ofRun('p.run_id')})`,
    ),
    find: `select payout_key as payout, no as move, before, from_state as "from", to_state as "to" from ${CHAIN} m
           where from_state is distinct from before`,
  },
  {
    what: 'each move is one that the table of payout moves allows',
    wrong: 'a move that is not allowed',
    rows: count(
      'payout_moves m',
      `exists (select 1 from payouts p where p.key = m.payout_key and ${ofRun('p.run_id')})`,
    ),
    find: `select payout_key as payout, no as move, from_state as "from", to_state as "to" from ${CHAIN} m
           where (first and to_state <> 'intended') or (not first and (from_state, to_state) not in (${PAIRS}))`,
  },
  {
    what: 'each payout stands where its last move led',
    wrong: 'a payout’s state is not where its moves led',
    rows: count('payouts', ofRun('run_id')),
    find: `select p.key as payout, p.run_id as run, p.customer_id as customer, p.state, m.to_state as "lastMove"
           from payouts p left join ${CHAIN} m on m.payout_key = p.key and m.last
           where ${ofRun('p.run_id')} and m.to_state is distinct from p.state`,
  },
  {
    what: 'attempts are numbered 1 to n without a gap, at most one of them is open, and the payout knows n',
    wrong: 'a payout’s attempts do not add up',
    rows: count(
      'payout_attempts a',
      `exists (select 1 from payouts p where p.key = a.payout_key and ${ofRun('p.run_id')})`,
    ),
    find: `select p.key as payout, p.attempts as known, coalesce(a.n, 0) as attempts, a.last, coalesce(a.open, 0) as open
           from payouts p
           left join (select payout_key, count(*) as n, min(attempt) as first, max(attempt) as last, count(distinct attempt) as numbers,
                             count(*) filter (where closed_at is null) as open
                      from payout_attempts group by 1) a on a.payout_key = p.key
           where ${ofRun('p.run_id')}
             and (coalesce(a.n, 0) <> p.attempts or a.first <> 1 or a.last <> a.n or a.numbers <> a.n or a.open > 1)`,
  },
  {
    what: 'whatever was submitted has its request frozen',
    wrong: 'submitted without a frozen request',
    rows: count('payouts', `attempts > 0 and ${ofRun('run_id')}`),
    find: `select key as payout, run_id as run, customer_id as customer, state from payouts
           where ${ofRun('run_id')} and request is null
             and (attempts > 0 or state not in ('intended', 'approved', 'held', 'cancelled'))`,
  },
];
