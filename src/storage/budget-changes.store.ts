/**
 * Changes of budgets under four eyes: one person asks, another decides, and what is approved is booked in that transaction, under the lock of the budget's
 * account, on which every reservation waits.
 */
import { isSecondPerson } from '../domain/base/four-eyes.js';
import {
  bookedBy,
  judgeBudgetChange,
  type AskedChange,
  type BudgetChangeKind,
  type BudgetNow,
  type BudgetRefusal,
} from '../domain/ledger/budget-changes.js';
import { accountKey, TRANSFERS } from '../domain/ledger/payout-moves.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { appendTransfers, lockAccounts } from './ledger.store.js';
import type { Client, Pool } from './pool.js';

export interface BudgetChange {
  no: number;
  budget: string;
  kind: BudgetChangeKind;
  /** Minor units: what was asked for; of a closing what was booked, null before. */
  amount: number | null;
  currency: string;
  reason: string;
  requestedBy: string;
  requestedAt: Date;
  state: 'requested' | 'approved' | 'refused';
  decidedBy: string | null;
  decidedAt: Date | null;
  /** Of a refusal. */
  decisionReason: string | null;
  transfer: string | null;
}

export type BudgetDecision = BudgetRefusal | 'no_budget' | 'no_change' | 'decided' | 'own_request' | 'done';

const SELECT = `select c.no, c.budget, c.kind, coalesce(c.amount, d.amount) as amount, c.currency, c.reason, c.requested_by as "requestedBy",
    c.requested_at as "requestedAt", coalesce(d.verdict, 'requested') as state, d.decided_by as "decidedBy", d.at as "decidedAt",
    d.reason as "decisionReason", d.transfer
  from budget_changes c left join budget_decisions d on d.change = c.no`;

const keyOf = (kind: 'budget' | 'funding', budget: string) => accountKey(kind, { budget, provider: '' });
const subjectOf = (budget: string) => `budget/${budget}`;
const lockOf = (budget: string) => `budget/${budget}/changes`;

export class BudgetChangesStore {
  constructor(private readonly pool: Pool) {}

  /** Of one budget, the newest first, before `no` where it is given, one more than `limit`. */
  async list(budget: string, before: number | null, limit: number): Promise<BudgetChange[]> {
    const { rows } = await this.pool.query<BudgetChange>(
      `${SELECT} where c.budget = $1 and ($2::bigint is null or c.no < $2) order by c.no desc limit $3`,
      [budget, before, limit + 1],
    );
    return rows;
  }

  async find(budget: string, no: number, client: Client | Pool = this.pool): Promise<BudgetChange | null> {
    const { rows } = await client.query<BudgetChange>(`${SELECT} where c.budget = $1 and c.no = $2`, [budget, no]);
    return rows[0] ?? null;
  }

  /** What a second person has to decide; refused at once where it could not be done as things are now. */
  async request(
    client: Client,
    budget: string,
    { reason, ...asked }: AskedChange & { reason: string },
    { by, now }: Authored,
  ): Promise<{ kind: 'requested'; no: number } | { kind: 'refused'; why: BudgetDecision }> {
    await lockDefinition(client, lockOf(budget));
    const found = await lockBudget(client, budget, asked.kind);
    const refusal = found ? judgeBudgetChange(asked, found) : 'no_budget';
    if (refusal) return { kind: 'refused', why: refusal };
    const { rows } = await client.query<{ no: number }>(
      `insert into budget_changes (budget, kind, amount, currency, reason, requested_by, requested_at)
       values ($1, $2, $3, $4, $5, $6, $7) returning no`,
      [budget, asked.kind, asked.amount, asked.currency, reason, by, new Date(now)],
    );
    const no = rows[0]?.no as number;
    await appendAudit(client, {
      at: now,
      actor: by,
      action: `budget.${asked.kind}.request`,
      subject: subjectOf(budget),
      reason,
      after: { change: no, ...asked },
    });
    return { kind: 'requested', no };
  }

  /** As another person than the one who asked; judged again as things are now, booked and, of a closing, closed. */
  async approve(client: Client, budget: string, no: number, { by, now }: Authored): Promise<BudgetDecision> {
    const change = await this.undecided(client, budget, no);
    if (typeof change === 'string') return change;
    if (!isSecondPerson(change.requestedBy, by)) return 'own_request';
    const found = await lockBudget(client, budget, change.kind);
    if (!found) return 'no_budget';
    const refusal = judgeBudgetChange(change, found);
    if (refusal) return refusal;
    const booked = bookedBy(change, found.available);
    const transfer = booked && `${budget}#${booked.kind}/${no}`;
    if (booked && transfer) {
      const { debit, credit } = TRANSFERS[booked.kind];
      const sides = {
        debit: accountKey(debit, { budget, provider: '' }),
        credit: accountKey(credit, { budget, provider: '' }),
      };
      await appendTransfers(client, [
        { id: transfer, payoutKey: null, ...booked, ...sides, currency: change.currency, at: now },
      ]);
    }
    if (change.kind === 'close')
      await client.query('update accounts set closed = true where key = $1', [keyOf('budget', budget)]);
    await client.query(
      `insert into budget_decisions (change, verdict, amount, transfer, decided_by, at) values ($1, 'approved', $2, $3, $4, $5)`,
      [no, booked?.amount ?? null, transfer, by, new Date(now)],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: `budget.${change.kind}`,
      subject: subjectOf(budget),
      reason: change.reason,
      before: { available: found.available, closed: found.closed, requestedBy: change.requestedBy },
      after: { change: no, transfer, amount: booked?.amount ?? 0, currency: change.currency },
    });
    return 'done';
  }

  /** By anybody who may decide; who asked for it takes it back so. */
  async refuse(
    client: Client,
    budget: string,
    no: number,
    reason: string,
    { by, now }: Authored,
  ): Promise<BudgetDecision> {
    const change = await this.undecided(client, budget, no);
    if (typeof change === 'string') return change;
    await client.query(
      `insert into budget_decisions (change, verdict, reason, decided_by, at) values ($1, 'refused', $2, $3, $4)`,
      [no, reason, by, new Date(now)],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: `budget.${change.kind}.refuse`,
      subject: subjectOf(budget),
      reason,
      before: { requestedBy: change.requestedBy },
      after: { change: no },
    });
    return 'done';
  }

  private async undecided(client: Client, budget: string, no: number): Promise<BudgetChange | 'no_change' | 'decided'> {
    await lockDefinition(client, lockOf(budget));
    const change = await this.find(budget, no, client);
    if (!change) return 'no_change';
    return change.state === 'requested' ? change : 'decided';
  }
}

/** Under the lock that reservations wait for: for a closing, a statement of its own reads what they have left. */
async function lockBudget(client: Client, budget: string, kind: BudgetChangeKind): Promise<BudgetNow | null> {
  const accounts = await lockAccounts(client, [keyOf('budget', budget), keyOf('funding', budget)]);
  const [own, funding] = [accounts.get(keyOf('budget', budget)), accounts.get(keyOf('funding', budget))];
  if (!own || !funding) return null;
  const { rows } = kind === 'close' ? await client.query<Open>(STILL_OPEN, [budget]) : { rows: [] };
  const open = rows[0] ?? { campaigns: 0, openPayouts: 0 };
  return { currency: own.currency, closed: own.closed, available: own.balance, given: -funding.balance, ...open };
}

type Open = Pick<BudgetNow, 'campaigns' | 'openPayouts'>;

const NAMES_IT = `jsonb_path_exists(v.definition, '$.campaign.journey.nodes.*.budget ? (@ == $budget)', jsonb_build_object('budget', $1::text))`;

const STILL_OPEN = `
select
  (select count(*) from (
     select c.key from campaigns c join campaign_versions v on v.campaign = c.key where c.state = 'launched' and ${NAMES_IT}
     union
     select r.campaign from runs r join campaign_versions v on v.campaign = r.campaign and v.version = r.version
     where r.state <> 'closed' and ${NAMES_IT}) open) as campaigns,
  (select count(*) from payouts p left join owed_items i on i.payout_key = p.key
   where p.budget = $1 and (p.state not in ('paid', 'settled', 'reversed', 'rejected', 'cancelled') or i.state = 'open')) as "openPayouts"`;
