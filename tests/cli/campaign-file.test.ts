/**
 * A campaign's file says exactly what it was written from, whatever its texts look like, and every pointer leads to a line of it.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCampaign, writeCampaign } from '../../src/cli/campaign-file.js';
import { differencesOf, stepsOf } from '../../src/cli/json-pointer.js';
import { campaignSchema } from '../../src/domain/journey/definition.js';
import { seeded } from '../support/seeded.js';
import { twoWaves } from '../support/campaigns.js';

const SEED = seeded('campaign files');
const LOOKS_LIKE_ELSE = [
  'yes',
  'no',
  'null',
  '~',
  '1e3',
  '0x1F',
  '00:00',
  '2026-01-01',
  '- a',
  '# b',
  '&c',
  '*d',
  '<<',
  ' ',
  '',
  '\n',
  '\u2028',
  '\ufeff',
  "'",
  '"',
];
const text = fc.oneof(fc.constantFrom(...LOOKS_LIKE_ELSE), fc.string({ unit: 'binary' }));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(text, tie('any'), { maxKeys: 4 }),
  ),
})).any;

describe('a campaign’s file', () => {
  it('holds any JSON unchanged', () => {
    fc.assert(
      fc.property(value, (content) => {
        const json: unknown = JSON.parse(JSON.stringify({ content }));
        expect(parseCampaign(writeCampaign(json), 'x').content).toEqual(json);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('holds a campaign unchanged, its fields and nodes in reading order', () => {
    fc.assert(
      fc.property(text, text, fc.boolean(), (name, memo, backwards) => {
        const draft = campaignSchema.parse({ ...twoWaves(), name: `n${name}`.slice(0, 200) });
        for (const node of Object.values(draft.journey.nodes))
          if (node.type === 'reward') node.memo = memo.slice(0, 100);
        const fields = Object.entries(draft);
        const stored: unknown = Object.fromEntries(backwards ? fields.reverse() : fields);
        const written = writeCampaign(stored);
        expect(parseCampaign(written, 'x').content).toEqual(stored);
        expect(written).toMatch(/^key: [^]*\njourney:\n {2}start: send-1\n {2}nodes:\n {4}send-1:\n {6}type: send\n/);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('finds the place of each value by its pointer, and of what is missing that of what is around it', () => {
    const file = parseCampaign('a:\n  - b: 1\n    c/d: 2\n"~": {e: 3}\n', 'x');
    expect(file.placeOf('/a/0/b')).toEqual({ line: 2, column: 8 });
    expect(file.placeOf('/a/0/c~1d')).toEqual({ line: 3, column: 10 });
    expect(file.placeOf('/~0/e')).toEqual({ line: 4, column: 10 });
    expect(file.placeOf('/a/0/none/deeper')).toEqual({ line: 2, column: 5 });
    expect(file.placeOf('')).toEqual({ line: 1, column: 1 });
    expect(parseCampaign('', 'x').placeOf('/key')).toEqual({ line: 1, column: 1 });
  });
});

describe('differences', () => {
  it('are none exactly where two values are the same, and each names a place where they differ', () => {
    const at = (whole: unknown, pointer: string): unknown =>
      stepsOf(pointer).reduce<unknown>(
        (inside, step) =>
          typeof inside === 'object' && inside !== null && Object.hasOwn(inside, step)
            ? (inside as Record<string, unknown>)[step]
            : undefined,
        whole,
      );
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [from, to] = [JSON.parse(JSON.stringify(a)) as unknown, JSON.parse(JSON.stringify(b)) as unknown];
        const differences = differencesOf(from, to);
        expect(differences.length === 0).toBe(JSON.stringify(sorted(from)) === JSON.stringify(sorted(to)));
        for (const { pointer, ...sides } of differences) {
          expect([sides.from, sides.to]).toEqual([at(from, pointer), at(to, pointer)]);
        }
        expect(differencesOf(from, from)).toEqual([]);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

/** Fields as sorted pairs, so that equal values have equal texts. */
function sorted(whole: unknown): unknown {
  if (Array.isArray(whole)) return whole.map(sorted);
  if (typeof whole !== 'object' || whole === null) return whole;
  const fields = Object.entries(whole).sort(([a], [b]) => (a < b ? -1 : 1));
  return { fields: fields.map(([name, inside]) => [name, sorted(inside)]) };
}
