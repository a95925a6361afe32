/**
 * Rows that are written as kinds and whose they are: joined again they are the rows that they were, in their order, whatever the values.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alike } from '../../src/storage/alike.js';
import { seeded } from '../support/seeded.js';

interface Item {
  who: string;
  node: string | null;
  at: number | null;
}
const kindOf = ({ node, at }: Item) => ({ node, at });
const rowOf = ({ who }: Item) => ({ who });

describe('rows that are alike', () => {
  it('have their values once', () => {
    const items: Item[] = [
      { who: 'minji', node: 'wait', at: 5 },
      { who: 'juno', node: 'done', at: null },
      { who: 'sora', node: 'wait', at: 5 },
    ];
    expect(alike(items, kindOf, rowOf)).toEqual({
      kinds: [
        { k: 0, node: 'wait', at: 5 },
        { k: 1, node: 'done', at: null },
      ],
      rows: [
        { k: 0, who: 'minji' },
        { k: 1, who: 'juno' },
        { k: 0, who: 'sora' },
      ],
    });
    expect(alike([], kindOf, rowOf)).toEqual({ kinds: [], rows: [] });
  });

  it('are what they were when they are joined again', () => {
    const word = fc.constantFrom('', 'null', '0', 'a', '","', '\u0000', '파도');
    const item = fc.record<Item>({
      who: word,
      node: fc.option(word),
      at: fc.option(fc.constantFrom(0, 1, -1)),
    });
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const { kinds, rows } = alike(items, kindOf, rowOf);
        const joined = rows.map(({ k, ...row }) => ({ ...row, ...kinds.find((kind) => kind.k === k) }));
        expect(joined).toEqual(items.map((own, n) => ({ ...own, k: rows[n]?.k })));
        expect(new Set(kinds.map(({ k: _, ...kind }) => JSON.stringify(kind))).size).toBe(kinds.length);
      }),
      { seed: seeded('rows that are alike') },
    );
  });
});
