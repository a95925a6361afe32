/**
 * The one way into the ledger: a transfer is one debit and one credit, appended together with the change of both balances, its id
 * unique for ever. Accounts are locked in the order of their keys, after payouts and before counters.
 */
import type { EpochMs } from '../domain/base/time.js';
import { accountKey, TRANSFERS, type AccountKind, type TransferKind } from '../domain/ledger/payout-moves.js';
import type { Client } from './pool.js';

/** Money of one payout to be moved; integer minor units. */
export interface Posting {
  kind: TransferKind;
  payoutKey: string;
  amount: number;
  currency: string;
  budget: string;
  provider: string;
}

export interface LockedAccount {
  key: string;
  currency: string;
  balance: number;
  seq: number;
}

/** Lock the accounts in the order of their keys; those that do not exist are left out. */
export async function lockAccounts(client: Client, keys: readonly string[]): Promise<Map<string, LockedAccount>> {
  const { rows } = await client.query<LockedAccount>(
    'select key, currency, balance, seq from accounts where key = any($1::text[]) order by key for update',
    [[...new Set(keys)]],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

/** Accounts that come into being with their first use: those of a provider. */
export async function ensureProviderAccounts(
  client: Client,
  owners: readonly { provider: string; currency: string }[],
): Promise<void> {
  const kinds: AccountKind[] = ['clearing', 'settled'];
  const wanted = kinds.flatMap((kind) =>
    owners.map(({ provider, currency }) => ({ key: accountKey(kind, { budget: '', provider }), kind, currency })),
  );
  await client.query(
    `insert into accounts (key, kind, currency)
     select key, kind, currency from json_to_recordset($1::json) as x(key text collate "C", kind text, currency text)
     where not exists (select 1 from accounts a where a.key = x.key)
     order by key
     on conflict (key) do nothing`,
    [JSON.stringify(wanted)],
  );
  const { rows } = await client.query<{ key: string; currency: string }>(
    'select key, currency from accounts where key = any($1::text[])',
    [wanted.map(({ key }) => key)],
  );
  const known = new Map(rows.map(({ key, currency }) => [key, currency]));
  for (const { key, currency } of wanted) {
    if (known.get(key) !== currency) throw new Error(`invariant: account ${key} is not kept in ${currency}`);
  }
}

/** Post every transfer and change each balance once. A transfer that was posted before violates its primary key and throws. */
export async function postTransfers(client: Client, postings: readonly Posting[], now: EpochMs): Promise<void> {
  if (postings.length === 0) return;
  const rows = postings.map((posting) => ({
    i: `${posting.payoutKey}#${posting.kind}`,
    k: posting.kind,
    p: posting.payoutKey,
    d: accountKey(TRANSFERS[posting.kind].debit, posting),
    c: accountKey(TRANSFERS[posting.kind].credit, posting),
    a: posting.amount,
    u: posting.currency,
  }));
  const changes = new Map<string, number>();
  for (const { d, c, a } of rows) {
    changes.set(d, (changes.get(d) ?? 0) + a);
    changes.set(c, (changes.get(c) ?? 0) - a);
  }
  const locked = await lockAccounts(client, [...changes.keys()]);
  for (const { d, c, u } of rows) {
    if (locked.get(d)?.currency !== u || locked.get(c)?.currency !== u) {
      throw new Error(`invariant: no account of ${u} for a transfer from ${c} to ${d}`);
    }
  }
  const posted = JSON.stringify(rows);
  await client.query(
    `insert into ledger_transfers (id, kind, payout_key, at)
     select i, k, p, $2 from json_to_recordset($1::json) as x(i text, k text, p text)`,
    [posted, new Date(now)],
  );
  await client.query(
    `insert into ledger_entries (transfer_id, side, account, amount, currency)
     select i, side, case side when 'debit' then d else c end, a, u
     from json_to_recordset($1::json) as x(i text, d text, c text, a bigint, u text)
     cross join unnest(array['debit', 'credit']) as side`,
    [posted],
  );
  await client.query(
    `update accounts a set balance = a.balance + x.n
     from json_to_recordset($1::json) as x(key text, n bigint) where a.key = x.key`,
    [JSON.stringify([...changes].map(([key, n]) => ({ key, n })))],
  );
}
