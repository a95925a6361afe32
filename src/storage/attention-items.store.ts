/**
 * Everything that needs a person, as one list and as figures: one statement per class, each by index, all in one snapshot.
 */
import { afterMsOf, CODES, type AttentionCode } from '../domain/attention/classes.js';
import type { Found } from '../domain/attention/item.js';
import { MONEY } from './attention-money.js';
import { PEOPLE } from './attention-people.js';
import { QUEUE_LAGS, QUEUES } from './attention-queues.js';
import { asked } from './attention-sql.js';
import { installationClock } from './installation.store.js';
import { inTransaction, type Client, type Pool } from './pool.js';

/** Temporal alone knows of these; who asks brings them. */
type Elsewhere = 'build_deserted';
type Asked = Exclude<AttentionCode, Elsewhere>;

const SQL = { ...PEOPLE, ...QUEUES, ...MONEY } as Record<Asked, string>;

const isAsked = (code: AttentionCode): code is Asked => code in SQL;

/** Where a page goes on: after this item, in the order of classes, subjects and causes. */
export type ItemPlace = readonly [code: AttentionCode, subject: string, cause: string];

/** As of when, epoch ms. */
export interface AsOfNow {
  /** Business time. */
  now: number;
  /** Providers that are outside of their hours now, or were within the last minute. */
  closed: readonly string[];
  /** How long an answer that nobody knows may still come by itself. */
  patienceMs?: number;
}
/** And with what there is of classes that are not asked for here. */
export interface AllAsOfNow extends AsOfNow {
  elsewhere: readonly Found[];
}

export interface ClassFigures {
  code: AttentionCode;
  items: number;
  count: number;
  /** Since when the oldest is, business time, epoch ms; null where there is none. */
  oldest: number | null;
}

export interface AttentionFigures {
  /** All of each class, however young. */
  classes: ClassFigures[];
  /** Of each queue with something that may go: since when the oldest of it may. */
  lags: { queue: string; since: number }[];
  /** When something was last decided, business time, epoch ms. */
  lastDecision: number | null;
}

interface Row {
  subject: string;
  cause: string;
  n: number;
  first: Date;
  last: Date;
  sample: string[];
}

export class AttentionItemsStore {
  constructor(private readonly pool: Pool) {}

  /** What is old enough to be a person's business; one more than `limit`. `only`: of which classes. */
  async list(
    at: AllAsOfNow,
    only: readonly AttentionCode[],
    page: { after: ItemPlace | null; limit: number },
  ): Promise<Found[]> {
    const { after, limit } = page;
    return await this.asOf(at, async (client, values) => {
      const items: Found[] = [];
      for (const code of CODES.slice(after ? CODES.indexOf(after[0]) : 0).filter((one) => only.includes(one))) {
        const afterMs = afterMsOf(code, at.patienceMs);
        const place = after?.[0] === code ? [after[1], after[2]] : [null, null];
        if (!isAsked(code)) {
          items.push(...pageOf(at.elsewhere, code, place, limit + 1 - items.length));
          if (items.length > limit) break;
          continue;
        }
        const { rows } = await client.query<Row>(PAGE(SQL[code]), [
          ...values,
          afterMs === 0 ? null : new Date(at.now - afterMs),
          ...place,
          limit + 1 - items.length,
        ]);
        items.push(...rows.map((row) => foundOf(code, row, at.now)));
        if (items.length > limit) break;
      }
      return items;
    });
  }

  async figures(at: AllAsOfNow): Promise<AttentionFigures> {
    return await this.asOf(at, async (client, values) => {
      const classes: ClassFigures[] = [];
      for (const code of CODES) {
        if (!isAsked(code)) {
          const own = at.elsewhere.filter((one) => one.code === code);
          const oldest = own.length === 0 ? null : Math.min(...own.map(({ firstSeen }) => firstSeen));
          classes.push({ code, items: own.length, count: own.reduce((n, one) => n + one.count, 0), oldest });
          continue;
        }
        const { rows } = await client.query<{ items: number; count: number; oldest: Date | null }>(
          FIGURES(SQL[code]),
          values,
        );
        const [row] = rows;
        classes.push({ code, items: row?.items ?? 0, count: row?.count ?? 0, oldest: row?.oldest?.getTime() ?? null });
      }
      const lags = await lagsOf(client, values);
      const { rows: last } = await client.query<{ at: Date }>(
        `${asked('select recorded_at from decision_contexts order by recorded_at desc limit 1')} select recorded_at + shift as at from found, k`,
        values,
      );
      return {
        classes,
        lags,
        lastDecision: last[0]?.at.getTime() ?? null,
      };
    });
  }

  async lags(at: AsOfNow): Promise<AttentionFigures['lags']> {
    return await this.asOf(at, lagsOf);
  }

  /** Planned as ever, unlike reports: these probe, they do not join whole sets. */
  private async asOf<T>({ now, closed }: AsOfNow, ask: (client: Client, values: unknown[]) => Promise<T>): Promise<T> {
    return await inTransaction(this.pool, async (client) => {
      await client.query('set transaction isolation level repeatable read, read only');
      const { offsetMs } = await installationClock(client);
      return await ask(client, [new Date(now), new Date(now - offsetMs), closed]);
    });
  }
}

/** As the statements order and cut them. */
function pageOf(found: readonly Found[], code: Elsewhere, [subject, cause]: (string | null)[], limit: number): Found[] {
  const placeOf = (one: { subject: string; cause: string }) => Buffer.from(`${one.subject}\0${one.cause}`);
  const after = subject == null ? null : placeOf({ subject, cause: cause ?? '' });
  return found
    .filter((one) => one.code === code && (after === null || placeOf(one).compare(after) > 0))
    .sort((a, b) => placeOf(a).compare(placeOf(b)))
    .slice(0, limit);
}

async function lagsOf(client: Client, values: unknown[]): Promise<AttentionFigures['lags']> {
  const { rows } = await client.query<{ queue: string; since: Date }>(
    `${asked(QUEUE_LAGS)} select queue, since from found, k`,
    values,
  );
  return rows.map(({ queue, since }) => ({ queue, since: since.getTime() }));
}

/** $4 not younger than, where that matters; $5 and $6 the place, $7 so many. */
const PAGE = (found: string) => `${asked(found)}
select subject, cause, n, first, last, sample from found
where ($4::timestamptz is null or first <= $4) and ($5::text is null or (subject collate "C", cause collate "C") > ($5, $6))
order by subject collate "C", cause collate "C" limit $7`;

const FIGURES = (found: string) => `${asked(found)}
select count(*) as items, coalesce(sum(n), 0)::bigint as count, min(first) as oldest from found`;

/** The database's clock may be ahead of who asks. */
const foundOf = (code: AttentionCode, { subject, cause, n, first, last, sample }: Row, now: number): Found => ({
  code,
  subject,
  cause,
  count: n,
  firstSeen: Math.min(first.getTime(), now),
  lastSeen: Math.min(last.getTime(), now),
  sample,
});
