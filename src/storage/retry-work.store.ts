/**
 * Retries that have begun, carried out in batches: each is a transaction that does what its items say and keeps the outcome of each, so whoever goes on after
 * a crash finds what is left. An item that was not what it had been says so; one that no statement takes is left alone, and holds up no other.
 */
import type { RetryEffect } from '../domain/retry/effect.js';
import { lockRetry } from './advisory.js';
import { inTransaction, isDataError, sqlState, type Client, type Pool } from './pool.js';
import { carryPayouts } from './retry-payouts.js';
import { putBack } from './retry-people.js';
import { askAboutMessages, nudged, tellAgain } from './retry-queues.js';
import type { Askable, Carried, Hints, Outcome, RetryTerms } from './retry-terms.js';

interface Item {
  no: number;
  kind: 'participant' | 'payout' | 'message' | 'link' | 'lane' | 'run' | 'queue';
  subject: string;
  runId: string | null;
  effect: RetryEffect;
}
interface Open {
  no: number;
  by: string;
  reason: string;
}

/** Participants and payouts of one transaction. */
const BATCH = 500;

export class RetryWork {
  constructor(
    private readonly pool: Pool,
    private readonly build: string,
    private readonly askable: Askable,
    private readonly batchSize = BATCH,
  ) {}

  /** One batch of one retry that nobody else has in hand (of `no` alone, where it is given); null when there is none. The hints are for after it. */
  async batch(now: number, no: number | null = null): Promise<Hints | null> {
    const { rows } = await this.pool.query<Open>(
      `select r.no, b.actor as by, r.reason from retry_moves b join retries r on r.no = b.retry_no
       where b.kind = 'begun' and ($1::bigint is null or r.no = $1)
         and not exists (select from retry_moves d where d.retry_no = b.retry_no and d.kind = 'done') order by r.no`,
      [no],
    );
    for (const retry of rows) {
      const hints = await this.next(retry, now, this.batchSize);
      if (hints) return hints;
    }
    return null;
  }

  /** In halves down to the item whose data no statement takes. */
  private async next(retry: Open, now: number, limit: number): Promise<Hints | null> {
    try {
      return await this.take(retry, now, limit, null);
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (limit > 1) return await this.next(retry, now, Math.ceil(limit / 2));
      return await this.take(retry, now, 1, `failed_data:${sqlState(error)}`); // its words may have the customer's data in them
    }
  }

  private async take(retry: Open, now: number, limit: number, failed: string | null): Promise<Hints | null> {
    return await inTransaction(this.pool, async (client) => {
      if (!(await lockRetry(client, retry.no))) return null;
      const items = await openItems(client, retry.no, limit);
      if (items.length === 0) return await finish(client, retry, now);
      const terms = { ...retry, now, build: this.build, askable: this.askable };
      const { outcomes, hints } = failed === null ? await carry(client, items, terms) : leftAlone(items, failed);
      await keep(client, retry.no, items, outcomes, now);
      return { ...hints, deliveries: distinct(hints.deliveries), payouts: distinct(hints.payouts) };
    });
  }
}

/** Each queue hears of it once. */
const distinct = (queues: Hints['deliveries'] = []) => [
  ...new Map(queues.map((queue) => [`${queue.name}/${queue.shard}`, queue])).values(),
];

/** The first ones that are open, as many as are of the same kind, effect and run. */
async function openItems(client: Client, no: number, limit: number): Promise<Item[]> {
  const { rows } = await client.query<Item>(
    `select i.no, i.kind, i.subject, i.run_id as "runId", i.effect from retry_items i
     where i.retry_no = $1 and i.effect <> 'nothing'
       and not exists (select from retry_outcomes o where o.retry_no = i.retry_no and o.item_no = i.no)
     order by i.kind, i.effect, case when i.kind <> 'payout' then i.run_id end, i.no limit $2`,
    [no, limit],
  );
  const [first] = rows;
  const alike = ({ kind, effect, runId }: Item) =>
    kind === first?.kind && effect === first.effect && (kind === 'payout' || runId === first.runId);
  return rows.filter(alike);
}

async function carry(client: Client, items: readonly Item[], terms: RetryTerms): Promise<Carried> {
  const [first] = items as [Item];
  const subjects = items.map(({ subject }) => subject);
  const { kind, runId, effect } = first;
  switch (kind) {
    case 'participant':
      return await putBack(client, runId ?? '', subjects, terms);
    case 'payout':
      return await carryPayouts(client, effect as 'reissue' | 'approve' | 'ask', subjects, terms);
    case 'message':
      return await askAboutMessages(client, subjects);
    case 'link':
      return await tellAgain(client, subjects);
    case 'lane':
    case 'run':
    case 'queue':
      return nudged(kind, subjects, runId ?? '');
    default:
      return kind satisfies never;
  }
}

const leftAlone = (items: readonly Item[], detail: string): Carried => {
  return { outcomes: items.map(({ subject }) => ({ subject, done: false, detail })), hints: {} };
};

async function keep(
  client: Client,
  no: number,
  items: readonly Item[],
  outcomes: readonly Outcome[],
  now: number,
): Promise<void> {
  const outcomeOf = new Map(outcomes.map((outcome) => [outcome.subject, outcome]));
  const rows = items.map(({ no: item, subject }) => {
    const outcome = outcomeOf.get(subject);
    if (!outcome) throw new Error('invariant: an item of which nobody says what became');
    return { n: item, o: outcome.done ? 'done' : 'nothing', d: outcome.detail };
  });
  await client.query(
    `insert into retry_outcomes (retry_no, item_no, outcome, detail, at)
     select $1, n, o, d, $3 from json_to_recordset($2::json) as x(n int, o text, d text) order by n`,
    [no, JSON.stringify(rows), new Date(now)],
  );
}

async function finish(client: Client, { no, by }: Open, now: number): Promise<Hints | null> {
  const { rowCount } = await client.query(
    `insert into retry_moves (retry_no, kind, actor, at) values ($1, 'done', $2, $3) on conflict do nothing`,
    [no, by, new Date(now)],
  );
  return rowCount === 1 ? {} : null;
}
