/**
 * Retries as they are planned and read: what was asked for, what it would do, who let it begin, and what became of each item. All of it is appended.
 */
import {
  hasGrown,
  needsSecondPerson,
  totalsOf,
  type AloneLimits,
  type EffectTotals,
  type PlannedItem,
} from '../domain/retry/effect.js';
import type { RetrySelector } from '../domain/retry/selector.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import type { Client, Pool } from './pool.js';

export interface Retry extends EffectTotals {
  no: number;
  selector: RetrySelector;
  reason: string;
  askedBy: string;
  at: Date;
  left: number;
  needsApproval: boolean;
  begun: { by: string; at: Date } | null;
  done: Date | null;
  /** Items by effect, `nothing` by why, outcomes by what and why. */
  would: Record<string, number>;
  nothing: Record<string, number>;
  outcomes: Record<string, number>;
}
export interface RetryItem extends PlannedItem {
  no: number;
  outcome: 'done' | 'nothing' | null;
  detail: string | null;
  outcomeAt: Date | null;
}
export interface RetryFilter {
  before: number | null;
  limit: number;
  state?: 'planned' | 'under_way' | 'done' | undefined;
  needsApproval?: boolean | undefined;
}
export type Begun = 'done' | 'unknown' | 'own_retry' | 'needs_approval' | 'grown' | 'nothing';

const counted = (key: string, from: string) =>
  `coalesce((select jsonb_object_agg(k, n) from (select ${key} as k, count(*) as n from ${from} group by 1) c where k is not null), '{}')`;
const moved = (kind: string) => `exists (select from retry_moves m where m.retry_no = r.no and m.kind = '${kind}')`;
const ITEMS = 'retry_items i where i.retry_no = r.no';
const SELECT = `select r.no, r.selector, r.reason, r.asked_by as "askedBy", r.at, r.acts, r.sends, r.pays, r."left", r.needs_approval as "needsApproval",
    (select jsonb_build_object('by', m.actor, 'at', m.at) from retry_moves m where m.retry_no = r.no and m.kind = 'begun') as begun,
    (select m.at from retry_moves m where m.retry_no = r.no and m.kind = 'done') as done,
    ${counted(`nullif(i.effect, 'nothing')`, ITEMS)} as would, ${counted('i.why', ITEMS)} as nothing,
    ${counted(`case o.outcome when 'done' then 'done' else o.detail end`, 'retry_outcomes o where o.retry_no = r.no')} as outcomes
  from retries r`;

export class RetriesStore {
  constructor(private readonly pool: Pool) {}

  /** The newest first, before `before` where it is given; one more than `limit`. */
  async list({ before, limit, state, needsApproval }: RetryFilter): Promise<Retry[]> {
    const { rows } = await this.pool.query<Retry>(
      `${SELECT} where ($1::bigint is null or r.no < $1) and ($3::boolean is null or r.needs_approval = $3)
         and ($4::text is null or $4 = case when ${moved('done')} then 'done' when ${moved('begun')} then 'under_way' else 'planned' end)
       order by r.no desc limit $2`,
      [before, limit + 1, needsApproval ?? null, state ?? null],
    );
    return rows;
  }

  async find(no: number, client: Client | Pool = this.pool): Promise<Retry | null> {
    const { rows } = await client.query<Retry>(`${SELECT} where r.no = $1`, [no]);
    return rows[0] ?? null;
  }

  /** By number; one more than `limit`. */
  async items(no: number, { after, limit }: { after: number; limit: number }): Promise<RetryItem[]> {
    const { rows } = await this.pool.query<RetryItem>(
      `select i.no, i.kind, i.subject, i.run_id as "runId", i.effect, i.why, i.sends, i.pays, o.outcome, o.detail, o.at as "outcomeAt"
       from retry_items i left join retry_outcomes o on o.retry_no = i.retry_no and o.item_no = i.no
       where i.retry_no = $1 and i.no > $2 order by i.no limit $3`,
      [no, after, limit + 1],
    );
    return rows;
  }

  /** What it would put back, to be looked at again before it begins. */
  async toPutBack(no: number): Promise<PlannedItem[]> {
    const { rows } = await this.pool.query<PlannedItem>(
      `select kind, subject, run_id as "runId", effect, why, sends, pays from retry_items where retry_no = $1 and effect = 'put_back' order by no`,
      [no],
    );
    return rows;
  }

  /** In the caller's transaction; returns its number. */
  async plan(
    client: Client,
    asked: { selector: RetrySelector; reason: string; items: readonly PlannedItem[]; left: number },
    alone: AloneLimits,
    { by, now }: Authored,
  ): Promise<number> {
    const { selector, reason, items, left } = asked;
    const totals = totalsOf(items);
    const { acts, sends, pays } = totals;
    const { rows } = await client.query<{ no: number }>(
      `insert into retries (selector, reason, asked_by, at, acts, sends, pays, "left", alone_items, alone_minor, needs_approval)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning no`,
      [
        JSON.stringify(selector),
        reason,
        by,
        new Date(now),
        acts,
        sends,
        JSON.stringify(pays),
        left,
        alone.items,
        alone.minor,
        needsSecondPerson(totals, alone),
      ],
    );
    const no = rows[0]?.no as number;
    await client.query(
      `insert into retry_items (retry_no, no, kind, subject, run_id, effect, why, sends, pays)
       select $1, n, kind, subject, run, effect, why, sends, pays
       from json_to_recordset($2::json) as x(n int, kind text, subject text, run text, effect text, why text, sends int, pays jsonb) order by n`,
      [no, JSON.stringify(items.map(({ runId, ...item }, n) => ({ ...item, n: n + 1, run: runId })))],
    );
    await audit(client, 'retry.plan', no, reason, { by, now }, { selector, ...totals });
    return no;
  }

  /**
   * Let it begin, in the caller's transaction: whoever asked where one person is enough, and another person where not. `now`: what it would do by now,
   * which may not be more than was shown. Again, nothing changes.
   */
  async begin(
    client: Client,
    no: number,
    { alone, current }: { alone: boolean; current: EffectTotals },
    authored: Authored,
  ): Promise<Begun> {
    await lockDefinition(client, `retry/${no}`);
    const retry = await this.find(no, client);
    if (!retry) return 'unknown';
    if (retry.begun) return 'done';
    if (Object.keys(retry.would).length === 0) return 'nothing';
    if (alone && retry.needsApproval) return 'needs_approval';
    if (!alone && retry.askedBy === authored.by) return 'own_retry';
    if (hasGrown(retry, current)) return 'grown';
    await client.query(`insert into retry_moves (retry_no, kind, actor, at) values ($1, 'begun', $2, $3)`, [
      no,
      authored.by,
      new Date(authored.now),
    ]);
    const { acts, sends, pays, askedBy } = retry;
    await audit(client, 'retry.begin', no, retry.reason, authored, { askedBy, acts, sends, pays });
    return 'done';
  }
}

const audit = (
  client: Client,
  action: string,
  no: number,
  reason: string,
  { by, now }: Authored,
  after: object,
): Promise<void> => appendAudit(client, { at: now, actor: by, action, subject: `retry/${no}`, reason, after });
