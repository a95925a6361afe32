/**
 * The three-way match of one provider and day: what was earned, what the ledger paid, what the settlement in force says. Breaks have derived ids,
 * so a match that finds nothing else changes nothing; what is explained since is closed, and what comes back or says something else is open
 * again. What matches moves to settled afterwards, some at a time, and what a crash left of that moves at the next match.
 */
import { appendAudit } from './audit-log.store.js';
import type { Authored } from './definition-lock.js';
import { inPatience } from './patient.js';
import { movePayouts } from './payout-moves.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import { makeUnearned } from './settlement-evidence.js';
import { lockSettlements, type SettlementOf } from './settlement-files.store.js';
import { pairUp, type Paired } from './settlement-pairs.js';

export interface SettlementMatch extends Paired {
  no: number;
  provider: string;
  day: string;
  /** The settlement that was in force. */
  file: string;
  /** Breaks that are new, came back, or say something else now. */
  opened: number;
  explained: number;
  actor: string;
  at: Date;
}
export interface Matched {
  /** This one, or the one before where nothing is different. */
  match: SettlementMatch;
  changed: boolean;
  /** Open breaks of the day. */
  open: number;
  /** Payouts that moved to settled now. */
  settled: number;
}
export interface MatchPage {
  provider?: string | undefined;
  day?: string | undefined;
  /** The number of the last one of the page before. */
  before: number | null;
  limit: number;
}

const MATCH = 'no, provider, day::text as day, file, posted, rows, matched, opened, explained, actor, at';
const SETTLED_AT_ONCE = 1_000;

/** Whose rows are theirs and whose differences are accepted, if any: only then is it confirmed. */
const CONFIRMED = `
select p.key from pairs p
where nth = 1 and not reversal and state = 'paid' and our_day is not null and their_day = $1 and our_amount = their_amount
  and our_currency = their_currency
  and not exists (select 1 from unearned u where u.key = p.key and not exists (
    select 1 from settlement_breaks b where b.key = p.key and b.class = 'not_entitled' and b.state = 'resolved'))
  and not exists (select 1 from found f left join settlement_breaks b on b.id = f.id
    where f.key = p.key and not f.reversal and f.class in ('date', 'reference') and b.state is distinct from 'resolved')
order by p.key`;

export class SettlementMatchStore {
  constructor(private readonly pool: Pool) {}

  /** Null: there is no settlement of that day yet. */
  async match(of: Omit<SettlementOf, 'source'>, authored: Authored): Promise<Matched | null> {
    const found = await inPatience(this.pool, { preview: false }, (client) => matchDay(client, of, authored));
    if (!found) return null;
    const { confirmed, ...match } = found;
    let settled = 0;
    for (let from = 0; from < confirmed.length; from += SETTLED_AT_ONCE)
      settled += await settle(this.pool, confirmed.slice(from, from + SETTLED_AT_ONCE), authored);
    return { ...match, settled };
  }

  /** The newest first, one more than `limit`. */
  async list({ provider, day, before, limit }: MatchPage): Promise<SettlementMatch[]> {
    const { rows } = await this.pool.query<SettlementMatch>(
      `select ${MATCH} from settlement_matches m
       where ($1::text is null or provider = $1) and ($2::date is null or m.day = $2) and ($3::bigint is null or no < $3)
       order by no desc limit $4`,
      [provider ?? null, day ?? null, before, limit + 1],
    );
    return rows;
  }
}

type Found = Omit<Matched, 'settled'> & { confirmed: string[] };

async function matchDay(
  client: Client,
  of: Omit<SettlementOf, 'source'>,
  { by, now }: Authored,
): Promise<Found | null> {
  const { provider, day } = of;
  await lockSettlements(client, provider);
  const { rows: files } = await client.query<{ id: string }>(
    'select id from settlement_files where provider = $1 and day = $2 order by version desc limit 1',
    [provider, day],
  );
  const [file] = files;
  if (!file) return null;
  await client.query('select 1 from settlement_breaks where provider = $1 and day = $2 order by id for update', [
    provider,
    day,
  ]);
  const paired = await pairUp(client, of, makeUnearned);
  await client.query(CHANGES, [provider, day]);
  const { rows: counts } = await client.query<{ opened: number; explained: number }>(
    `select count(*) filter (where to_state = 'open')::int as opened, count(*) filter (where to_state = 'explained')::int as explained from changes`,
  );
  const { opened, explained } = counts[0] as { opened: number; explained: number };
  const { rows: before } = await client.query<SettlementMatch>(
    `select ${MATCH} from settlement_matches m where provider = $1 and m.day = $2 order by no desc limit 1`,
    [provider, day],
  );
  const last = before[0];
  const same =
    opened + explained === 0 &&
    last !== undefined &&
    last.file === file.id &&
    (['posted', 'rows', 'matched'] as const).every((count) => last[count] === paired[count]);
  const match = same
    ? last
    : await keep(client, { provider, day, file: file.id, ...paired, opened, explained }, { by, now });
  const { rows: confirmed } = await client.query<{ key: string }>(CONFIRMED, [day]);
  const { rows: open } = await client.query<{ n: number }>(
    `select count(*)::int as n from settlement_breaks where provider = $1 and day = $2 and state = 'open'`,
    [provider, day],
  );
  return { match, changed: !same, open: open[0]?.n ?? 0, confirmed: confirmed.map(({ key }) => key) };
}

/**
 * What of the breaks is to change: those that were found and are new, closed as explained, or were about other facts; and those that nothing
 * says any more. What was compensated and is explained since, or is of another currency now, is to be compensated back before anything else.
 */
const CHANGES = `
create temporary table changes on commit drop as
select coalesce(f.id, b.id) as id, coalesce(f.class, b.class) as class, coalesce(f.key, b.key) as key, coalesce(f.reversal, b.reversal) as reversal,
  b.state as from_state, case when f.id is null and b.compensated = 0 then 'explained' else 'open' end as to_state, s.*
from found f full join (select * from settlement_breaks where provider = $1 and day = $2) b on b.id = f.id
cross join lateral (select coalesce(b.compensated, 0) <> 0 and f.currency is distinct from b.currency as back) c
cross join lateral (
  select coalesce(f.facts, '{}') as facts, case when c.back then 0 else f.difference end as difference,
    case when c.back then b.currency else f.currency end as currency) s
where case when f.id is null and b.compensated = 0 then b.state <> 'explained'
  else b.id is null or b.state = 'explained' or b.facts <> s.facts or b.difference is distinct from s.difference end`;

async function keep(
  client: Client,
  match: Omit<SettlementMatch, 'no' | 'actor' | 'at'>,
  { by, now }: Authored,
): Promise<SettlementMatch> {
  const { provider, day, file, posted, rows, matched, opened, explained } = match;
  const at = new Date(now);
  const kept = await client.query<SettlementMatch>(
    `insert into settlement_matches as m (provider, day, file, posted, rows, matched, opened, explained, actor, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${MATCH}`,
    [provider, day, file, posted, rows, matched, opened, explained, by, at],
  );
  const [made] = kept.rows;
  if (!made) throw new Error('invariant: a match that was not kept');
  await client.query(
    `insert into settlement_breaks (id, provider, day, class, key, reversal, facts, difference, currency, state, opened_at)
     select id, $1, $2, class, key, reversal, facts, difference, currency, to_state, $3 from changes order by id
     on conflict (id) do update set facts = excluded.facts, difference = excluded.difference, currency = excluded.currency, state = excluded.state,
       opened_at = case when settlement_breaks.state = 'open' then settlement_breaks.opened_at else excluded.opened_at end`,
    [provider, day, at],
  );
  // what was proposed was about other facts
  await client.query('delete from settlement_proposals p using changes c where p.break_id = c.id');
  await client.query(
    `insert into settlement_break_moves (break_id, from_state, to_state, cause, facts, at)
     select id, from_state, to_state, $1, facts, $2 from changes order by id`,
    [`match/${made.no}`, at],
  );
  await appendAudit(client, {
    at: now,
    actor: by,
    action: 'settlement.match',
    subject: `settlement/${provider}/${day}`,
    after: { file, posted, rows, matched, opened, explained },
  });
  return made;
}

/** Those that are still paid; what else happened to the others meanwhile stands. */
async function settle(pool: Pool, keys: readonly string[], { now }: Authored): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ key: string }>(
      `select key from payouts where key = any($1::text[]) and state = 'paid' order by key for update`,
      [keys],
    );
    const moves = rows.map(({ key }) => ({ key, to: 'settled' as const }));
    const outcomes = await movePayouts(client, moves, { now, cause: 'settlement' });
    return outcomes.filter(({ verdict }) => verdict === 'move').length;
  });
}
