/**
 * Sub-segment labels on a real database: the first that holds, asked of Postgres or a lake as of the freeze or of a customer's own entry, and kept whatever
 * changes after it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { campaignSchema, type LaunchedCampaign } from '../../src/domain/journey/definition.js';
import type { Rule, RuleGroup } from '../../src/domain/segment/rule.js';
import { sourceSchema } from '../../src/domain/segment/source.js';
import { AudienceStore } from '../../src/storage/audience.store.js';
import { enterRun } from '../../src/storage/entrants.store.js';
import { createPool, inTransaction, type Pool } from '../../src/storage/pool.js';
import { SegmentSources } from '../../src/storage/segment-sources.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { writeParquet } from '../support/lake.js';
import { openRun } from '../support/open-run.js';
import { emptyTables, seedCustomers, T0 } from '../support/seed.js';

const all = (...rules: Rule[]): RuleGroup => ({ combinator: 'and', rules });
const grade = (value: string) => all({ field: 'attribute.grade', operator: '=', value });
const bought = all({ field: 'event.count', of: { event: 'purchase' }, operator: '>=', value: 1 });
const pinned = (rule: RuleGroup, source?: string) => ({ key: 's', version: 1, rule, ...(source ? { source } : {}) });

describe('labels', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pado-labels-'));
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.appUrl);
    await writeParquet(folder, { 'fished.parquet': { columns: { id: 'varchar' }, rows: [{ id: 'a' }, { id: 'd' }] } });
  });
  beforeEach(async () => {
    await emptyTables(database.pool);
    await seedCustomers(database.pool, ['a', 'b', 'c', 'd', 'e', 'late']);
    await setGrades({ a: 'gold', b: 'gold', c: 'basic', d: 'basic', e: 'none', late: 'gold' });
    for (const [id, at] of [
      ['b', T0 - 1],
      ['c', T0 - 1],
      ['e', T0],
    ] as const) {
      await database.pool.query(
        `insert into events (message_id, customer_id, name, properties, occurred_at, received_at)
         values ($1, $1, 'purchase', '{}', $2, $2)`,
        [id, new Date(at)],
      );
    }
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function setGrades(grades: Record<string, string>): Promise<void> {
    for (const [id, value] of Object.entries(grades))
      await database.pool.query(
        `update customers set attributes = jsonb_build_object('grade', $2::text) where id = $1`,
        [id, value],
      );
  }
  function launched(key: string, labels: LaunchedCampaign['labels']): LaunchedCampaign {
    const journey = { start: 'out', nodes: { out: { type: 'exit' } } };
    return {
      campaign: campaignSchema.parse({ key, name: key, purpose: 'information', segment: 's', journey }),
      segment: pinned(all({ field: 'id', operator: '!=', value: 'late' })),
      ...(labels ? { labels } : {}),
      templates: {},
      waves: { out: 0 },
    };
  }
  async function labelled(run: string): Promise<Record<string, string | null>> {
    const { rows } = await database.pool.query<{ id: string; label: string | null }>(
      'select customer_id as id, label from participants where run_id = $1 order by 1',
      [run],
    );
    return Object.fromEntries(rows.map(({ id, label }) => [id, label]));
  }

  it('are the first that holds at the freeze, and stay', async () => {
    const labels = [
      { name: 'buyers', ...pinned(bought) },
      { name: 'gold', ...pinned(grade('gold')) },
    ];
    await openRun(database.pool, pool, launched('run', labels), T0);
    const frozen = { a: 'gold', b: 'buyers', c: 'buyers', d: null, e: null };
    expect(await labelled('run')).toEqual(frozen);
    await setGrades({ a: 'basic', d: 'gold' });
    await new AudienceStore(pool, 'test').freeze('run', T0 + 1);
    expect(await labelled('run')).toEqual(frozen);
    const { rows } = await database.pool.query(`select versions from decision_contexts where kind = 'freeze'`);
    expect(rows).toEqual([{ versions: { segment: 's@1', labels: ['s@1', 's@1'] } }]);
  });

  it('of an entrant are those of their own entry', async () => {
    await openRun(database.pool, pool, launched('run', [{ name: 'gold', ...pinned(grade('gold')) }]), T0);
    await setGrades({ c: 'gold', late: 'basic' });
    const enter = (id: string) => inTransaction(pool, (client) => enterRun(client, 'run', [id], { by: 'm', now: T0 }));
    expect(await enter('late')).toMatchObject({ entered: 1 });
    expect(await enter('c')).toMatchObject({ refused: [{ customer: 'c', reason: 'duplicate' }] });
    expect(await labelled('run')).toEqual({ a: 'gold', b: 'gold', c: null, d: null, e: null, late: null });
    await database.pool.query(`delete from participants where customer_id = 'late'`);
    await setGrades({ late: 'gold' });
    expect(await enter('late')).toMatchObject({ entered: 1 });
    expect(await labelled('run')).toMatchObject({ late: 'gold' });
  });

  it('of a lake are read with the audience, not for an entrant; a lake that is gone freezes nobody', async () => {
    const pond = sourceSchema.parse({ name: 'pond', folder, customers: { files: '*.parquet', id: 'id' } });
    const everybody = all({ field: 'id', operator: 'notNull' });
    const labels = [
      { name: 'fished', ...pinned(everybody, 'pond') },
      { name: 'gold', ...pinned(grade('gold')) },
    ];
    await expect(openRun(database.pool, pool, launched('run', labels), T0)).rejects.toMatchObject({ source: 'pond' });
    expect(await labelled('run')).toEqual({});
    await new AudienceStore(pool, 'test', new SegmentSources(pool, [pond])).freeze('run', T0);
    expect(await labelled('run')).toEqual({ a: 'fished', b: 'gold', c: null, d: 'fished', e: null });
    await inTransaction(pool, (client) => enterRun(client, 'run', ['late'], { by: 'm', now: T0 }));
    expect(await labelled('run')).toMatchObject({ late: 'gold' });
  });
});
