/**
 * Whose work an approval of a campaign would be about: of each version that it pins its author, of a lucky box whoever has put it last.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { PinnedSegment, PinnedTemplate } from '../../src/domain/journey/definition.js';
import type { BoxTerms } from '../../src/domain/ledger/lucky-box.js';
import { authorsOf } from '../../src/storage/content-authors.js';
import { LuckyBoxesStore } from '../../src/storage/lucky-boxes.store.js';
import { createPool, type Pool } from '../../src/storage/pool.js';
import { SegmentsStore } from '../../src/storage/segments.store.js';
import { TemplatesStore } from '../../src/storage/templates.store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { T0 } from '../support/seed.js';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.appUrl);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const by = (person: string) => ({ by: person, now: T0 });
const segment = (key: string, version: number, uses?: string[]): PinnedSegment => {
  return { key, version, rule: { combinator: 'and', rules: [] }, ...(uses ? { uses } : {}) };
};
const template = (key: string, version: number): PinnedTemplate => {
  return { key, version, channel: 'push', title: null, body: '' };
};

it('is told by version, of segments inside others and of further channels, too, and of boxes by their last put', async () => {
  const [templates, segments, boxes] = [new TemplatesStore(pool), new SegmentsStore(pool), new LuckyBoxesStore(pool)];
  const rule = { combinator: 'and' as const, rules: [{ field: 'id', operator: 'notNull' as const }] };
  for (const key of ['main', 'inner', 'label', 'branch', 'unnamed'])
    for (const version of [1, 2])
      await segments.put({ key, name: `${key} ${version}`, rule, source: null }, by(`${key}-${version}`));
  for (const key of ['first', 'further', 'unnamed'])
    for (const version of [1, 2])
      await templates.put(
        { key, channel: 'push', title: null, body: `${version}`, variables: [] },
        by(`${key}-${version}`),
      );
  const prizes: BoxTerms['prizes'] = [{ name: 'none', kind: 'nothing', amountMinor: 0, weight: 1, stock: null }];
  for (const key of ['box', 'unnamed'])
    for (const person of ['m', 'n'])
      await boxes.put({ name: `of ${person}`, terms: { key, currency: 'KRW', prizes } }, by(person));

  const pinned = { segment: segment('main', 2, ['inner@1']), templates: { send: template('first', 1) } };
  expect(await authorsOf(pool, pinned)).toEqual([
    { name: 'first@1', madeBy: 'first-1' },
    { name: 'inner@1', madeBy: 'inner-1' },
    { name: 'main@2', madeBy: 'main-2' },
  ]);
  const all = {
    ...pinned,
    labels: [{ name: 'a label', ...segment('label', 2) }],
    segments: { branch: segment('branch', 1) },
    fallbacks: { send: [template('further', 2)] },
    boxes: { box: 'terms' },
  };
  expect((await authorsOf(pool, all)).map(({ name, madeBy }) => `${name} ${madeBy}`)).toEqual([
    'box n',
    'branch@1 branch-1',
    'first@1 first-1',
    'further@2 further-2',
    'inner@1 inner-1',
    'label@2 label-2',
    'main@2 main-2',
  ]);
});
