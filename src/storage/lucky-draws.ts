/**
 * Draws from lucky boxes, within the transaction that claims the rewards: the boxes are locked by key, their numbers go on where the last commit left
 * them, and a whole group's draws are one statement. Lock order: after the claims, before the stripes of rewards and the budgets.
 */
import type { EpochMs } from '../domain/base/time.js';
import { NOTHING, OpenBox, type Prize, type PrizeKind } from '../domain/ledger/lucky-box.js';
import type { CappedReward } from '../domain/ledger/reward-caps.js';
import type { IntentRow } from '../domain/wave/cohort.js';
import type { Client } from './pool.js';
import type { SeedVault } from './seed-vault.js';

interface BoxRow {
  key: string;
  currency: string;
  state: string;
  sealed: Buffer;
}
type PrizeRow = Prize & { box: string; drawn: number };

/** Lock the boxes of these intents. Errors: SeedKeyMissing; a box that was never opened. */
export async function lockBoxes(client: Client, intents: readonly IntentRow[], vault: SeedVault): Promise<LuckyDraws> {
  const keys = [...new Set(intents.flatMap(({ box }) => box ?? []))].sort();
  const boxes = new Map<string, OpenBox | null>();
  if (keys.length > 0) {
    const { rows } = await client.query<BoxRow>(
      'select key, currency, state, sealed_seed as sealed from lucky_boxes where key = any($1::text[]) order by key for update',
      [keys],
    );
    const prizes = await client.query<PrizeRow>(
      `select box, name, kind, amount as "amountMinor", weight, stock, drawn from lucky_prizes where box = any($1::text[]) order by box, no`,
      [keys],
    );
    const prizesOf = Map.groupBy(prizes.rows, ({ box }) => box);
    for (const { key, currency, state, sealed } of rows) {
      if (state === 'draft') throw new Error(`invariant: a draw from the lucky box ${key}, which was never opened`);
      const own = prizesOf.get(key) ?? [];
      const drawn = own.map((prize) => prize.drawn);
      const open = () => new OpenBox({ key, currency, prizes: own }, vault.open(key, sealed), drawn);
      boxes.set(key, state === 'open' ? open() : null);
    }
  }
  return new LuckyDraws(boxes);
}

/** The boxes of one transaction, null where one is closed. */
export class LuckyDraws {
  constructor(private readonly boxes: ReadonlyMap<string, OpenBox | null>) {}

  boxOf({ box }: IntentRow): OpenBox | null {
    if (!box) return null;
    const found = this.boxes.get(box);
    if (found === undefined) throw new Error(`invariant: a draw from the lucky box ${box}, which is not there`);
    return found;
  }

  isClosed(intent: IntentRow): boolean {
    return Boolean(intent.box) && this.boxOf(intent) === null;
  }

  /** What it may yet draw; of every other reward itself. */
  mayBe(intent: IntentRow): readonly CappedReward[] {
    const box = this.boxOf(intent);
    if (!box) return [intent];
    const { budget, currency } = intent;
    return box.inStock().flatMap(({ kind, amountMinor }) => {
      return kind === NOTHING ? [] : [{ kind, amountMinor, budget, currency }];
    });
  }

  /** For the trace: what was drawn, or what was refused before it was. */
  codes(intent: IntentRow): string[] {
    const box = this.boxOf(intent);
    const draw = box?.draws.get(intent.payoutKey);
    const told = draw ?? box?.refused.get(intent.payoutKey);
    if (!box || !told) return [];
    const code = `box=${box.terms.key}:${told.number}:${told.mostMinor}`;
    return draw ? [code, `draw=${draw.prize}:${draw.amountMinor}`] : [code];
  }

  hasDrawnNothing(intent: IntentRow): boolean {
    return this.boxOf(intent)?.draws.get(intent.payoutKey)?.amountMinor === 0;
  }

  /** Write what was drawn, by one statement over all boxes; returns the intents as what they have become, without those that drew nothing. */
  async write(client: Client, intents: readonly IntentRow[], now: EpochMs): Promise<IntentRow[]> {
    const rows: Record<string, unknown>[] = [];
    const become: IntentRow[] = [];
    for (const intent of intents) {
      const box = this.boxOf(intent);
      const draw = box?.draws.get(intent.payoutKey);
      if (!box) become.push(intent);
      if (!box || !draw) continue;
      const { number: n, payoutKey: k, prize: p, amountMinor } = draw;
      rows.push({
        b: box.terms.key,
        n,
        k,
        r: intent.runId,
        p,
        a: amountMinor,
        l: intent.evidence['lateEvent'] ?? null,
      });
      const { kind } = box.terms.prizes[p] as Prize;
      if (kind !== NOTHING) become.push({ ...intent, kind, amountMinor, box: null });
    }
    if (rows.length > 0) await client.query(WRITE, [JSON.stringify(rows), new Date(now)]);
    return become;
  }
}

/** Draws in, stock down: a prize that has none left violates lucky_prizes_stock, a number that was given before the key of the draws. */
const WRITE = `
with drawn as (
  insert into lucky_draws (box, no, payout_key, run_id, prize, amount, late_event, at)
  select b, n, k, r, p, a, l, $2
  from json_to_recordset($1::json) as x(b text collate "C", n bigint, k text, r text, p smallint, a bigint, l bigint) order by b, n
  returning box, prize)
update lucky_prizes z set drawn = z.drawn + c.n from (select box, prize, count(*) as n from drawn group by 1, 2) c
where z.box = c.box and z.no = c.prize`;

/**
 * Rewards whose slot has drawn before, as what they became then; and the payout keys that drew nothing. Index: lucky_draws_payout_key_key.
 */
export async function asDrawnBefore(
  client: Client,
  intents: readonly IntentRow[],
): Promise<{ intents: readonly IntentRow[]; nothing: Set<string> }> {
  const keys = intents.flatMap(({ payoutKey, box }) => (box ? [payoutKey] : []));
  if (keys.length === 0) return { intents, nothing: new Set() };
  const { rows } = await client.query<DrawnRow>(
    `select d.payout_key as key, z.kind, d.amount as "amountMinor"
     from lucky_draws d join lucky_prizes z on z.box = d.box and z.no = d.prize where d.payout_key = any($1::text[])`,
    [keys],
  );
  const drawn = new Map(rows.map((row) => [row.key, row]));
  const become = intents.map((intent) => {
    const draw = drawn.get(intent.payoutKey);
    if (!draw || draw.kind === NOTHING) return intent;
    return { ...intent, kind: draw.kind, amountMinor: draw.amountMinor, box: null };
  });
  const nothing = rows.filter(({ kind }) => kind === NOTHING);
  return { intents: become, nothing: new Set(nothing.map(({ key }) => key)) };
}

interface DrawnRow {
  key: string;
  kind: PrizeKind;
  amountMinor: number;
}
