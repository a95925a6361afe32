/**
 * Months of the books: who proposed to close or reopen one, who approved it, and what is closed now. The rules are the domain's; the table of
 * closings is held to them by its trigger, and every posting by that of the transfers.
 */
import { isSecondPerson } from '../domain/base/four-eyes.js';
import { judgePeriod, type PeriodMove, type PeriodRefusal, type PeriodsNow } from '../domain/ledger/periods.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export interface Period {
  /** Such as 2026-03. */
  month: string;
  state: 'open' | 'closed';
  /** Posted into it. */
  transfers: number;
  /** Of these, how many happened in an earlier month. */
  late: number;
  proposed: Proposed | null;
}
interface Proposed {
  move: PeriodMove;
  by: string;
  at: Date;
  reason: string;
}
export interface Closing {
  month: string;
  move: PeriodMove;
  reason: string;
  proposedBy: string;
  approvedBy: string;
  at: Date;
}
export type PeriodDecision = PeriodRefusal | 'no_proposal' | 'own_proposal' | 'done';

const LOCK = 'ledger/periods';
const subjectOf = (month: string) => `ledger/${month}`;
const MONTH = (date: string) => `to_char(${date}, 'YYYY-MM')`;
const CLOSED = '(select closed_through from ledger_closings order by no desc limit 1)';

export class PeriodsStore {
  constructor(private readonly pool: Pool) {}

  async zone(): Promise<string> {
    const { rows } = await this.pool.query<{ zone: string }>('select zone from installation');
    return rows[0]?.zone as string;
  }

  /** Before the first transfer only: false where there is one. `zone` is one of IANA's. */
  async setZone(zone: string, reason: string, { by, now }: Authored): Promise<boolean> {
    return await inTransaction(this.pool, async (client) => {
      const before = await client.query<{ zone: string }>('select zone from installation for update');
      if (before.rows[0]?.zone === zone) return true;
      const { rowCount } = await client.query('select from ledger_transfers limit 1');
      if (rowCount !== 0) return false;
      await client.query('update installation set zone = $1', [zone]);
      const [subject, action] = ['ledger', 'ledger.zone'];
      await appendAudit(client, {
        at: now,
        actor: by,
        action,
        subject,
        reason,
        before: before.rows[0],
        after: { zone },
      });
      return true;
    });
  }

  /** From that of the first posting to that of business now (epoch ms). */
  async months(now: number, client: Client | Pool = this.pool): Promise<Period[]> {
    const { rows } = await client.query<Omit<Period, 'proposed'> & { [K in keyof Proposed]: Proposed[K] | null }>(
      `select ${MONTH('m.month')} as month, case when m.month <= ${CLOSED} then 'closed' else 'open' end as state,
         coalesce(d.transfers, 0) as transfers, coalesce(d.late, 0) as late,
         p.kind as move, p.proposed_by as by, p.proposed_at as at, p.reason
       from installation i
       cross join (select date_trunc('month', min(posted_on)) as first from ledger_days) b
       cross join lateral (
         select month::date as month from generate_series(b.first, $1::timestamptz at time zone i.zone, interval '1 month') as month) m
       left join (select date_trunc('month', posted_on)::date as month, sum(entries)::bigint / 2 as transfers,
                    coalesce(sum(entries) filter (where business_on < date_trunc('month', posted_on)), 0)::bigint / 2 as late
                  from ledger_days group by 1) d on d.month = m.month
       left join ledger_proposals p on p.month = m.month
       order by m.month`,
      [new Date(now)],
    );
    return rows.map(({ move, by, at, reason, ...period }) => ({
      ...period,
      proposed: move && by && at && reason ? { move, by, at, reason } : null,
    }));
  }

  /** All of them, the newest first. */
  async closings(): Promise<Closing[]> {
    const { rows } = await this.pool.query<Closing>(
      `select ${MONTH('month')} as month, kind as move, reason, proposed_by as "proposedBy", approved_by as "approvedBy", at
       from ledger_closings order by no desc`,
    );
    return rows;
  }

  /** What a second person has to approve; of one month the newest proposal stands. */
  async propose(
    client: Client,
    month: string,
    { move, reason }: { move: PeriodMove; reason: string },
    { by, now }: Authored,
  ): Promise<PeriodDecision> {
    await lockDefinition(client, LOCK);
    const refusal = judgePeriod(move, month, await readNow(client, now));
    if (refusal) return refusal;
    await client.query(
      `insert into ledger_proposals (month, kind, reason, proposed_by, proposed_at) values (to_date($1, 'YYYY-MM'), $2, $3, $4, $5)
       on conflict (month) do update set kind = excluded.kind, reason = excluded.reason, proposed_by = excluded.proposed_by,
         proposed_at = excluded.proposed_at`,
      [month, move, reason, by, new Date(now)],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: `ledger.${move}.propose`,
      subject: subjectOf(month),
      reason,
      after: { proposed: move },
    });
    return 'done';
  }

  /** As another person than the one who proposed it; judged again as things are now. */
  async approve(client: Client, month: string, move: PeriodMove, { by, now }: Authored): Promise<PeriodDecision> {
    await lockDefinition(client, LOCK);
    const { rows } = await client.query<{ reason: string; proposedBy: string }>(
      `select reason, proposed_by as "proposedBy" from ledger_proposals where month = to_date($1, 'YYYY-MM') and kind = $2 for update`,
      [month, move],
    );
    const [proposal] = rows;
    if (!proposal) return 'no_proposal';
    const { reason, proposedBy } = proposal;
    if (!isSecondPerson(proposedBy, by)) return 'own_proposal';
    const before = await readNow(client, now);
    const refusal = judgePeriod(move, month, before);
    if (refusal) return refusal;
    await client.query(`delete from ledger_proposals where month = to_date($1, 'YYYY-MM')`, [month]);
    await client.query(
      `insert into ledger_closings (month, kind, reason, proposed_by, approved_by, at) values (to_date($1, 'YYYY-MM'), $2, $3, $4, $5, $6)`,
      [month, move, reason, proposedBy, by, new Date(now)],
    );
    const after = await readNow(client, now);
    await appendAudit(client, {
      at: now,
      actor: by,
      action: `ledger.${move}`,
      subject: subjectOf(month),
      reason,
      before: { closedThrough: before.closedThrough, proposedBy },
      after: { closedThrough: after.closedThrough },
    });
    return 'done';
  }
}

async function readNow(client: Client, now: number): Promise<PeriodsNow> {
  const { rows } = await client.query<PeriodsNow>(
    `select ${MONTH(CLOSED)} as "closedThrough", ${MONTH('(select min(posted_on) from ledger_days)')} as begins,
       ${MONTH('$1::timestamptz at time zone zone')} as current
     from installation`,
    [new Date(now)],
  );
  return rows[0] as PeriodsNow;
}
