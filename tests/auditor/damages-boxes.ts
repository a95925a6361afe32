/**
 * Damages to lucky boxes (law 1), whose seed is revealed: an edited draw, a removed one, a swapped seed, an exceeded stock, and what contradicts them.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

/** Payout key of the first draw of this amount. */
const drawOf = (hands: Hands, amount: number) =>
  hands.value('select payout_key from lucky_draws where amount = $1 order by no limit 1', [amount]);
const GRAND = 3_000;
const NOTHING = 0;

/** Statements about one draw, whose payout key is `$1`. */
const onDraw =
  (amount: number, ...statements: string[]) =>
  async (hands: Hands) => {
    const key = await drawOf(hands, amount);
    for (const statement of statements) await hands.sql(statement, statement.includes('$1') ? [key] : []);
    return key;
  };
const ROWS = `run_id = split_part($1, '/', 2) and customer_id = split_part($1, '/', 5)`;

export const BOXES: Damage[] = [
  {
    law: 1,
    what: 'a prize edited together with its payout and trace, so that only the seed knows',
    do: onDraw(
      GRAND,
      `update lucky_draws set prize = 2, amount = 0 where payout_key = $1`,
      `delete from payouts where key = $1`,
      `update lucky_prizes z set drawn = (select count(*) from lucky_draws d where d.box = z.box and d.prize = z.no)`,
      `update trace set steps = regexp_replace(steps, 'draw=0:3000,reward=claimed', 'draw=2:0,reward=nothing') where ${ROWS}`,
    ),
  },
  {
    law: 1,
    what: 'a removed draw',
    async do(hands) {
      const no = await hands.value('select no from lucky_draws order by no offset 3 limit 1');
      await hands.sql('delete from lucky_draws where no = $1', [no]);
      return no;
    },
  },
  {
    law: 1,
    what: 'a swapped seed with a commitment to fit',
    async do({ sql }) {
      await sql(
        `update lucky_boxes set seed = sha256('another'), commitment = sha256(sha256('another') || convert_to(terms, 'UTF8'))`,
      );
      return 'spring';
    },
  },
  {
    law: 1,
    what: 'odds that are not those committed to',
    async do({ sql }) {
      await sql('update lucky_prizes set weight = weight + 1 where no = 0');
      return 'spring';
    },
  },
  {
    law: 1,
    what: 'a stock that was exceeded',
    async do({ sql, value }) {
      for (let n = 0; n < 3; n += 1) {
        await sql(
          `insert into lucky_draws (box, no, payout_key, run_id, prize, amount, at)
           select box, max(no) + 1, 'p/other/draw/1/extra' || max(no) || '/1', 'other', 1, 1000, max(at) from lucky_draws group by box`,
        );
      }
      return await value('select max(no) from lucky_draws');
    },
  },
  {
    law: 1,
    what: 'a payout of a lucky box that pays more than was drawn',
    do: onDraw(GRAND, 'update payouts set amount = amount + 1 where key = $1'),
  },
  {
    law: 1,
    what: 'a draw of nothing without its claim',
    do: onDraw(NOTHING, 'delete from claims where payout_key = $1'),
  },
  {
    law: 1,
    what: 'a trace that tells another prize than was drawn',
    do: onDraw(GRAND, `update trace set steps = replace(steps, 'draw=0:3000', 'draw=1:1000') where ${ROWS}`),
  },
  {
    law: 1,
    what: 'somebody refused for more than any prize in stock',
    async do({ sql, value }) {
      const customer = await value(
        `select customer_id from trace where steps like '%reward=no_budget%' and steps like '%box=spring:%' limit 1`,
      );
      await sql(
        `update trace set steps = regexp_replace(steps, '(box=spring:[0-9]+):3000,reward=no_budget', '\\1:9000,reward=no_budget') where customer_id = $1`,
        [customer],
      );
      return `p/${await value(`select run_id from lucky_draws limit 1`)}/unfunded/1/${customer}/1`;
    },
  },
  {
    law: 1,
    what: 'numbers that were given out of turn',
    async do({ sql }) {
      const [first, second] = await sql('select no, payout_key as key from lucky_draws order by no limit 2');
      await sql(
        `update trace set steps = case customer_id when split_part($1, '/', 5) then regexp_replace(steps, 'box=spring:[0-9]+:3000,draw', 'box=spring:' || $4 || ':3000,draw')
           else regexp_replace(steps, 'box=spring:[0-9]+:3000,draw', 'box=spring:' || $3 || ':3000,draw') end
         where run_id = split_part($1, '/', 2) and customer_id in (split_part($1, '/', 5), split_part($2, '/', 5))`,
        [first?.['key'], second?.['key'], String(first?.['no']), String(second?.['no'])],
      );
      return String(first?.['key']);
    },
  },
  {
    law: 1,
    what: 'somebody refused by a closed lucky box that is open',
    async do({ sql, value }) {
      const key = await value('select payout_key from lucky_draws where amount = 0 limit 1');
      await sql(
        `update lucky_boxes set state = 'open', seed = null, closed_at = null, closed_by = null, close_reason = null`,
      );
      await sql(
        `update trace set steps = regexp_replace(steps, 'box=[^,]*,draw=[^,]*,reward=nothing', 'reward=box_closed') where ${ROWS}`,
        [key],
      );
      return key.split('/')[4] as string;
    },
  },
];
