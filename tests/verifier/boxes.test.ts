/**
 * The draws in a monthly statement: as the books have them they verify, and whatever is changed in them is named.
 */
import { describe, expect, it } from '@jest/globals';
import { commitmentOf, OpenBox, termsText, type BoxTerms } from '../../src/domain/ledger/lucky-box.js';
import { Boxes } from '../../src/verifier/boxes.js';
import type { Json } from '../../src/verifier/lines.js';

const SEED = Buffer.alloc(32, 7);
const COUNT = 60;
const TERMS: BoxTerms = {
  key: 'spring',
  currency: 'KRW',
  prizes: [
    { name: 'grand', kind: 'cashback', amountMinor: 100_000, weight: 1, stock: 2 },
    { name: 'coffee', kind: 'coupon', amountMinor: 5_000, weight: 5, stock: 9 },
    { name: 'next time', kind: 'nothing', amountMinor: 0, weight: 4, stock: null },
  ],
};

/** Lines of the statement, as its writer has them, and the payouts of what was drawn. */
function month(isClosed: boolean) {
  const terms = termsText(TERMS);
  const open = new OpenBox(TERMS, SEED, [0, 0, 0]);
  for (let n = 0; n < COUNT; n += 1) open.take(`p/run/draw/1/c${n}/1`, 100_000);
  const draws = [...open.draws.values()].map(({ number, payoutKey: key, prize: at, amountMinor }): Json => {
    const { name: prize, kind: reward } = TERMS.prizes[at] ?? { name: '', kind: '' };
    return { kind: 'draw', box: 'spring', number: String(number), key, prize, reward, amount: String(amountMinor) };
  });
  const box: Json = {
    kind: 'box',
    box: 'spring',
    terms,
    commitment: commitmentOf(SEED, terms).toString('hex'),
    seed: isClosed ? SEED.toString('hex') : null,
    drawn: String(draws.length),
  };
  const won = draws.filter(({ amount }) => amount !== '0');
  const rest = { campaign: 'c', provider: 'p', budget: 'b', state: 'paid', reference: null, moved: [], line: 1 };
  const payouts = new Map(
    won.map(({ key, reward, amount }) => {
      return [String(key), { ...rest, reward: String(reward), amount: String(amount), currency: 'KRW' }];
    }),
  );
  return { box, draws, payouts };
}
type Month = ReturnType<typeof month>;

function faultsOf({ box, draws, payouts }: Month): string[] {
  const faults: string[] = [];
  const boxes = new Boxes((where, what) => void faults.push(`${where}: ${what}`));
  boxes.box(1, box);
  for (const [n, draw] of draws.entries()) boxes.draw(n + 2, draw);
  boxes.end(payouts);
  return faults;
}

/** Of the first draw of this prize: its place. */
const drew = ({ draws }: Month, prize: string) => draws.findIndex((draw) => draw['prize'] === prize);

const ANY: [what: string, change: (of: Month) => void, named: RegExp][] = [
  ['a draw that is gone', ({ draws }) => void draws.splice(3, 1), /draw 5 of spring stands where 4 should/],
  ['the last draw gone', ({ draws }) => void draws.pop(), /counts 60 draws, the statement has 59/],
  ['a draw twice', ({ draws }) => void draws.splice(3, 0, { ...draws[2] }), /stands where|drew twice/],
  ['a draw of another box', ({ draws }) => void ((draws[0] as Json)['box'] = 'other'), /does not have/],
  [
    'an amount that no prize has',
    (of) => void ((of.draws[drew(of, 'coffee')] as Json)['amount'] = '5001'),
    /is of no prize that it has/,
  ],
  [
    'a payout of more than was drawn',
    ({ payouts }) => {
      const [[key, payout] = ['', null]] = payouts;
      if (payout) payouts.set(key, { ...payout, amount: '999999' });
    },
    /is not what was drawn for it/,
  ],
];
const CLOSED: typeof ANY = [
  ['another seed', ({ box }) => void (box['seed'] = '00'.repeat(32)), /do not give its commitment/],
  [
    'other terms',
    ({ box }) => void (box['terms'] = String(box['terms']).replace('"weight":1,', '"weight":2,')),
    /do not give its commitment/,
  ],
  [
    'a draw that another prize is said of',
    (of) =>
      void Object.assign(of.draws[drew(of, 'next time')] as Json, {
        prize: 'coffee',
        reward: 'coupon',
        amount: '5000',
      }),
    /was next time, and the statement says otherwise/,
  ],
  [
    'two winners who have changed places',
    (of) => {
      const [a, b] = [of.draws[drew(of, 'coffee')] as Json, of.draws[drew(of, 'next time')] as Json];
      [a['key'], b['key']] = [b['key'], a['key']];
    },
    /the statement says otherwise/,
  ],
];

describe('the draws of a statement', () => {
  it('verify while their box is open, and when it is closed', () => {
    for (const isClosed of [false, true]) expect(faultsOf(month(isClosed))).toEqual([]);
    const { draws } = month(true);
    expect(new Set(draws.map(({ prize }) => prize))).toEqual(new Set(['grand', 'coffee', 'next time']));
  });

  it.each([
    ...ANY.map((one) => [...one, false] as const),
    ...ANY.map((one) => [...one, true] as const),
    ...CLOSED.map((one) => [...one, true] as const),
  ])('name %s', (_what, change, named, isClosed) => {
    const changed = month(isClosed);
    change(changed);
    expect(faultsOf(changed)).toContainEqual(expect.stringMatching(named));
  });
});
