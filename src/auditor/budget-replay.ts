/**
 * Law 3, continued: who fitted when a budget ran short, replayed. Inside a cohort the bids follow the published hash of the customer; what
 * was left for a cohort is what the budget's entries come to at that moment, in the order in which they were recorded under the
 * account's lock.
 */
import type pg from 'pg';
import { CLOSED } from './budget-changes.js';
import type { Check } from './check.js';

export const BID_TABLES = `
create temporary table audit_bids (context_id bigint, run_id text collate "C", node text collate "C", visit smallint,
  customer_id text collate "C", budget text collate "C", amount bigint, need bigint, fits boolean, funded boolean,
  box text collate "C", box_no bigint, payout text collate "C", seq bigint, hash bigint,
  at timestamptz);
`;

/**
 * Every reward of a cohort, or of late responses recorded together, that asked for money: what the trace says, what the launched definition promises, what
 * was taken. Of a lucky box the most that could be drawn had to fit (`need`), and what was drawn is taken, which may be nothing.
 */
const BIDS = `
insert into audit_bids
select s.context_id, s.run_id, s.node, s.visit, s.customer_id, n.def->>'budget',
       a.minor, coalesce(split_part(s.box, ':', 3)::bigint, a.minor), s.reward <> 'no_budget', s.reward = 'claimed',
       split_part(s.box, ':', 1), split_part(s.box, ':', 2)::bigint, 'p/' || s.run_id || '/' || s.node || '/' || s.visit || '/' || s.customer_id || '/1', p.budget_seq, null, x.recorded_at
from audit_steps s
join decision_contexts x on x.id = s.context_id
left join audit_nodes n on n.run_id = s.run_id and n.node = s.node
cross join lateral (select case when s.box is not null then coalesce(split_part(s.draw, ':', 2)::bigint, 0)
  else coalesce((n.def->'amount'->>'value')::bigint, split_part(s.amount, ':', 1)::bigint) end as minor) a
left join payouts p on p.run_id = s.run_id and p.node = s.node and p.visit = s.visit and p.customer_id = s.customer_id and p.generation = 1
where s.kind in ('cohort', 'late') and s.reward in ('claimed', 'nothing', 'no_budget')`;

const ROWS_AT_ONCE = 20_000;

/** Fill the table of bids; within the snapshot, after the steps of the trace. */
export async function loadBids(client: pg.ClientBase): Promise<void> {
  await client.query(BIDS);
  for (let after: string | null = null; ;) {
    const { rows }: pg.QueryResult<{ id: string }> = await client.query(
      `select distinct customer_id as id from audit_bids where $1::text is null or customer_id > $1 order by 1 limit $2`,
      [after, ROWS_AT_ONCE],
    );
    const last: { id: string } | undefined = rows.at(-1);
    if (!last) break;
    await client.query(
      `update audit_bids b set hash = x.h from json_to_recordset($1::json) as x(c text collate "C", h bigint) where b.customer_id = x.c`,
      [JSON.stringify(rows.map(({ id }) => ({ c: id, h: murmur3(id) })))],
    );
    after = last.id;
  }
  await client.query('analyze audit_bids');
}

/** MurmurHash3 x86_32 of the UTF-8 bytes, seed 0, unsigned (Austin Appleby, 2011). */
export function murmur3(text: string): number {
  const bytes = Buffer.from(text);
  const mix = (k: number) => Math.imul(rotated(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let h = 0;
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4)
    h = (Math.imul(rotated(h ^ mix(bytes.readInt32LE(at)), 13), 5) + 0xe6546b64) | 0;
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at -= 1) tail = (tail << 8) | (bytes[at] ?? 0);
  if (tail !== 0 || whole < bytes.length) h ^= mix(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const rotated = (n: number, by: number): number => (n << by) | (n >>> (32 - by));

/** Each bid with its place in its cohort and with what those before it took. */
const ORDERED = `(
  select b.*, coalesce(sum(b.amount) filter (where b.funded) over (w rows between unbounded preceding and 1 preceding), 0) as taken,
         count(*) filter (where b.funded) over (w rows between unbounded preceding and current row) as place,
         min(b.seq) filter (where b.funded) over (partition by b.context_id, b.budget) as first
  from audit_bids b window w as (partition by b.context_id, b.budget order by b.hash, b.customer_id, b.payout))`;

/**
 * What each cohort found in the budget: the account's entries up to its context, which is recorded under the account's lock after its own
 * takings; those are given back. What reversals bring to a closed budget is not for cohorts.
 */
const LEFT = `(
  select l.context_id, l.budget, case when l.at > c.since then 0 else l.balance + l.own end as available
  from (
    select m.context_id, m.budget, m.at, m.own, sum(m.change) over (partition by m.budget order by m.at, m.context_id nulls first) as balance
    from (
      select null::bigint as context_id, substr(e.account, 8) as budget, t.recorded_at as at, 0 as own,
             case e.side when 'debit' then e.amount else -e.amount end as change
      from ledger_entries e join ledger_transfers t on t.id = e.transfer_id where e.account like 'budget:%'
      union all
      select context_id, budget, at, coalesce(sum(amount) filter (where funded), 0), 0 from audit_bids group by 1, 2, 3) m) l
  left join ${CLOSED} c on c.budget = l.budget
  where l.context_id is not null)`;

export const budgetReplay: Check[] = [
  {
    what: 'inside each cohort the takings from a budget follow the hash of the customers, one after the other in the budget’s sequence',
    wrong: 'took from the budget out of turn',
    rows: `select count(*) from audit_bids where funded`,
    find: `select b.budget, b.payout, b.run_id as run, b.customer_id as customer, b.seq, b.first + b.place - 1 as expected
           from ${ORDERED} b where b.funded and b.seq is distinct from b.first + b.place - 1`,
  },
  {
    what: 'replayed on what the budget held at that moment, exactly those fitted who were funded',
    wrong: 'funded although it did not fit, or refused although it did',
    rows: `select count(*) from audit_bids`,
    find: `select b.budget, b.payout, b.run_id as run, b.customer_id as customer, b.need as amount, b.taken, l.available,
                  case when b.fits then 'funded' else 'refused' end as verdict
           from ${ORDERED} b join ${LEFT} l on l.context_id = b.context_id and l.budget = b.budget
           where b.fits <> (b.taken + b.need <= l.available)`,
  },
];
