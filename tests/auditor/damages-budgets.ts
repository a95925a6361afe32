/**
 * Damages to budgets that were raised, cut and closed: decided by one person, booked otherwise or by nobody, and used after they were closed.
 */
import type { Damage } from './damages-money.js';
import type { Hands } from './scene.js';

/** The scene's raise of `main`, and the closing of `past`. */
const numberOf = ({ value }: Hands, kind: 'raise' | 'cut' | 'close') =>
  value('select no from budget_changes where kind = $1', [kind]);

/** Statements with the change's number as `$1`; the violation bears it. */
const onChange =
  (kind: 'raise' | 'cut' | 'close', ...statements: string[]): Damage['do'] =>
  async (hands) => {
    const no = await numberOf(hands, kind);
    for (const statement of statements) await hands.sql(statement, [no]);
    return no;
  };
const TRANSFER = '(select transfer from budget_decisions where change = $1)';

/** A transfer as it would be booked, with all that is right about it but that nobody decided it. */
async function book({ sql }: Hands, id: string, kind: string, debit: string, credit: string): Promise<string> {
  await sql(
    `insert into ledger_transfers (id, kind, at, recorded_at, business_on, posted_on)
     select $1, $2, at, clock_timestamp(), business_on, posted_on from ledger_transfers order by recorded_at desc limit 1`,
    [id, kind],
  );
  await sql(
    `insert into ledger_entries select $1, s, a, 5, 'KRW', 1, 5, 5, clock_timestamp() from (values ('debit', $2), ('credit', $3)) x(s, a)`,
    [id, debit, credit],
  );
  return id;
}

export const BUDGETS: Damage[] = [
  {
    law: 3,
    what: 'a raise that one person made alone',
    do: onChange(
      'raise',
      `update budget_decisions set decided_by = (select requested_by from budget_changes where no = $1) where change = $1`,
    ),
  },
  {
    law: 3,
    what: 'a decision about a budget that nobody asked for',
    do: onChange('cut', 'delete from budget_changes where no = $1'),
  },
  {
    law: 3,
    what: 'a raise whose request is not in the audit log',
    do: onChange(
      'raise',
      `delete from audit_log where action = 'budget.raise.request' and (after->>'change')::bigint = $1`,
    ),
  },
  {
    law: 3,
    what: 'a closing whose approval is not in the audit log',
    do: onChange('close', `delete from audit_log where action = 'budget.close' and (after->>'change')::bigint = $1`),
  },
  {
    law: 3,
    what: 'a raise that nobody decided',
    do: (hands) => book(hands, 'main#raise/99', 'raise', 'budget:main', 'funding:main'),
  },
  {
    law: 3,
    what: 'a cut of another amount than was decided',
    do: onChange('cut', `update ledger_entries set amount = amount + 1 where transfer_id = ${TRANSFER}`),
  },
  {
    law: 3,
    what: 'an approved raise that was never booked',
    do: onChange('raise', `update budget_decisions set transfer = null, amount = null where change = $1`),
  },
  {
    law: 3,
    what: 'a raise that was booked as less than was asked for',
    do: onChange(
      'raise',
      `update budget_decisions set amount = amount - 1 where change = $1`,
      `update ledger_entries set amount = amount - 1 where transfer_id = ${TRANSFER}`,
    ),
  },
  {
    law: 3,
    what: 'a budget that was given more than was decided',
    async do({ sql }) {
      await sql(`update accounts set balance = balance - 5 where key = 'funding:main'`);
      return 'main';
    },
  },
  {
    law: 3,
    what: 'a reservation from a closed budget',
    do: (hands) => book(hands, 'p/x/pay/1/c/1#reserve', 'reserve', 'reserved:past', 'budget:past'),
  },
  {
    law: 3,
    what: 'a payout that is open though its budget is closed',
    async do({ sql, value, run }) {
      const payout = await value(`select key from payouts where run_id = $1 and state = 'held' limit 1`, [run]);
      await sql(`update payouts set budget = 'past' where key = $1`, [payout]);
      return payout;
    },
  },
  {
    law: 3,
    what: 'a closed budget whose account is open again',
    async do({ sql }) {
      await sql(`update accounts set closed = false where key = 'budget:past'`);
      return 'budget:past';
    },
  },
];
