/**
 * Consents per channel and purpose: what stands, the whole history, what is due to be told, and what was told. Changes come in by the gate
 * (customers.store.ts); a trigger keeps the history.
 */
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';

export type NoticeKind = 'result' | 'renewal';

export interface ConsentKey {
  customer: string;
  channel: string;
  purpose: string;
}
export interface StandingConsent extends ConsentKey {
  granted: boolean;
  night: boolean;
  since: Date;
  resultDueAt: Date | null;
  renewalDueAt: Date | null;
}
export interface ConsentChange {
  channel: string;
  purpose: string;
  granted: boolean;
  night: boolean;
  source: string;
  gateVersion: number;
  occurredAt: Date;
  recordedAt: Date;
}
export interface ConsentNotice {
  channel: string;
  purpose: string;
  kind: NoticeKind;
  toldAt: Date;
  actor: string;
}
export interface Told extends ConsentKey {
  kind: NoticeKind;
  /** Epoch ms. */
  toldAt: number;
}
/** Why a notice cannot be recorded; the number is its place in the list. */
export interface NoticeFault {
  index: number;
  detail: string;
}

const STANDING = `customer_id as customer, channel, purpose, granted, night, since, result_due_at as "resultDueAt",
  renewal_due_at as "renewalDueAt"`;
/** Newest first; a customer's whole history is far shorter. */
const HISTORY_MAX = 1_000;

export class ConsentsStore {
  constructor(private readonly pool: Pool) {}

  async of(
    customer: string,
  ): Promise<{ standing: StandingConsent[]; history: ConsentChange[]; notices: ConsentNotice[] }> {
    const standing = await this.pool.query<StandingConsent>(
      `select ${STANDING} from consents where customer_id = $1 order by channel, purpose`,
      [customer],
    );
    const history = await this.pool.query<ConsentChange>(
      `select channel, purpose, granted, night, source, gate_version as "gateVersion", occurred_at as "occurredAt",
         recorded_at as "recordedAt"
       from consent_changes where customer_id = $1 order by no desc limit $2`,
      [customer, HISTORY_MAX],
    );
    const notices = await this.pool.query<ConsentNotice>(
      `select channel, purpose, kind, told_at as "toldAt", actor from consent_notices where customer_id = $1 order by no desc limit $2`,
      [customer, HISTORY_MAX],
    );
    return { standing: standing.rows, history: history.rows, notices: notices.rows };
  }

  /**
   * What is to be told before `before`, the earliest first, from after the sort key on; one more than `limit`. Index: consents_result_due,
   * consents_renewal_due.
   */
  async due(
    kind: NoticeKind,
    before: number,
    after: { dueAt: Date; key: ConsentKey } | null,
    limit: number,
  ): Promise<(StandingConsent & { dueAt: Date })[]> {
    const column = kind === 'result' ? 'result_due_at' : 'renewal_due_at';
    const { rows } = await this.pool.query<StandingConsent & { dueAt: Date }>(
      `select ${STANDING}, ${column} as "dueAt" from consents
       where ${column} < $1 and ($2::timestamptz is null or (${column}, customer_id, channel, purpose) > ($2, $3, $4, $5))
       order by ${column}, customer_id, channel, purpose limit $6`,
      [
        new Date(before),
        after?.dueAt ?? null,
        after?.key.customer ?? null,
        after?.key.channel ?? null,
        after?.key.purpose ?? null,
        limit + 1,
      ],
    );
    return rows;
  }

  /** All or none; faults where there is no such consent, or it has changed since it was told. */
  async recordNotices(told: readonly Told[], { by, now }: Authored): Promise<NoticeFault[]> {
    return await inTransaction(this.pool, async (client) => {
      const faults = await noticeFaults(client, told);
      if (faults.length > 0) return faults;
      await writeNotices(client, told, { by, now });
      const after = { notices: told.length };
      await appendAudit(client, { at: now, actor: by, action: 'consent.notices', subject: 'consents', after });
      return [];
    });
  }
}

const SHAPE = '(i int, c text, h text, p text, k text, t timestamptz)';
const shaped = (told: readonly Told[]) =>
  JSON.stringify(
    told.map(({ customer, channel, purpose, kind, toldAt }, i) => ({
      i,
      c: customer,
      h: channel,
      p: purpose,
      k: kind,
      t: new Date(toldAt),
    })),
  );

/** Locks the consents, in key order. */
async function noticeFaults(client: Client, told: readonly Told[]): Promise<NoticeFault[]> {
  const values = [shaped(told)];
  await client.query(
    `select 1 from consents c where (customer_id, channel, purpose) in (select c, h, p from json_to_recordset($1::json) as x${SHAPE})
     order by customer_id, channel, purpose for update`,
    values,
  );
  const { rows } = await client.query<{ index: number; missing: boolean }>(
    `select x.i as index, c.customer_id is null as missing
     from json_to_recordset($1::json) as x${SHAPE}
     left join consents c on c.customer_id = x.c and c.channel = x.h and c.purpose = x.p
     where c.customer_id is null or c.since > x.t order by x.i`,
    values,
  );
  return rows.map(({ index, missing }) => ({
    index,
    detail: missing ? 'is about a consent that there is not' : 'was told before the newest change',
  }));
}

async function writeNotices(client: Client, told: readonly Told[], { by, now }: Authored): Promise<void> {
  const values = [shaped(told)];
  await client.query(
    `insert into consent_notices (customer_id, channel, purpose, kind, change_no, told_at, actor, recorded_at)
     select x.c, x.h, x.p, x.k, c.change_no, x.t, $2, $3
     from json_to_recordset($1::json) as x${SHAPE}
     join consents c on c.customer_id = x.c and c.channel = x.h and c.purpose = x.p order by x.i`,
    [...values, by, new Date(now)],
  );
  await client.query(
    `update consents c
     set result_due_at = case when x.result then null else c.result_due_at end,
         renewal_due_at = case when x.renewed is null or c.renewal_due_at is null then c.renewal_due_at
                               else greatest(c.renewal_due_at, x.renewed + interval '2 years') end
     from (select c, h, p, bool_or(k = 'result') as result, max(t) filter (where k = 'renewal') as renewed
           from json_to_recordset($1::json) as x${SHAPE} group by 1, 2, 3) x
     where c.customer_id = x.c and c.channel = x.h and c.purpose = x.p`,
    values,
  );
}
