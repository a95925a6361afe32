/**
 * Budgets and their accounts. Money enters only by a funding transfer: entries and balances change in one transaction, and the
 * reference makes it happen once.
 */
import type { Money } from '../domain/base/money.js';
import { BUDGET_MINOR_MAX } from '../domain/ledger/budget-changes.js';
import { accountKey, TRANSFERS } from '../domain/ledger/payout-moves.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { appendTransfers, lockAccounts } from './ledger.store.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** Amounts in minor units; funded = available + reserved + spent. */
export interface Budget {
  key: string;
  name: string;
  currency: string;
  createdBy: string;
  createdAt: Date;
  /** Business time of its first closing; null: it is open. */
  closedAt: Date | null;
  available: number;
  reserved: number;
  spent: number;
}
export type PutBudget =
  { kind: 'stored'; budget: Budget } | { kind: 'exists' } | { kind: 'other_currency'; currency: string };
export interface Funding {
  budget: string;
  amount: Money;
  /** Of the funder's own papers; once per budget. */
  reference: string;
}
export type FundOutcome = 'funded' | 'known' | 'no_budget' | 'other_currency' | 'other_amount' | 'in_use' | 'over_max';

const SELECT = `select b.key, b.name, b.currency, b.created_by as "createdBy", b.created_at as "createdAt",
    (select min(d.at) from budget_changes c join budget_decisions d on d.change = c.no
     where c.budget = b.key and c.kind = 'close' and d.verdict = 'approved') as "closedAt",
    available.balance as available, reserved.balance as reserved,
    -funding.balance - available.balance - reserved.balance as spent
  from budgets b
  join accounts available on available.key = 'budget:' || b.key
  join accounts reserved on reserved.key = 'reserved:' || b.key
  join accounts funding on funding.key = 'funding:' || b.key`;

const accountsOf = (budget: string) =>
  (['budget', 'funding', 'reserved'] as const).map((kind) => ({
    kind,
    key: accountKey(kind, { budget, provider: '' }),
  }));

/** Which of the keys are open budgets, with their currencies. */
export async function budgetCurrencies(client: Client | Pool, keys: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ key: string; currency: string }>(
    `select b.key, b.currency from budgets b where b.key = any($1::text[])
       and not exists (select from accounts a where a.key = 'budget:' || b.key and a.closed)`,
    [keys],
  );
  return new Map(rows.map((row) => [row.key, row.currency]));
}

export class BudgetsStore {
  constructor(private readonly pool: Pool) {}

  async find(key: string, client: Client | Pool = this.pool): Promise<Budget | null> {
    const { rows } = await client.query<Budget>(`${SELECT} where b.key = $1`, [key]);
    return rows[0] ?? null;
  }

  /** By key, one more than `limit`. */
  async list(after: string, limit: number): Promise<Budget[]> {
    const { rows } = await this.pool.query<Budget>(`${SELECT} where b.key > $1 order by b.key limit $2`, [
      after,
      limit + 1,
    ]);
    return rows;
  }

  /** Create, or rename; the currency is for ever. `createOnly`: a budget that is there stays as it is. */
  async put(
    { createOnly = false, ...content }: { key: string; name: string; currency: string; createOnly?: boolean },
    { by, now }: Authored,
  ): Promise<PutBudget> {
    return await inTransaction(this.pool, async (client): Promise<PutBudget> => {
      const { key, name, currency } = content;
      await lockDefinition(client, `budget/${key}`);
      const before = await this.find(key, client);
      if (before && createOnly) return { kind: 'exists' };
      if (before && before.currency !== currency) return { kind: 'other_currency', currency: before.currency };
      if (before?.name === name) return { kind: 'stored', budget: before };
      await client.query(
        `insert into budgets (key, name, currency, created_by, created_at) values ($1, $2, $3, $4, $5)
         on conflict (key) do update set name = excluded.name`,
        [key, name, currency, by, new Date(now)],
      );
      const accounts = accountsOf(key);
      await client.query(
        `insert into accounts (key, kind, currency)
         select a.key, a.kind, $3 from unnest($1::text[], $2::text[]) as a(key, kind) order by a.key
         on conflict (key) do nothing`,
        [accounts.map((a) => a.key), accounts.map((a) => a.kind), currency],
      );
      await appendAudit(client, {
        at: now,
        actor: by,
        action: 'budget.put',
        subject: `budget/${key}`,
        before,
        after: content,
      });
      return { kind: 'stored', budget: (await this.find(key, client)) as Budget };
    });
  }

  /**
   * Post one funding; a repeat of the same reference and amount is `known` and changes nothing. Once something was reserved from it, a budget is raised
   * by two persons only (budget-changes.store.ts).
   */
  async fund(client: Client, { budget, amount, reference }: Funding, { by, now }: Authored): Promise<FundOutcome> {
    const debit = accountKey(TRANSFERS.fund.debit, { budget, provider: '' });
    const credit = accountKey(TRANSFERS.fund.credit, { budget, provider: '' });
    const accounts = await lockAccounts(client, [debit, credit]);
    if (accounts.size !== 2) return 'no_budget';
    if ([...accounts.values()].some((account) => account.currency !== amount.currency)) return 'other_currency';
    const id = `${budget}#fund/${reference}`;
    const known = await client.query<{ amount: number }>(
      'select amount from ledger_entries where transfer_id = $1 limit 1',
      [id],
    );
    if (known.rows[0]) return known.rows[0].amount === amount.minor ? 'known' : 'other_amount';
    const { minor, currency } = amount;
    const [given, seq] = [-(accounts.get(credit)?.balance ?? 0), accounts.get(debit)?.seq];
    if (seq !== 0 || accounts.get(debit)?.closed) return 'in_use';
    if (given + minor > BUDGET_MINOR_MAX) return 'over_max';
    await appendTransfers(client, [
      { id, kind: 'fund', payoutKey: null, debit, credit, amount: minor, currency, at: now },
    ]);
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'budget.fund',
      subject: `budget/${budget}`,
      reason: reference,
      before: { available: accounts.get(debit)?.balance },
      after: { reference, amount },
    });
    return 'funded';
  }
}
