/**
 * The life of a lucky box in the database: committed to at the opening, kept from then on, closed when nobody may draw any more, and the seed in nobody's
 * hands until then.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BoxTerms } from '../../src/domain/ledger/lucky-box.js';
import { boxesNamed, LuckyBoxesStore, openBoxes } from '../../src/storage/lucky-boxes.store.js';
import { insertIntents } from '../../src/storage/payouts.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { SeedVault } from '../../src/storage/seed-vault.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { intent } from '../support/intents.js';
import { T0 } from '../support/seed.js';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const VAULT = new SeedVault([OLD]);
const HOUR = 3_600_000;
const TERMS: BoxTerms = {
  key: 'box',
  currency: 'KRW',
  prizes: [
    { name: 'one', kind: 'point', amountMinor: 10, weight: 1, stock: 3 },
    { name: 'none', kind: 'nothing', amountMinor: 0, weight: 1, stock: null },
  ],
};

describe('a lucky box', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: LuckyBoxesStore;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    store = new LuckyBoxesStore(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const by = (now: number) => ({ by: 'someone', now });
  const close = (now: number, vault = VAULT) =>
    inTransaction(pool, (client) => store.close(client, 'box', 'over', vault, by(now)));
  const open = async (vault = VAULT, named?: string) => {
    const hash = named ?? (await boxesNamed(pool, ['box'])).get('box')?.termsSha256 ?? '';
    return await inTransaction(pool, (client) => openBoxes(client, { box: hash }, vault, by(T0)));
  };
  const run = (sql: string) => database.pool.query(sql);

  it('is opened as it was approved, with a key, and once', async () => {
    expect(await store.put({ name: 'a box', terms: { ...TERMS, currency: 'USD' } }, by(T0))).toBe('put');
    const stale = (await boxesNamed(pool, ['box'])).get('box')?.termsSha256;
    expect(await store.put({ name: 'a box', terms: TERMS }, by(T0))).toBe('put');
    expect(await open(VAULT, stale)).toEqual(['box']);
    expect(await open(new SeedVault([]))).toEqual(['box']);
    expect(await store.find('box')).toMatchObject({ state: 'draft', commitment: null });
    expect(await open()).toEqual([]);
    const { commitment } = (await store.find('box')) ?? {};
    expect(await open()).toEqual([]);
    expect(await store.find('box')).toMatchObject({ state: 'open', commitment, seed: null });
    const { rows } = await run(`select after from audit_log where action = 'lucky-box.open'`);
    expect(rows).toEqual([{ after: expect.objectContaining({ commitment }) }]);
  });

  it('is kept from then on, whoever writes', async () => {
    expect(await store.put({ name: 'a box', terms: { ...TERMS, currency: 'USD' } }, by(T0))).toBe('committed');
    expect(await store.put({ name: 'a box', terms: TERMS }, by(T0))).toBe('put');
    for (const statement of [
      `update lucky_boxes set name = 'x'`,
      `update lucky_boxes set state = 'closed', seed = sha256('x'), closed_at = '2026-03-03', closed_by = 'x', close_reason = 'x'`,
      'delete from lucky_boxes',
      'truncate lucky_boxes cascade',
      'update lucky_prizes set weight = 9',
      'update lucky_prizes set drawn = 4 where no = 0',
      'delete from lucky_prizes',
      `insert into lucky_prizes values ('box', 2, 'x', 'point', 1, 1, 1, 0)`,
    ])
      await expect(run(statement)).rejects.toThrow(/kept|append-only|lucky_/);
  });

  it('opens only for who has its key, and only itself', async () => {
    const { rows } = await run('select sealed_seed as sealed from lucky_boxes');
    const { sealed } = rows[0] as { sealed: Buffer };
    const seed = new SeedVault([NEW, OLD]).open('box', sealed);
    expect(seed).toHaveLength(32);
    expect(() => new SeedVault([NEW]).open('box', sealed)).toThrow('no key of PADO_BOX_KEYS');
    expect(() => VAULT.open('other', sealed)).toThrow();
    const changed = Buffer.from(sealed);
    changed[30] = (changed[30] ?? 0) ^ 1;
    expect(() => VAULT.open('box', changed)).toThrow();
    expect(sealed.includes(seed)).toBe(false);
  });

  it('closes when its campaign has ended, its runs are closed and late responses are too late; then the seed is revealed', async () => {
    const definition = JSON.stringify({ boxes: { box: 'hash' }, campaign: { late: 'PT1H' } });
    await run(
      `insert into campaigns (key, name, state, draft, edited_by, updated_at) values ('c', 'c', 'launched', '{}', 'm', now())`,
    );
    await run(`insert into campaign_versions values ('c', 1, '${definition}', '', 'm', 'a', 'm', now())`);
    await run(
      `insert into runs (id, campaign, version, trigger_key, state, started_at, opened_by) values ('r', 'c', 1, 'now', 'running', now(), 'm')`,
    );
    expect(await close(T0)).toBe('run_open');
    await database.pool.query(`update runs set state = 'closed', closed_at = $1`, [new Date(T0)]);
    expect(await close(T0 + HOUR)).toBe('campaign_not_ended');
    await run(`update campaigns set state = 'ended'`);
    expect(await close(T0 + HOUR - 1)).toBe('late_may_draw');
    expect(await close(T0 + HOUR, new SeedVault([NEW]))).toBe('no_key');
    expect((await store.find('box'))?.seed).toBeNull();
    expect(await close(T0 + HOUR)).toBe('done');
    expect(await close(T0 + HOUR)).toBe('not_open');
    const { seed, terms, commitment } = (await store.find('box')) ?? {};
    const hash = createHash('sha256')
      .update(Buffer.from(String(seed), 'hex'))
      .update(String(terms));
    expect(hash.digest('hex')).toBe(commitment);
    const { rows } = await run(`select actor, reason, before, after from audit_log where action = 'lucky-box.close'`);
    expect(rows).toEqual([
      { actor: 'someone', reason: 'over', before: { state: 'open' }, after: { state: 'closed', seed } },
    ]);
    await expect(run(`update lucky_boxes set state = 'open', seed = null`)).rejects.toThrow();
    expect(await open()).toEqual(['box']);
  });

  it('draws for nobody any more: the claim is free again, and the trace says why', async () => {
    const row = intent('minji', { kind: 'lucky_box', amountMinor: 0, box: 'box' });
    const judged = await inTransaction(pool, (client) => insertIntents(client, [row], T0, VAULT));
    expect([...judged.values()]).toEqual([{ outcome: 'box_closed', codes: [] }]);
    const { rows } = await run('select count(*)::int as n from claims');
    expect(rows).toEqual([{ n: 0 }]);
  });
});
