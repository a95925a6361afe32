/**
 * Payouts as finance reads them: one with all that happened to it, or a page of them.
 */
import { reversalsOf, type ReversalRow } from './payout-reversals.js';
import type { Client, Pool } from './pool.js';
import { onSnapshot, rowsOf } from './snapshot-rows.js';

export interface PayoutRow {
  key: string;
  generation: number;
  runId: string;
  campaign: string;
  node: string;
  visit: number;
  wave: number;
  customerId: string;
  kind: string;
  amount: number;
  currency: string;
  budget: string;
  provider: string;
  state: string;
  reason: string | null;
  decidedAt: Date;
  attempts: number;
  reference: string | null;
  paidAt: Date | null;
}
export interface PayoutMove {
  from: string | null;
  to: string;
  cause: string;
  reason: string | null;
  at: Date;
}
export interface PayoutAttempt {
  attempt: number;
  now: Date;
  customerStatus: string;
  gateVersion: number;
  openedAt: Date;
  closedAt: Date | null;
  outcome: string | null;
}
export interface PayoutTransfer {
  id: string;
  kind: string;
  at: Date;
  debit: string;
  credit: string;
  amount: number;
  currency: string;
}

/** What is left out is not asked. Days are those of the zone of the books and included, moments half-open. */
export interface PayoutFilter {
  run?: string | undefined;
  states?: readonly string[] | undefined;
  campaign?: string | undefined;
  provider?: string | undefined;
  budget?: string | undefined;
  currency?: string | undefined;
  /** Days on which they were earned. */
  from?: string | undefined;
  to?: string | undefined;
  /** When they came into the state that they are in. */
  since?: string | undefined;
  before?: string | undefined;
}

const ZONE = '(select zone from installation)';
/** When a payout came into its state, business time. Index: payout_moves_payout. */
export const IN_STATE_SINCE = '(select m.at from payout_moves m where m.payout_key = p.key order by m.no desc limit 1)';
const WHERE = `($1::text is null or run_id = $1) and ($2::text[] is null or state = any($2)) and ($3::text is null or campaign = $3)
  and ($4::text is null or provider = $4) and ($5::text is null or budget = $5) and ($6::text is null or currency = $6)
  and ($7::date is null or decided_at >= $7::date::timestamp at time zone ${ZONE})
  and ($8::date is null or decided_at < ($8::date + 1)::timestamp at time zone ${ZONE})
  and ($9::timestamptz is null or ${IN_STATE_SINCE} >= $9) and ($10::timestamptz is null or ${IN_STATE_SINCE} < $10)`;

const valuesOf = ({ run, states, campaign, provider, budget, currency, from, to, since, before }: PayoutFilter) =>
  [run, states, campaign, provider, budget, currency, from, to, since, before].map((value) => value ?? null);

const COLUMNS = `key, generation, run_id as "runId", campaign, node, visit, wave, customer_id as "customerId", kind, amount, currency, budget,
  provider, state, reason, decided_at as "decidedAt", attempts, reference, paid_at as "paidAt"`;

export class PayoutsReadStore {
  constructor(private readonly pool: Pool) {}

  /** By key, one more than `limit`. */
  async list(filter: PayoutFilter, { after, limit }: { after: string; limit: number }): Promise<PayoutRow[]> {
    const { rows } = await this.pool.query<PayoutRow>(
      `select ${COLUMNS} from payouts p where ${WHERE} and key > $11 order by key limit $12`,
      [...valuesOf(filter), after, limit + 1],
    );
    return rows;
  }

  /** All of them by key, on one snapshot. */
  all(filter: PayoutFilter): AsyncGenerator<PayoutRow> {
    const text = `select ${COLUMNS} from payouts p where ${WHERE} order by key`;
    return onSnapshot(this.pool, (client) => rowsOf<PayoutRow>(client, text, valuesOf(filter)));
  }

  async ofCustomer(runId: string, customerId: string): Promise<PayoutRow[]> {
    const { rows } = await this.pool.query<PayoutRow>(
      `select ${COLUMNS} from payouts where customer_id = $2 and run_id = $1 order by decided_at, key`,
      [runId, customerId],
    );
    return rows;
  }

  async find(key: string, client: Client | Pool = this.pool): Promise<PayoutRow | null> {
    const { rows } = await client.query<PayoutRow>(`select ${COLUMNS} from payouts where key = $1`, [key]);
    return rows[0] ?? null;
  }

  async moves(key: string): Promise<PayoutMove[]> {
    const { rows } = await this.pool.query<PayoutMove>(
      'select from_state as "from", to_state as "to", cause, reason, at from payout_moves where payout_key = $1 order by no',
      [key],
    );
    return rows;
  }

  async attempts(key: string): Promise<PayoutAttempt[]> {
    const { rows } = await this.pool.query<PayoutAttempt>(
      `select attempt, now, customer_status as "customerStatus", gate_version as "gateVersion", opened_at as "openedAt",
         closed_at as "closedAt", outcome
       from payout_attempts where payout_key = $1 order by attempt`,
      [key],
    );
    return rows;
  }

  async reversals(key: string): Promise<ReversalRow[]> {
    return await reversalsOf(this.pool, key);
  }

  async transfers(key: string): Promise<PayoutTransfer[]> {
    const { rows } = await this.pool.query<PayoutTransfer>(
      `select t.id, t.kind, t.at, d.account as debit, c.account as credit, d.amount, d.currency
       from ledger_transfers t
       join ledger_entries d on d.transfer_id = t.id and d.side = 'debit'
       join ledger_entries c on c.transfer_id = t.id and c.side = 'credit'
       where t.payout_key = $1 order by t.recorded_at, t.id`,
      [key],
    );
    return rows;
  }

  /** One per provider that has ever not answered. */
  async breakers(): Promise<{ provider: string; open: boolean }[]> {
    const { rows } = await this.pool.query<{ provider: string; open: boolean }>(
      'select provider, opened_at is not null as open from provider_breakers order by 1',
    );
    return rows;
  }
}
