/**
 * Law 1 for lucky boxes: every draw is judged again by code of the audit's own. What needs no seed is judged at any time: numbers, stock, amounts, what was
 * committed to. Once the seed is revealed each draw is computed from it; docs/lucky-box.md tells the bytes.
 */
import { createHash, createHmac } from 'node:crypto';
import type pg from 'pg';
import { count, ofRun, type Check } from './check.js';

/** Per number the most that it could have been; one beyond the last, without a payout, for whoever would have been next. */
export const BOX_TABLES = `
create temporary table audit_draws (box text collate "C", no bigint, payout text collate "C", most bigint);
create temporary table audit_box_faults (about text, box text collate "C", no bigint, payout text collate "C", wrong text);
`;

const ROWS_AT_ONCE = 5_000;

interface Box {
  key: string;
  terms: string;
  told: string;
  /** Hex. */
  commitment: string;
  seed: string | null;
  published: string | null;
  prizes: { amount: number; weight: number; stock: number | null; drawn: number }[];
}
interface Draw {
  no: string;
  payout: string;
  prize: number;
  amount: string;
}
type Fault = { about: 'count' | 'seed' | 'word'; no: number | null; payout: string | null; wrong: string };

/** `told`: the terms as the prizes tell them now; `published`: the commitment and terms of the audit log. */
const BOXES = `
select b.key, b.terms, encode(b.commitment, 'hex') as commitment, encode(b.seed, 'hex') as seed,
  (select (a.after ->> 'commitment') || ' ' || (a.after ->> 'terms') from audit_log a
   where a.action = 'lucky-box.open' and a.subject = 'lucky-box/' || b.key order by a.no limit 1) as published,
  '{"format":"pado-lucky-box/1","box":' || to_json(b.key)::text || ',"currency":' || to_json(b.currency)::text || ',"prizes":['
    || (select string_agg(p.text, ',' order by p.no) filter (where p.stock is not null) || '],"fallback":'
          || string_agg(p.text, ',' order by p.no) filter (where p.stock is null)
        from (select z.no, z.stock, '{"name":' || to_json(z.name)::text || ',"kind":' || to_json(z.kind)::text || ',"amount":"' || z.amount || '","weight":' || z.weight
                || coalesce(',"stock":' || z.stock, '') || '}' as text from lucky_prizes z where z.box = b.key) p) || '}' as told,
  (select json_agg(json_build_object('amount', z.amount, 'weight', z.weight, 'stock', z.stock, 'drawn', z.drawn) order by z.no)
   from lucky_prizes z where z.box = b.key) as prizes
from lucky_boxes b where b.state <> 'draft' order by b.key`;

/** Walk the draws of every box from its first number on, and note each that is not what it should be. */
export async function loadDraws(client: pg.ClientBase): Promise<void> {
  const { rows: boxes } = await client.query<Box>(BOXES);
  for (const box of boxes) {
    const walk = new Walk(box);
    for (let after = '0'; ;) {
      const { rows } = await client.query<Draw>(
        `select d.no::text as no, d.payout_key as payout, d.prize, d.amount::text as amount from lucky_draws d where d.box = $1 and d.no > $2
         order by d.no limit ${ROWS_AT_ONCE}`,
        [box.key, after],
      );
      const mosts = rows.map((draw) => walk.take(draw));
      await keep(client, box.key, mosts);
      const last = rows.at(-1);
      if (!last || rows.length < ROWS_AT_ONCE) break;
      after = last.no;
    }
    await keep(client, box.key, [walk.end()]);
    await client.query(
      `insert into audit_box_faults select about, $1, no, payout, wrong
       from json_to_recordset($2::json) as x(about text, no bigint, payout text, wrong text)`,
      [box.key, JSON.stringify(walk.faults)],
    );
  }
  await client.query('analyze audit_draws');
}

interface Most {
  no: number;
  payout: string | null;
  most: number;
}

async function keep(client: pg.ClientBase, box: string, mosts: readonly Most[]): Promise<void> {
  await client.query(
    `insert into audit_draws select $1, no, payout, most from json_to_recordset($2::json) as x(no bigint, payout text, most bigint)`,
    [box, JSON.stringify(mosts)],
  );
}

class Walk {
  readonly faults: Fault[] = [];
  private next = 1;
  private readonly counts: number[];

  constructor(private readonly box: Box) {
    this.counts = box.prizes.map(() => 0);
    const word = (wrong: string) => this.faults.push({ about: 'word', no: null, payout: null, wrong });
    if (box.terms !== box.told) word('the prizes are not those of the terms that were committed to');
    if (box.published !== `${box.commitment} ${box.terms}`) word('another commitment than the audit log published');
    if (box.seed !== null && commitment(box.seed, box.terms) !== box.commitment)
      word('the revealed seed is not the one that was committed to');
  }

  take({ no: text, payout, prize, amount }: Draw): Most {
    const no = Number(text);
    const fault = (about: Fault['about'], wrong: string) => this.faults.push({ about, no, payout, wrong });
    for (; this.next < no; this.next += 1)
      this.faults.push({ about: 'count', no: this.next, payout: null, wrong: 'a draw is missing' });
    this.next = no + 1;
    const most = this.most();
    const expected = this.expected(no, payout);
    if (expected !== null && expected !== prize) fault('seed', `drew prize ${prize}, and the seed gives ${expected}`);
    const won = this.box.prizes[prize];
    if (String(won?.amount) !== amount) fault('count', 'an amount that is not its prize’s');
    if (this.left(prize) === 0) fault('count', 'drawn beyond the stock');
    this.counts[prize] = (this.counts[prize] ?? 0) + 1;
    return { no, payout, most };
  }

  end(): Most {
    for (const [prize, { drawn }] of this.box.prizes.entries()) {
      const wrong = `prize ${prize} counts ${drawn} draws, and there are ${this.counts[prize]}`;
      if (drawn !== this.counts[prize]) this.faults.push({ about: 'count', no: null, payout: null, wrong });
    }
    return { no: this.next, payout: null, most: this.most() };
  }

  private left(prize: number): number {
    const stock = this.box.prizes[prize]?.stock ?? Infinity;
    return Math.max(0, stock - (this.counts[prize] ?? 0));
  }

  private most(): number {
    return Math.max(...this.box.prizes.map(({ amount }, prize) => (this.left(prize) > 0 ? amount : 0)));
  }

  /** Null while the seed is not revealed. */
  private expected(no: number, payout: string): number | null {
    const { seed, key, prizes } = this.box;
    if (seed === null) return null;
    const hash = createHmac('sha256', Buffer.from(seed, 'hex')).update(`${key}:${no}:${payout}`).digest('hex');
    let rest = BigInt(`0x${hash}`) % BigInt(prizes.reduce((sum, { weight }) => sum + weight, 0));
    let prize = 0;
    for (; rest >= BigInt(prizes[prize]?.weight ?? 0); prize += 1) rest -= BigInt(prizes[prize]?.weight ?? 0);
    return this.left(prize) > 0 ? prize : prizes.length - 1;
  }
}

const commitment = (seed: string, terms: string): string =>
  createHash('sha256').update(Buffer.from(seed, 'hex')).update(terms).digest('hex');

const faultsOf = (about: Fault['about']): string => `
  select box, no, payout, wrong from audit_box_faults
  where about = '${about}' and ($1::text is null or payout is not null and split_part(payout, '/', 2) = $1)`;

/** Steps that asked a lucky box, with what they tell of it. */
const ASKED = `(
  select s.*, split_part(s.box, ':', 1) as box_key, split_part(s.box, ':', 2)::bigint as box_no, split_part(s.box, ':', 3)::bigint as most,
    split_part(s.draw, ':', 1)::smallint as prize, split_part(s.draw, ':', 2)::bigint as drawn,
    'p/' || s.run_id || '/' || s.node || '/' || s.visit || '/' || s.customer_id || '/1' as payout
  from audit_steps s where s.kind in ('cohort', 'late') and s.box is not null)`;

export const luckyBoxes: Check[] = [
  {
    what: 'each lucky box stands by what it committed to: its terms are its prizes, its commitment that of the audit log, and its revealed seed gives it',
    wrong: 'not what was committed to',
    rows: count('lucky_boxes', `state <> 'draft'`),
    find: faultsOf('word'),
  },
  {
    what: 'the draws of each lucky box are numbered 1, 2, 3 … without a gap, each of its prize’s amount and none beyond the stock, as the prizes count them',
    wrong: 'the draws of a lucky box do not add up',
    rows: count('lucky_draws', ofRun('run_id')),
    find: faultsOf('count'),
  },
  {
    what: 'each draw of a closed lucky box is what the revealed seed gives for its number, its key and the stock left',
    wrong: 'a draw that the seed does not give',
    rows: `select count(*) from lucky_draws d join lucky_boxes b on b.key = d.box where b.state = 'closed' and ${ofRun('d.run_id')}`,
    find: faultsOf('seed'),
  },
  {
    what: 'each draw of a prize has its payout of that kind, amount and currency, each payout of a lucky box its draw; a draw of nothing holds its claim',
    wrong: 'draws and payouts differ',
    rows: count('lucky_draws', ofRun('run_id')),
    find: `select coalesce(p.key, d.payout_key) as payout, d.box, d.no, d.amount as drawn, p.amount as paid
           from (select d.*, z.kind, b.currency from lucky_draws d join lucky_boxes b on b.key = d.box
                 left join lucky_prizes z on z.box = d.box and z.no = d.prize where ${ofRun('d.run_id')}) d
           full join (
             select p.*, n.def #>> '{amount,box}' as named
             from payouts p join audit_nodes n on n.run_id = p.run_id and n.node = p.node
             where p.generation = 1 and ${ofRun('p.run_id')} and n.def #> '{amount,box}' is not null) p on p.key = d.payout_key
           left join claims c on c.payout_key = d.payout_key
           where case when d.amount = 0 then p.key is not null or c.key is null
             else (p.named, p.kind, p.amount, p.currency, p.run_id) is distinct from (d.box, d.kind, d.amount, d.currency, d.run_id) end`,
  },
  {
    what: 'each draw has exactly one step of the trace that tells it, each such step its draw; and the most that it could have been is as told, whoever was refused',
    wrong: 'draws and the steps that tell them differ',
    rows: count('audit_steps', 'box is not null'),
    find: `select coalesce(d.payout_key, a.payout) as payout, coalesce(d.box, a.box_key) as box, coalesce(d.no, a.box_no) as no, a.box as told, a.draw
           from (select * from lucky_draws where ${ofRun('run_id')}) d
           full join (select * from ${ASKED} x where x.draw is not null) a
             on a.payout = d.payout_key and (a.box_key, a.box_no, a.prize, a.drawn) = (d.box, d.no, d.prize, d.amount)
               and a.reward = case d.amount when 0 then 'nothing' else 'claimed' end
           where d.no is null or a.payout is null
           union all
           select a.payout, a.box_key, a.box_no, a.box, a.draw from ${ASKED} a
           left join audit_draws m on m.box = a.box_key and m.no = a.box_no
           where m.most is distinct from a.most or (a.draw is null) <> (a.reward = 'no_budget')`,
  },
  {
    what: 'inside each cohort the numbers of a lucky box follow the hash of the customers',
    wrong: 'drew out of turn',
    rows: `select count(*) from audit_bids where box_no is not null and fits`,
    find: `select b.box, b.box_no as no, b.payout, b.expected from (
             select b.*, min(b.box_no) over w + row_number() over (partition by b.context_id, b.box order by b.hash, b.customer_id, b.payout) - 1 as expected
             from audit_bids b where b.box_no is not null and b.fits window w as (partition by b.context_id, b.box)) b
           where b.box_no <> b.expected`,
  },
  {
    what: 'whoever was told `box_closed` asked a lucky box that is closed',
    wrong: 'refused by a lucky box that is open',
    rows: count('audit_steps', `reward = 'box_closed'`),
    find: `select s.run_id as run, s.node, s.customer_id as customer from audit_steps s
           left join audit_nodes n on n.run_id = s.run_id and n.node = s.node
           left join lucky_boxes b on b.key = n.def #>> '{amount,box}'
           where s.reward = 'box_closed' and b.state is distinct from 'closed'`,
  },
];
