/**
 * Intent, claim and budget reservation in one transaction, set-based: a reward becomes a payout only together with its unique claim
 * row and the money reserved for it (laws 1 and 3), and within the caps on what one customer gets. A repeat with the same content changes nothing.
 */
import { inputHash } from '../domain/base/keys.js';
import type { EpochMs } from '../domain/base/time.js';
import { fitBudgets } from '../domain/ledger/budget.js';
import { accountKey } from '../domain/ledger/payout-moves.js';
import type { IntentRow } from '../domain/wave/cohort.js';
import { ensureProviderAccounts, lockAccounts, postTransfers } from './ledger.store.js';
import { asDrawnBefore, lockBoxes, type LuckyDraws } from './lucky-draws.js';
import type { Client } from './pool.js';
import { judgeByCaps } from './rewards-seen.js';
import { NO_SEEDS, type SeedVault } from './seed-vault.js';

export type IntentOutcome = 'claimed' | 'already_rewarded' | 'over_cap' | 'no_budget' | 'nothing' | 'box_closed';
export interface JudgedIntent {
  outcome: IntentOutcome;
  /** Of the caps that it was judged by, and what it drew, for the trace. */
  codes: string[];
}

/** Of the trace. */
export function rewardCodes(judged: JudgedIntent | undefined): string[] {
  if (!judged) throw new Error('invariant: a reward that nobody judged');
  return [...judged.codes, `reward=${judged.outcome}`];
}

/** The same payout key for other content: an error of ours, never a second payment. */
export class PayoutKeyReused extends Error {
  override readonly name = 'PayoutKeyReused';

  constructor(readonly payoutKey: string) {
    super(`payout key ${payoutKey} stands for other content already`);
  }
}

/** SHA-256 of everything that a payout key stands for. */
export function payoutInputHash(intent: IntentRow): Buffer {
  const { campaign, runId, node, visit, customerId, kind, amountMinor, currency, provider, pool } = intent;
  const parts = [campaign, runId, node, visit, customerId, kind, amountMinor, currency, provider];
  return inputHash(pool ? [...parts, pool] : parts);
}

/**
 * Claim, judge by the caps, fund, draw and write the intents; the caller's transaction commits them. Who fits a budget that runs out is decided by
 * `fitBudgets`; of a lucky box whoever fits draws, and who draws nothing keeps the claim. Returns what became of each payout key. Errors:
 * PayoutKeyReused; SeedKeyMissing; a budget without accounts.
 */
export async function insertIntents(
  client: Client,
  intents: readonly IntentRow[],
  now: EpochMs,
  vault: SeedVault = NO_SEEDS,
): Promise<Map<string, JudgedIntent>> {
  const outcomes = new Map<string, IntentOutcome>();
  const judged = (codesOf: (key: string) => string[] = () => []) =>
    new Map([...outcomes].map(([key, outcome]) => [key, { outcome, codes: codesOf(key) }]));
  if (intents.length === 0) return judged();
  const fresh = await claim(client, await notRewardedOtherwise(client, intents, outcomes), outcomes);
  if (fresh.length === 0) return judged();

  const draws = await lockBoxes(client, fresh, vault);
  const open = fresh.filter((intent) => !draws.isClosed(intent));
  const capsOn = await judgeByCaps(client, open, now, (intent) => draws.mayBe(intent));
  const within = open.filter(({ payoutKey }) => capsOn(payoutKey).fits);
  const funded = await reserve(client, within, draws);
  const drawn = new Map(fresh.map((intent) => [intent.payoutKey, draws.codes(intent)]));
  for (const intent of fresh) outcomes.set(intent.payoutKey, outcomeOf(intent));
  await releaseClaims(
    client,
    fresh.filter(({ payoutKey }) => !['claimed', 'nothing'].includes(outcomes.get(payoutKey) ?? '')),
  );
  const going = (await draws.write(client, within, now)).filter(({ payoutKey }) => funded.has(payoutKey));
  await writeFunded(
    client,
    going.map((row) => ({
      row: judgedBy(row, capsOn(row.payoutKey).by),
      generation: 1,
      cause: 'cohort',
      reason: null,
    })),
    funded,
    now,
  );
  return judged((key) => [...capsOn(key).codes, ...(drawn.get(key) ?? [])]);

  function outcomeOf(intent: IntentRow): IntentOutcome {
    if (funded.has(intent.payoutKey)) return 'claimed';
    if (draws.isClosed(intent)) return 'box_closed';
    if (draws.hasDrawnNothing(intent)) return 'nothing';
    return capsOn(intent.payoutKey).fits ? 'no_budget' : 'over_cap';
  }
}

/** The caps stay with the payout, for whoever checks them. */
function judgedBy(row: IntentRow, by: readonly string[]): IntentRow {
  const { rewardCaps: _, ...evidence } = row.evidence;
  return { ...row, evidence: by.length > 0 ? { ...evidence, rewardCaps: by } : evidence };
}

/**
 * A slot is rewarded once, whether its path comes to it or a late response; the claims of the two need not be the same. Whoever asks has
 * locked the slot's participant, so nobody else is about to reward it.
 */
async function notRewardedOtherwise(
  client: Client,
  intents: readonly IntentRow[],
  outcomes: Map<string, IntentOutcome>,
): Promise<IntentRow[]> {
  const { rows } = await client.query<{ key: string; late_event: number | null }>(
    `select key, (evidence ->> 'lateEvent')::bigint as late_event from payouts where key = any($1::text[])
     union all select payout_key, late_event from lucky_draws where payout_key = any($1::text[]) and amount = 0`,
    [intents.map((intent) => intent.payoutKey)],
  );
  const lateOf = new Map(rows.map((row) => [row.key, row.late_event]));
  return intents.filter(({ payoutKey, evidence }) => {
    if (!lateOf.has(payoutKey) || lateOf.get(payoutKey) === (evidence['lateEvent'] ?? null)) return true;
    outcomes.set(payoutKey, 'already_rewarded');
    return false;
  });
}

/** Those whose claim is new; the others' outcomes are noted. A statement of its own: it waits for rivals, the next one sees them. */
async function claim(
  client: Client,
  wanted: readonly IntentRow[],
  outcomes: Map<string, IntentOutcome>,
): Promise<IntentRow[]> {
  const won = await client.query<{ payout_key: string }>(
    `insert into claims (key, payout_key, run_id)
     select c, p, r from json_to_recordset($1::json) as x(c text collate "C", p text collate "C", r text) order by c, p
     on conflict (key) do nothing
     returning payout_key`,
    [JSON.stringify(wanted.map((intent) => ({ c: intent.claimKey, p: intent.payoutKey, r: intent.runId })))],
  );
  const { intents, nothing } = await asDrawnBefore(client, wanted);
  const winners = new Set(won.rows.map((row) => row.payout_key));
  const lost = intents.filter((intent) => !winners.has(intent.payoutKey));
  const holders = await client.query<{ key: string; payout_key: string }>(
    'select key, payout_key from claims where key = any($1::text[])',
    [lost.map((intent) => intent.claimKey)],
  );
  const holderOf = new Map(holders.rows.map((row) => [row.key, row.payout_key]));
  const known = await client.query<{ key: string; input_sha256: Buffer }>(
    'select key, input_sha256 from payouts where key = any($1::text[])',
    [intents.map((intent) => intent.payoutKey)],
  );
  const hashOf = new Map(known.rows.map((row) => [row.key, row.input_sha256]));
  for (const intent of intents) {
    const hash = hashOf.get(intent.payoutKey);
    if (nothing.has(intent.payoutKey) && winners.has(intent.payoutKey)) throw new PayoutKeyReused(intent.payoutKey);
    if (hash && (winners.has(intent.payoutKey) || !hash.equals(payoutInputHash(intent))))
      throw new PayoutKeyReused(intent.payoutKey);
  }
  for (const intent of lost) {
    const holder = holderOf.get(intent.claimKey);
    if (holder === undefined) throw new Error('invariant: a lost claim without a holder');
    // the holder may be a later generation of the same slot
    const before = nothing.has(intent.payoutKey) ? 'nothing' : 'claimed';
    outcomes.set(intent.payoutKey, holder.startsWith(`${intent.slotKey}/`) ? before : 'already_rewarded');
  }
  return wanted.filter((intent) => winners.has(intent.payoutKey));
}

/** Lock the budgets' accounts and decide who fits; returns each funded payout's budget sequence. Draws what is to be drawn. */
async function reserve(
  client: Client,
  intents: readonly IntentRow[],
  draws?: LuckyDraws,
): Promise<Map<string, number>> {
  if (intents.length === 0) return new Map();
  await ensureProviderAccounts(client, intents);
  const budgets = [...new Set(intents.map(({ budget }) => budget))];
  const keyOf = (kind: 'budget' | 'reserved', budget: string) => accountKey(kind, { budget, provider: '' });
  const accounts = await lockAccounts(
    client,
    budgets.flatMap((budget) => [keyOf('budget', budget), keyOf('reserved', budget)]),
  );
  const accountOf = (budget: string) => {
    const account = accounts.get(keyOf('budget', budget));
    if (!account) throw new Error(`invariant: budget ${budget} has no account`);
    return account;
  };
  const fits = fitBudgets(
    new Map(budgets.map((budget) => [budget, accountOf(budget).closed ? 0 : accountOf(budget).balance])),
    intents.map((intent) => ({ ...intent, lot: draws?.boxOf(intent) ?? undefined })),
  );
  const funded = new Map<string, number>();
  const taken: { key: string; n: number }[] = [];
  for (const [budget, { fits: takers }] of fits) {
    const { key, seq } = accountOf(budget);
    takers.forEach((payoutKey, index) => funded.set(payoutKey, seq + index + 1));
    taken.push({ key, n: takers.length });
  }
  await client.query(
    `update accounts a set seq = a.seq + x.n from json_to_recordset($1::json) as x(key text, n bigint) where a.key = x.key and x.n > 0`,
    [JSON.stringify(taken)],
  );
  return funded;
}

async function releaseClaims(client: Client, refused: readonly IntentRow[]): Promise<void> {
  if (refused.length === 0) return;
  await client.query(
    `delete from claims c using json_to_recordset($1::json) as x(c text, p text) where c.key = x.c and c.payout_key = x.p`,
    [JSON.stringify(refused.map((intent) => ({ c: intent.claimKey, p: intent.payoutKey })))],
  );
}

interface NewPayout {
  row: IntentRow;
  generation: number;
  /** cohort | person:<id>. */
  cause: string;
  reason: string | null;
}

/**
 * The next generations of slots whose claims and earlier generations the caller has locked: reserves anew and takes over the claims. Of what a cap or
 * the budget refuses, nothing is written. Returns what became of each payout key.
 */
export async function insertGenerations(
  client: Client,
  payouts: readonly NewPayout[],
  now: EpochMs,
): Promise<Map<string, 'claimed' | 'over_cap' | 'no_budget'>> {
  const rows = payouts.map(({ row }) => row);
  const capsOn = await judgeByCaps(client, rows, now);
  const fits = (row: IntentRow) => capsOn(row.payoutKey).fits;
  const funded = await reserve(client, rows.filter(fits));
  const going = payouts.filter(({ row }) => funded.has(row.payoutKey));
  const judged = going.map((own) => ({ ...own, row: judgedBy(own.row, capsOn(own.row.payoutKey).by) }));
  await writeFunded(client, judged, funded, now);
  await client.query(
    `update claims c set payout_key = x.p from json_to_recordset($1::json) as x(c text, p text) where c.key = x.c`,
    [JSON.stringify(going.map(({ row }) => ({ c: row.claimKey, p: row.payoutKey })))],
  );
  const outcomeOf = (row: IntentRow) => (fits(row) ? 'no_budget' : 'over_cap');
  return new Map(rows.map((row) => [row.payoutKey, funded.has(row.payoutKey) ? 'claimed' : outcomeOf(row)]));
}

/** Of each response that earned it what it said, as a hash; a reissue has those of the generation before. One probe each by number. */
const WITH_HASHES = `case when evidence ? 'answerHashes' then evidence else evidence || coalesce((
  select jsonb_build_object('answerHashes', jsonb_object_agg(a.place, event_sha256(e)))
  from jsonb_each_text(evidence -> 'answers') as a(place, no) join events e on e.no = a.no::bigint having count(*) > 0), '{}') end`;

/** The payouts that were funded, each with its first move and the transfer of its reservation. */
async function writeFunded(
  client: Client,
  payouts: readonly NewPayout[],
  seqOf: ReadonlyMap<string, number>,
  now: EpochMs,
): Promise<void> {
  const rows = payouts.map(({ row, generation, cause, reason }) => ({
    ...row,
    generation,
    cause,
    reason,
    input: payoutInputHash(row).toString('hex'),
    seq: seqOf.get(row.payoutKey),
  }));
  await client.query(
    `insert into payouts (key, slot_key, generation, claim_key, run_id, campaign, node, visit, wave, customer_id, kind, amount, currency,
                          budget, provider, pool, shard, state, input_sha256, evidence, budget_seq, decided_at)
     select "payoutKey", "slotKey", generation, "claimKey", "runId", campaign, node, visit, wave, "customerId", kind, "amountMinor",
            currency, budget, provider, pool, shard, 'intended', decode(input, 'hex'), ${WITH_HASHES}, seq, $2
     from json_to_recordset($1::json)
       as x("payoutKey" text collate "C", "slotKey" text, generation smallint, "claimKey" text, "runId" text, campaign text, node text,
            visit smallint, wave smallint, "customerId" text, kind text, "amountMinor" bigint, currency text, budget text, provider text,
            pool text, shard smallint, input text, evidence jsonb, seq bigint)
     order by "payoutKey"`,
    [JSON.stringify(rows), new Date(now)],
  );
  await client.query(
    `insert into payout_moves (payout_key, from_state, to_state, cause, reason, at)
     select "payoutKey", null, 'intended', cause, reason, $2
     from json_to_recordset($1::json) as x("payoutKey" text collate "C", cause text, reason text) order by "payoutKey"`,
    [JSON.stringify(rows), new Date(now)],
  );
  await postTransfers(
    client,
    payouts.map(({ row: { payoutKey, amountMinor, currency, budget, provider } }) => ({
      kind: 'reserve',
      payoutKey,
      amount: amountMinor,
      currency,
      budget,
      provider,
      at: now,
    })),
  );
}
