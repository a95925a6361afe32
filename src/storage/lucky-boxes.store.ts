/**
 * Lucky boxes: a draft that may change, open from the launch of the first campaign that names it, closed for good by a person. The seed is drawn and
 * committed to at the opening and revealed at the close; in between only `SeedVault` opens it.
 */
import { createHash } from 'node:crypto';
import { spanMs } from '../domain/base/time.js';
import { LATE_DEFAULT } from '../domain/journey/definition.js';
import { commitmentOf, termsText, type BoxTerms, type Prize } from '../domain/ledger/lucky-box.js';
import { appendAudit } from './audit-log.store.js';
import { lockDefinition, type Authored } from './definition-lock.js';
import { inTransaction, type Client, type Pool } from './pool.js';
import type { SeedVault } from './seed-vault.js';

export interface LuckyBox {
  key: string;
  name: string;
  currency: string;
  state: 'draft' | 'open' | 'closed';
  /** In their order, the fallback last. */
  prizes: (Prize & { drawn: number })[];
  terms: string | null;
  /** Hex; the seed null until the close. */
  commitment: string | null;
  seed: string | null;
  createdBy: string;
  createdAt: Date;
  openedAt: Date | null;
  closedAt: Date | null;
  closedBy: string | null;
  closeReason: string | null;
}

const SELECT = `select key, name, currency, state, terms, encode(commitment, 'hex') as commitment, encode(seed, 'hex') as seed,
  created_by as "createdBy", created_at as "createdAt", opened_at as "openedAt", closed_at as "closedAt", closed_by as "closedBy",
  close_reason as "closeReason", (
    select json_agg(json_build_object('name', z.name, 'kind', z.kind, 'amountMinor', z.amount, 'weight', z.weight, 'stock', z.stock,
      'drawn', z.drawn) order by z.no) from lucky_prizes z where z.box = b.key) as prizes
  from lucky_boxes b`;

export interface DrawRow {
  box: string;
  number: number;
  payoutKey: string;
  /** Its name. */
  prize: string;
  kind: Prize['kind'];
  amount: number;
  currency: string;
  at: Date;
}

const PAGE = 5_000;

export type Closing = 'done' | 'not_open' | 'no_key' | 'campaign_not_ended' | 'run_open' | 'late_may_draw';

/** By key, those that exist. */
export async function boxesNamed(
  client: Client | Pool,
  keys: readonly string[],
): Promise<Map<string, { currency: string; closed: boolean; termsSha256: string }>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<LuckyBox>(`${SELECT} where key = any($1::text[])`, [keys]);
  return new Map(
    rows.map((box) => [
      box.key,
      { currency: box.currency, closed: box.state === 'closed', termsSha256: termsSha256(box) },
    ]),
  );
}

const termsSha256 = (terms: BoxTerms): string => createHash('sha256').update(termsText(terms), 'utf8').digest('hex');

/**
 * At a launch: of each box that is still a draft the seed is drawn, sealed and committed to. `named`: SHA-256 of their terms as they were approved.
 * Returns those that are not what was approved, closed, or have no key to seal them. Lock order: boxes by key.
 */
export async function openBoxes(
  client: Client,
  named: Readonly<Record<string, string>>,
  vault: SeedVault,
  { by, now }: Authored,
): Promise<string[]> {
  const keys = Object.keys(named).sort();
  if (keys.length === 0) return [];
  await client.query('select from lucky_boxes where key = any($1::text[]) order by key for update', [keys]);
  const { rows } = await client.query<LuckyBox>(`${SELECT} where key = any($1::text[]) order by key`, [keys]);
  const refused = keys.filter((key) => {
    const box = rows.find((row) => row.key === key);
    return !box || box.state === 'closed' || termsSha256(box) !== named[key];
  });
  if (refused.length > 0) return refused;
  for (const box of rows.filter(({ state }) => state === 'draft')) {
    const drawn = vault.draw(box.key);
    if (!drawn) return [box.key];
    const terms = termsText(box);
    const commitment = commitmentOf(drawn.seed, terms);
    await client.query(
      `update lucky_boxes set state = 'open', terms = $2, commitment = $3, sealed_seed = $4, opened_at = $5 where key = $1`,
      [box.key, terms, commitment, drawn.sealed, new Date(now)],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'lucky-box.open',
      subject: `lucky-box/${box.key}`,
      before: { state: 'draft' },
      after: { state: 'open', commitment: commitment.toString('hex'), terms },
    });
  }
  return [];
}

export class LuckyBoxesStore {
  constructor(private readonly pool: Pool) {}

  async find(key: string, client: Client | Pool = this.pool): Promise<LuckyBox | null> {
    const { rows } = await client.query<LuckyBox>(`${SELECT} where key = $1`, [key]);
    return rows[0] ?? null;
  }

  /** By key, one more than `limit`. */
  async list(after: string, limit: number): Promise<LuckyBox[]> {
    const { rows } = await this.pool.query<LuckyBox>(`${SELECT} where key > $1 order by key limit $2`, [
      after,
      limit + 1,
    ]);
    return rows;
  }

  /** By number; those of one snapshot per page, and draws are only appended. */
  async *draws(box: string): AsyncGenerator<DrawRow> {
    for (let after = 0; ;) {
      const { rows } = await this.pool.query<DrawRow>(
        `select d.box, d.no as number, d.payout_key as "payoutKey", z.name as prize, z.kind, d.amount, b.currency, d.at
         from lucky_draws d join lucky_boxes b on b.key = d.box join lucky_prizes z on z.box = d.box and z.no = d.prize
         where d.box = $1 and d.no > $2 order by d.no limit $3`,
        [box, after, PAGE],
      );
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.number;
    }
  }

  /** Make a draft or change it; false where it is open or closed and something else than asked. */
  async put(
    { name, terms, createOnly = false }: { name: string; terms: BoxTerms; createOnly?: boolean },
    { by, now }: Authored,
  ): Promise<'put' | 'committed' | 'exists'> {
    const { key, currency, prizes } = terms;
    return await inTransaction(this.pool, async (client) => {
      await lockDefinition(client, `lucky-box/${key}`);
      await client.query('select from lucky_boxes where key = $1 for update', [key]);
      const before = await this.find(key, client);
      const stands = before?.name === name && termsText(before) === termsText(terms);
      if (before && createOnly) return 'exists';
      if (before && (stands || before.state !== 'draft')) return stands ? 'put' : 'committed';
      await client.query(
        `insert into lucky_boxes (key, name, currency, created_by, created_at) values ($1, $2, $3, $4, $5)
         on conflict (key) do update set name = excluded.name, currency = excluded.currency`,
        [key, name, currency, by, new Date(now)],
      );
      await client.query('delete from lucky_prizes where box = $1', [key]);
      await client.query(
        `insert into lucky_prizes (box, no, name, kind, amount, weight, stock)
         select $1, n - 1, x.name, x.kind, x."amountMinor", x.weight, x.stock
         from rows from (json_to_recordset($2::json) as (name text, kind text, "amountMinor" bigint, weight bigint, stock bigint))
           with ordinality as x(name, kind, "amountMinor", weight, stock, n)`,
        [key, JSON.stringify(prizes)],
      );
      await appendAudit(client, {
        at: now,
        actor: by,
        action: 'lucky-box.put',
        subject: `lucky-box/${key}`,
        ...(before ? { before: { name: before.name, terms: termsText(before) } } : {}),
        after: { name, terms: termsText(terms) },
      });
      return 'put';
    });
  }

  /** Inside the caller's transaction. Nobody may draw any more: campaigns that name it have ended, their runs are closed, late responses too late. */
  async close(client: Client, key: string, reason: string, vault: SeedVault, { by, now }: Authored): Promise<Closing> {
    const { rows } = await client.query<{ state: string; sealed: Buffer }>(
      'select state, sealed_seed as sealed from lucky_boxes where key = $1 for update',
      [key],
    );
    const [box] = rows;
    if (box?.state !== 'open') return 'not_open';
    const refusal = await mayStillDraw(client, key, now);
    if (refusal) return refusal;
    if (!vault.opens(box.sealed)) return 'no_key';
    const seed = vault.open(key, box.sealed);
    await client.query(
      `update lucky_boxes set state = 'closed', seed = $2, closed_at = $3, closed_by = $4, close_reason = $5 where key = $1`,
      [key, seed, new Date(now), by, reason],
    );
    await appendAudit(client, {
      at: now,
      actor: by,
      action: 'lucky-box.close',
      subject: `lucky-box/${key}`,
      reason,
      before: { state: 'open' },
      after: { state: 'closed', seed: seed.toString('hex') },
    });
    return 'done';
  }
}

async function mayStillDraw(client: Client, key: string, now: number): Promise<Closing | null> {
  const { rows } = await client.query<{ ended: boolean; open: boolean; closed_at: Date | null; late: string | null }>(
    `select c.state = 'ended' as ended, coalesce(r.state <> 'closed', false) as open, r.closed_at, v.definition #>> '{campaign,late}' as late
     from campaign_versions v join campaigns c on c.key = v.campaign
     left join runs r on r.campaign = v.campaign and r.version = v.version
     where v.definition -> 'boxes' ? $1`,
    [key],
  );
  if (rows.some(({ open }) => open)) return 'run_open';
  if (rows.some(({ ended }) => !ended)) return 'campaign_not_ended';
  const until = rows.map(({ closed_at: at, late }) => (at?.getTime() ?? 0) + spanMs(late ?? LATE_DEFAULT));
  return until.some((end) => end > now) ? 'late_may_draw' : null;
}
