/**
 * The one way into the ledger: a transfer is one debit and one credit, appended together with the change of both balances, its id
 * unique for ever. Accounts are locked in the order of their keys, after payouts and before counters; under that lock each entry gets its
 * account's totals so far, so that the account as of any moment is one row.
 */
import type { EpochMs } from '../domain/base/time.js';
import { accountKey, TRANSFERS, type AccountKind, type TransferKind } from '../domain/ledger/payout-moves.js';
import { shareBooks } from './advisory.js';
import type { Client, Pool } from './pool.js';

/** Money of one payout to be moved; integer minor units. */
export interface Posting {
  kind: TransferKind;
  payoutKey: string;
  amount: number;
  currency: string;
  budget: string;
  provider: string;
  /** When it happened, business time; its day is the transfer's business day. */
  at: EpochMs;
}

export interface Transfer {
  id: string;
  kind: TransferKind;
  payoutKey: string | null;
  debit: string;
  credit: string;
  amount: number;
  currency: string;
  at: EpochMs;
}

export interface LockedAccount {
  key: string;
  currency: string;
  balance: number;
  seq: number;
  /** Of a budget: nothing is reserved from it any more. */
  closed: boolean;
}

/** Lock the accounts in the order of their keys; those that do not exist are left out. */
export async function lockAccounts(client: Client, keys: readonly string[]): Promise<Map<string, LockedAccount>> {
  const { rows } = await client.query<LockedAccount>(
    'select key, currency, balance, seq, closed from accounts where key = any($1::text[]) order by key for update',
    [[...new Set(keys)]],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

/** The currency of each provider's accounts; those that have none yet are left out. */
export async function providerCurrencies(
  client: Client | Pool,
  owners: readonly { provider: string }[],
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ provider: string; currency: string }>(
    `select p.name as provider, a.currency from unnest($1::text[]) as p(name) join accounts a on a.key = 'clearing:' || p.name`,
    [owners.map(({ provider }) => provider)],
  );
  return new Map(rows.map(({ provider, currency }) => [provider, currency]));
}

/** Those that have none get accounts, of this currency; rivals are waited for. Returns the currencies that they are kept in. */
export async function openProviderAccounts(client: Client, owners: readonly Owner[]): Promise<Map<string, string>> {
  await createAccounts(client, accountsOf(owners, OF_PROVIDER));
  return await providerCurrencies(client, owners);
}

const OF_PROVIDER: readonly AccountKind[] = ['clearing', 'settled'];

interface Owner {
  provider: string;
  currency: string;
}

/** Each once, by currency too: of a mixture none passes by the name of another. */
function accountsOf(owners: readonly Owner[], kinds: readonly AccountKind[]) {
  const distinct = [...new Map(owners.map((owner) => [`${owner.currency} ${owner.provider}`, owner])).values()];
  return kinds.flatMap((kind) =>
    distinct.map(({ provider, currency }) => ({ key: accountKey(kind, { budget: '', provider }), kind, currency })),
  );
}

async function createAccounts(client: Client, wanted: ReturnType<typeof accountsOf>): Promise<void> {
  await client.query(
    `insert into accounts (key, kind, currency)
     select key, kind, currency from json_to_recordset($1::json) as x(key text collate "C", kind text, currency text)
     where not exists (select 1 from accounts a where a.key = x.key)
     order by key
     on conflict (key) do nothing`,
    [JSON.stringify(wanted)],
  );
}

/** Accounts that come into being with their first use: those of a provider. */
export async function ensureProviderAccounts(
  client: Client,
  owners: readonly Owner[],
  kinds: readonly AccountKind[] = OF_PROVIDER,
): Promise<void> {
  const wanted = accountsOf(owners, kinds);
  await createAccounts(client, wanted);
  const { rows } = await client.query<{ key: string; currency: string }>(
    'select key, currency from accounts where key = any($1::text[])',
    [wanted.map(({ key }) => key)],
  );
  const known = new Map(rows.map(({ key, currency }) => [key, currency]));
  for (const { key, currency } of wanted) {
    if (known.get(key) !== currency) throw new Error(`invariant: account ${key} is not kept in ${currency}`);
  }
}

/** Post what payouts move. A transfer that was posted before violates its primary key and throws. */
export async function postTransfers(client: Client, postings: readonly Posting[]): Promise<void> {
  const transfers = postings.map((posting): Transfer => {
    const { kind, payoutKey, amount, currency, at } = posting;
    const [debit, credit] = [accountKey(TRANSFERS[kind].debit, posting), accountKey(TRANSFERS[kind].credit, posting)];
    return { id: `${payoutKey}#${kind}`, kind, payoutKey, debit, credit, amount, currency, at };
  });
  await appendTransfers(client, transfers);
}

/** Append every transfer with its entries, the days' sums, and change each balance once. */
export async function appendTransfers(client: Client, transfers: readonly Transfer[]): Promise<void> {
  if (transfers.length === 0) return;
  const locked = await lockAccounts(
    client,
    transfers.flatMap(({ debit, credit }) => [debit, credit]),
  );
  for (const { debit, credit, currency } of transfers) {
    if (locked.get(debit)?.currency !== currency || locked.get(credit)?.currency !== currency)
      throw new Error(`invariant: no account of ${currency} for a transfer from ${credit} to ${debit}`);
  }
  const books = await readBooks(client, [...locked.keys()]);
  const ordered = [...transfers].sort((a, b) => (a.id < b.id ? -1 : 1));
  await client.query(POST, [
    books.moment,
    books.zone,
    books.openFrom,
    JSON.stringify(ordered.map(({ id: i, kind: k, payoutKey: p, at }) => ({ i, k, p, at: new Date(at) }))),
    JSON.stringify(entriesOf(ordered, books.last)),
    JSON.stringify(sumsOf(ordered)),
  ]);
}

/** One statement, for all who post to a budget wait for the rows that are locked meanwhile. */
const POST = `
with transfers as (
  insert into ledger_transfers (id, kind, payout_key, at, recorded_at, business_on, posted_on)
  select i, k, p, at, $1::timestamptz, day, greatest(day, $3::date)
  from json_to_recordset($4::json) as x(i text, k text, p text, at timestamptz)
  cross join lateral (select (at at time zone $2)::date as day) d),
entries as (
  insert into ledger_entries (transfer_id, side, account, amount, currency, no, debits, credits, booked_at)
  select i, s, c, a, u, n, d, r, $1::timestamptz
  from json_to_recordset($5::json) as x(i text, s text, c text, a bigint, u text, n bigint, d bigint, r bigint)),
sums as materialized (
  select * from json_to_recordset($6::json) as x(c text collate "C", at timestamptz, d bigint, r bigint, n bigint)),
days as (
  insert into ledger_days (account, posted_on, business_on, debits, credits, entries, first_booked_at, last_booked_at)
  select c, greatest(day, $3::date), day, sum(d), sum(r), sum(n), $1::timestamptz, $1::timestamptz
  from sums cross join lateral (select (at at time zone $2)::date as day) d
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (account, posted_on, business_on) do update set debits = ledger_days.debits + excluded.debits,
    credits = ledger_days.credits + excluded.credits, entries = ledger_days.entries + excluded.entries,
    last_booked_at = excluded.last_booked_at)
update accounts a set balance = a.balance + x.n from (select c, sum(d - r) as n from sums group by c) x where a.key = x.c`;

/** Of an account: its last entry's place in it, and its totals with that entry. */
interface Totals {
  no: number;
  debits: number;
  credits: number;
}

interface Books {
  zone: string;
  /** The first day that is not closed; null: none is. */
  openFrom: string | null;
  /**
   * Database time of this posting, to the microsecond: not before any account's last entry, and after the last closing, whatever the server's
   * clock did meanwhile.
   */
  moment: string;
  last: Map<string, Totals>;
}

/** The caller has locked the accounts. Index: ledger_entries_account. */
async function readBooks(client: Client, accounts: readonly string[]): Promise<Books> {
  await shareBooks(client);
  const { rows } = await client.query<Omit<Books, 'last'> & { last: (Totals & { account: string })[] }>(
    `with closing as (select * from ledger_closings order by no desc limit 1),
     last as (
       select k.account, e.no, e.debits, e.credits, e.booked_at from unnest($1::text[]) as k(account)
       cross join lateral (select * from ledger_entries where account = k.account order by booked_at desc, no desc limit 1) e)
     select i.zone, (select closed_through + 1 from closing)::text as "openFrom",
       greatest(clock_timestamp(), (select max(booked_at) from last), (select recorded_at + interval '1 microsecond' from closing))::text as moment,
       (select coalesce(json_agg(l), '[]') from last l) as last
     from installation i`,
    [accounts],
  );
  const [row] = rows;
  if (!row) throw new Error('invariant: an installation without its row');
  return { ...row, last: new Map(row.last.map((totals) => [totals.account, totals])) };
}

/** Short names, as the statement reads them: transfer, side, account, amount, currency, and the account's no, debits and credits. */
function entriesOf(transfers: readonly Transfer[], last: ReadonlyMap<string, Totals>) {
  const totals = new Map<string, Totals>();
  return transfers.flatMap(({ id, debit, credit, amount, currency }) =>
    [['debit', debit] as const, ['credit', credit] as const].map(([side, account]) => {
      const before = totals.get(account) ?? last.get(account) ?? { no: 0, debits: 0, credits: 0 };
      const after = {
        no: before.no + 1,
        debits: before.debits + (side === 'debit' ? amount : 0),
        credits: before.credits + (side === 'credit' ? amount : 0),
      };
      totals.set(account, after);
      const [n, d, r] = [after.no, after.debits, after.credits];
      return { i: id, s: side, c: account, a: amount, u: currency, n, d, r };
    }),
  );
}

/** Per account and time: debits, credits and entries. Few, for what is posted together mostly happened at one time. */
function sumsOf(transfers: readonly Transfer[]) {
  const sums = new Map<string, { c: string; at: Date; d: number; r: number; n: number }>();
  const add = (account: string, at: EpochMs, debits: number, credits: number) => {
    const key = `${at} ${account}`;
    const sum = sums.get(key) ?? { c: account, at: new Date(at), d: 0, r: 0, n: 0 };
    sums.set(key, { ...sum, d: sum.d + debits, r: sum.r + credits, n: sum.n + 1 });
  };
  for (const { debit, credit, amount, at } of transfers) {
    add(debit, at, amount, 0);
    add(credit, at, 0, amount);
  }
  return [...sums.values()];
}
