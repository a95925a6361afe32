/**
 * A month of the books as the lines of its statement, all on one snapshot. The chain is given whole from before the month's first link to the first
 * signed head behind its last one, so with transfers of other months that were sealed among them: each link can be repeated.
 */
import { statementLine, STATEMENT_FORMAT } from '../domain/ledger/statement.js';
import { ZEROS } from '../domain/ledger/signed-heads.js';
import type { Client, Pool } from './pool.js';
import { onSnapshot, rowsOf } from './snapshot-rows.js';

/** The month is closed, and the sealer has not come to all of it yet. */
export class MonthUnsealed extends Error {
  override readonly name = 'MonthUnsealed';
}

interface Span {
  zone: string;
  isClosed: boolean;
  /** The seal before the first line of the chain. */
  after: number;
  hash: string;
  through: number;
  unsealed: number;
}

const MICROS = (at: string) => `(extract(epoch from ${at}) * 1000000)::bigint::text`;
const NEXT = `($1::date + interval '1 month')::date`;
const OF_MONTH = `posted_on >= $1::date and posted_on < ${NEXT}`;

/** What was posted into earlier months is among it, so that where it begins with the first link every balance can be added up. A month without a seal has no link. */
const SPAN = `
with of_month as (
  select min(s.no) filter (where posted_on >= $1::date) as first, max(s.no) as last, count(*) - count(s.no) as unsealed
  from ledger_transfers t left join ledger_seals s on s.transfer_id = t.id where posted_on < ${NEXT}),
bounds as (
  select coalesce(m.first - 1, m.last, 0) as after, m.unsealed,
    case when m.first is null then coalesce(m.last, 0)
         else coalesce((select min(h.through) from signed_heads h where h.through >= m.last), m.last) end as through
  from of_month m)
select i.zone, b.after, b.through, b.unsealed,
  coalesce((select encode(hash, 'hex') from ledger_seals where no = b.after), '${ZEROS}') as hash,
  coalesce((select closed_through from ledger_closings order by no desc limit 1) >= $1::date, false) as "isClosed"
from installation i cross join bounds b`;

const CLOSINGS = `
select json_build_array(no, to_char(month, 'YYYY-MM'), kind, closed_through, reason, proposed_by, approved_by,
  ${MICROS('at')}, ${MICROS('recorded_at')}) as closing
from ledger_closings order by no`;

const balances = (until: string) => `
select d.account, a.currency, sum(d.debits)::text as debits, sum(d.credits)::text as credits
from ledger_days d join accounts a on a.key = d.account where d.posted_on < ${until}
group by 1, 2 order by 1`;

const PAYOUTS = `
select key, campaign, run_id as run, kind as reward, amount::text as amount, currency, budget, provider, state, reference, paid_at as "paidAt"
from payouts where key in (select payout_key from ledger_transfers where ${OF_MONTH}) order by key`;

/**
 * What the provider's settlement of this month may have and the books have in another one: paid in this month by business day or by the provider's word;
 * or taken back and learnt in the month after.
 */
const ELSEWHERE = `
select p.key, p.provider, p.reference, p.amount::text as amount, p.currency, t.kind as transfer, t.business_on::text as "businessOn",
  t.posted_on::text as "postedOn"
from payouts p join ledger_transfers t on t.payout_key = p.key cross join installation i
where not (${OF_MONTH.replaceAll('posted_on', 't.posted_on')}) and (
  t.kind = 'pay' and ((p.paid_at at time zone i.zone)::date between $1::date and ${NEXT} - 1 or t.business_on between $1::date and ${NEXT} - 1)
  or t.kind = 'reverse' and t.posted_on >= ${NEXT} and t.posted_on < ${NEXT} + interval '1 month')
order by p.key, t.kind`;

/** Differences from settlements that were booked in this month, or that are of its days. */
const COMPENSATIONS = `
select m.transfer, b.provider, b.day::text as day, b.key, b.class, e.amount::text as amount, e.currency, t.posted_on::text as "postedOn"
from settlement_break_moves m join settlement_breaks b on b.id = m.break_id join ledger_transfers t on t.id = m.transfer
join ledger_entries e on e.transfer_id = t.id and e.side = 'debit'
where ${OF_MONTH.replaceAll('posted_on', 't.posted_on')} or b.day >= $1::date and b.day < ${NEXT}
order by m.transfer`;

/** What two persons raised, cut or let go back in this month. */
const BUDGETS = `
select d.transfer, c.budget, c.kind as change, d.amount::text as amount, c.currency, c.reason, c.requested_by as "requestedBy",
  d.decided_by as "approvedBy", t.posted_on::text as "postedOn"
from budget_decisions d join budget_changes c on c.no = d.change join ledger_transfers t on t.id = d.transfer
where ${OF_MONTH.replaceAll('posted_on', 't.posted_on')} order by d.change`;

/** Lucky boxes of which something drawn moved in this month, or that closed in it; their draws from the first one on, so that each can be computed again. */
const OF_BOXES = `b.state <> 'draft' and (
  exists (select from lucky_draws w join ledger_transfers t on t.payout_key = w.payout_key
          where w.box = b.key and ${OF_MONTH.replaceAll('posted_on', 't.posted_on')})
  or (b.closed_at at time zone i.zone)::date between $1::date and ${NEXT} - 1)`;
const BOXES = `
select b.key as box, b.terms, encode(b.commitment, 'hex') as commitment, encode(b.seed, 'hex') as seed,
  (select count(*) from lucky_draws w where w.box = b.key)::text as drawn
from lucky_boxes b cross join installation i where ${OF_BOXES} order by b.key`;
const DRAWS = `
select d.box, d.no::text as number, d.payout_key as key, p.name as prize, p.kind as reward, d.amount::text as amount
from lucky_boxes b cross join installation i join lucky_draws d on d.box = b.key join lucky_prizes p on p.box = d.box and p.no = d.prize
where ${OF_BOXES} order by d.box, d.no`;

const transfers = (seal: string, from: string) => `
select ${seal}, t.posted_on::text as "postedOn", json_build_array(t.id, t.kind, t.payout_key, ${MICROS('t.at')}, ${MICROS('t.recorded_at')},
  coalesce((select json_agg(json_build_array(e.side, e.account, e.amount::text, e.currency) order by e.side)
            from ledger_entries e where e.transfer_id = t.id), '[]')) as transfer
from ${from}`;
const CHAIN = transfers(
  `s.no, encode(s.hash, 'hex') as hash`,
  'ledger_seals s join ledger_transfers t on t.id = s.transfer_id where s.no > $1 and s.no <= $2 order by s.no',
);
const UNSEALED = transfers(
  'null as no, null as hash',
  `ledger_transfers t where posted_on < ${NEXT} and not exists (select from ledger_seals s where s.transfer_id = t.id) order by t.recorded_at, t.id`,
);

const TOTALS = `
select p.campaign, p.provider, p.currency, t.kind as transfer, count(*)::text as count, sum(p.amount)::text as amount
from ledger_transfers t join payouts p on p.key = t.payout_key where ${OF_MONTH.replaceAll('posted_on', 't.posted_on')}
group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

export class StatementStore {
  constructor(private readonly pool: Pool) {}

  /** `month`: such as 2026-03; `at`: business now, epoch ms. Errors: MonthUnsealed. */
  lines(month: string, at: number): AsyncGenerator<string> {
    return onSnapshot(this.pool, (client) => linesOf(client, month, at));
  }
}

async function* linesOf(client: Client, month: string, at: number): AsyncGenerator<string> {
  const first = `${month}-01`;
  const { rows } = await client.query<Span>(SPAN, [first]);
  const { zone, isClosed, after, hash, through, unsealed } = rows[0] as Span;
  if (isClosed && unsealed > 0)
    throw new MonthUnsealed('a transfer until the end of the closed month is not sealed yet');
  const state = isClosed ? 'closed' : 'open';
  const head = { format: STATEMENT_FORMAT, month, state, zone, at: new Date(at).toISOString(), chain: { after, hash } };
  yield statementLine('statement', head);
  const all: [kind: Parameters<typeof statementLine>[0], text: string, values: unknown[]][] = [
    ['signed', 'select statement, signatures from signed_heads order by no', []],
    ['closing', CLOSINGS, []],
    ['opening', balances('$1::date'), [first]],
    ['payout', PAYOUTS, [first]],
    ['elsewhere', ELSEWHERE, [first]],
    ['compensation', COMPENSATIONS, [first]],
    ['budget', BUDGETS, [first]],
    ['box', BOXES, [first]],
    ['draw', DRAWS, [first]],
    ['transfer', CHAIN, [after, through]],
    ['transfer', UNSEALED, [first]],
    ['balance', balances(NEXT), [first]],
    ['total', TOTALS, [first]],
  ];
  for (const [kind, text, values] of all)
    for await (const row of rowsOf<object>(client, text, values)) yield statementLine(kind, row);
}
