/**
 * Payouts that are tried again: what is owed is reissued as the next generation, what is held is approved or asked about, what nobody knows is asked about at
 * once; by the rules and statements by which a person decides about one of them. Nothing else may become of any.
 */
import { mayApprove } from '../domain/ledger/payout-approval.js';
import { judgeApproval, judgeSettling } from '../domain/ledger/payout-decisions.js';
import type { PlannedItem, RetryEffect } from '../domain/retry/effect.js';
import type { PlainSelector } from '../domain/retry/selector.js';
import { appendAudits } from './audit-log.store.js';
import { lockDecidables, readDecidables, type LockedDecidable } from './decidable-payouts.js';
import { reissueAll, type Reissue } from './owed-items.store.js';
import { movePayouts } from './payout-moves.js';
import { askAtOnce } from './payouts.store.js';
import type { Client } from './pool.js';
import type { Askable, Carried, Outcome, RetryTerms } from './retry-terms.js';

type Payouts = Extract<PlainSelector, { what: 'payouts' }>;
type Judged = { effect: Exclude<RetryEffect, 'nothing'>; why: null } | { effect: 'nothing'; why: string };

const WHERE: Record<Payouts['state'], string> = {
  owed: `p.state = 'rejected' and exists (select from owed_items i where i.payout_key = p.key and i.state = 'open'
    and ($5::text is null or i.reason = $5))`,
  held: `p.state = 'held' and p.reason is distinct from 'approval' and ($5::text is null or p.reason = $5)`,
  unapproved: `p.state = 'held' and p.reason = 'approval' and ($5::text is null or p.reason = $5)`,
  ambiguous: `p.state = 'ambiguous' and ($5::text is null or coalesce(p.reason, 'no_reply') = $5)`,
};

/** By key, at most `limit`; `left`: how many more there are. `by`: who asks. */
export async function payoutsOf(
  client: Pick<Client, 'query'>,
  selector: Payouts,
  { by, askable, limit }: { by: string; askable: Askable; limit: number },
): Promise<{ items: PlannedItem[]; left: number }> {
  const { run, campaign, provider, cause, payouts } = selector;
  const { rows } = await client.query<{ key: string; n: number }>(
    `select p.key, count(*) over () as n from payouts p
     where ($1::text[] is null or p.key = any($1)) and ($2::text is null or p.run_id = $2) and ($3::text is null or p.campaign = $3)
       and ($4::text is null or p.provider = $4) and ($1::text[] is not null and $5::text is null or ${WHERE[selector.state]})
     order by p.key limit $6`,
    [payouts, run, campaign, provider, cause, limit].map((value) => value ?? null),
  );
  const own = await readDecidables(
    client,
    rows.map(({ key }) => key),
  );
  const items = own.map((payout): PlannedItem => {
    const judged = judge(payout, selector.state, { by, askable });
    const pays = ['reissue', 'approve'].includes(judged.effect)
      ? [{ currency: payout.currency, minor: payout.minor }]
      : [];
    return { kind: 'payout', subject: payout.key, runId: payout.runId, ...judged, sends: 0, pays };
  });
  const there = new Set(rows.map(({ key }) => key));
  const others = (payouts ?? []).filter((key) => !there.has(key)).map(unknown);
  return { items: [...items, ...others], left: Math.max(0, (rows[0]?.n ?? 0) - rows.length) };
}

const unknown = (subject: string): PlannedItem => {
  return { kind: 'payout', subject, runId: null, effect: 'nothing', why: 'not_selected', sends: 0, pays: [] };
};

/** What would become of it, tried again as it is. */
function judge(
  payout: LockedDecidable,
  state: Payouts['state'],
  { by, askable }: { by: string; askable: Askable },
): Judged {
  const nothing = (why: string): Judged => ({ effect: 'nothing', why });
  const asked = (): Judged =>
    askable.providers.has(payout.provider) ? { effect: 'ask', why: null } : nothing('cannot_be_asked');
  if (state === 'owed') return payout.owed === 'open' ? { effect: 'reissue', why: null } : nothing('not_open');
  if (state === 'ambiguous') return payout.state === 'ambiguous' ? asked() : nothing('not_ambiguous');
  const refusal = judgeApproval(payout, payout.status, payout.whenWithdrawn);
  if (refusal === 'may_have_acted') return judgeSettling(payout) === null ? asked() : nothing(refusal);
  if (refusal) return nothing(refusal);
  const mine = !mayApprove(payout.approval, payout, by, payout);
  return mine ? nothing('own_launch') : { effect: 'approve', why: null };
}

/** All of one effect, in the caller's transaction; judged as they are now. */
export async function carryPayouts(
  client: Client,
  effect: 'reissue' | 'approve' | 'ask',
  keys: readonly string[],
  terms: RetryTerms,
): Promise<Carried> {
  if (effect === 'reissue') return reissued(keys, await reissueAll(client, keys, terms.reason, terms));
  const payouts = await lockDecidables(client, keys);
  const verdicts = payouts.map((payout) => {
    return { payout, judged: judge(payout, payout.state === 'ambiguous' ? 'ambiguous' : 'held', terms) };
  });
  const going = verdicts.filter(({ judged }) => judged.effect === effect).map(({ payout }) => payout);
  if (effect === 'approve') await approve(client, going, terms);
  else await ask(client, going, terms);
  const whyOf = new Map(verdicts.map(({ payout, judged }) => [payout.key, judged.why]));
  const done = new Set(going.map(({ key }) => key));
  return {
    outcomes: keys.map((subject) => {
      const detail = done.has(subject) ? null : (whyOf.get(subject) ?? 'moved_meanwhile');
      return { subject, done: done.has(subject), detail };
    }),
    hints: { payouts: going.map(({ provider, shard }) => ({ name: provider, shard })) },
  };
}

function reissued(keys: readonly string[], outcomes: ReadonlyMap<string, Reissue>): Carried {
  const payouts = [...outcomes.values()].flatMap((own) =>
    own.kind === 'reissued' ? [{ name: own.provider, shard: own.shard }] : [],
  );
  const outcomeOf = (subject: string): Outcome => {
    const own = outcomes.get(subject);
    if (own?.kind === 'reissued') return { subject, done: true, detail: own.key };
    return { subject, done: false, detail: own?.kind === 'refused' ? own.why : 'not_selected' };
  };
  return { outcomes: keys.map(outcomeOf), hints: { payouts } };
}

async function approve(
  client: Client,
  going: readonly LockedDecidable[],
  { by, now, reason, no }: RetryTerms,
): Promise<void> {
  const moves = going.map(({ key }) => ({ key, to: 'approved' as const, reason }));
  const outcomes = await movePayouts(client, moves, { now, cause: `person:${by}` });
  if (outcomes.some(({ verdict }) => verdict !== 'move'))
    throw new Error('invariant: a person was allowed a move that the table refuses');
  const lines = going.map((payout) => {
    const before = { state: payout.state, reason: payout.reason };
    return { ...line('payout.approved', payout, { by, now, reason }), before, after: { state: 'approved', retry: no } };
  });
  await appendAudits(client, lines);
}

async function ask(
  client: Client,
  going: readonly LockedDecidable[],
  { by, now, reason, no }: RetryTerms,
): Promise<void> {
  await askAtOnce(
    client,
    going.map(({ key }) => key),
  );
  const lines = going.map((payout) => {
    const before = { state: payout.state };
    return { ...line('payout.look-up', payout, { by, now, reason }), before, after: { asked: true, retry: no } };
  });
  await appendAudits(client, lines);
}

const line = (
  action: string,
  { key }: LockedDecidable,
  { by, now, reason }: Pick<RetryTerms, 'by' | 'now' | 'reason'>,
) => ({ at: now, actor: by, action, subject: `payout/${key}`, reason });
