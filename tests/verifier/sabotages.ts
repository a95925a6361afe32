/**
 * What somebody may do to a statement or to the settlements beside it, and how the verifier has to name it.
 */
import { linkHash } from '../../src/domain/ledger/chain.js';
import {
  headStatement,
  keyStatement,
  hashOfStatement,
  signaturesOf,
  ZEROS,
} from '../../src/domain/ledger/signed-heads.js';
import { FORGER } from '../support/signed-ledger.js';

export interface Parts {
  lines: string[];
  /** Rows by file. */
  settlements: Map<string, string[]>;
}
interface Sabotage {
  what: string;
  change: (parts: Parts) => void;
  named: RegExp;
  /** It is in the statement, so that signing anew hides the change of the bytes, and nothing more. */
  resigned: boolean;
}

type Line = Record<string, unknown>;
type Chained = [id: string, kind: string, payout: string | null, at: string, recordedAt: string, entries: string[][]];

const find = (lines: readonly string[], kind: string, part = '', nth = 0): number => {
  const fitting = [...lines.keys()].filter((n) => lines[n]?.startsWith(`{"kind":"${kind}"`) && lines[n].includes(part));
  const found = fitting[nth];
  if (found === undefined) throw new Error(`no line ${kind} with ${part}`);
  return found;
};
const edit = (lines: string[], n: number, change: (line: Line) => void): void => {
  const line = JSON.parse(lines[n] as string) as Line;
  change(line);
  lines[n] = JSON.stringify(line);
};
const without = (kind: string, part: string) => (parts: Parts) =>
  void parts.lines.splice(find(parts.lines, kind, part), 1);
const edited = (kind: string, part: string, members: Line) => (parts: Parts) =>
  edit(parts.lines, find(parts.lines, kind, part), (line) => Object.assign(line, members));
const setAmount = (line: Line, amount: string) =>
  (line['transfer'] as Chained)[5].forEach((entry) => (entry[2] = amount));
const rowsOf = ({ settlements }: Parts, name: string): string[] => {
  const rows = [...(settlements.get(name) ?? [])];
  settlements.set(name, rows);
  return rows;
};

/** Every link from this line on, computed anew. */
function rechain(lines: string[], from: number): void {
  let previous = Buffer.from(hashBefore(lines, from), 'hex');
  for (let n = from; lines[n]?.startsWith('{"kind":"transfer"'); n += 1) {
    edit(lines, n, (line) => {
      const [id, kind, payoutKey, atMicros, recordedAtMicros, entries] = line['transfer'] as Chained;
      const transfer = { id, kind, payoutKey, atMicros, recordedAtMicros, entries: entries as never };
      previous = linkHash(previous, transfer) as Buffer<ArrayBuffer>;
      line['hash'] = previous.toString('hex');
    });
  }
}
function hashBefore(lines: readonly string[], n: number): string {
  const before = JSON.parse(lines[n - 1] as string) as Line;
  if (before['kind'] === 'transfer') return before['hash'] as string;
  return ((JSON.parse(lines[0] as string) as Line)['chain'] as { hash: string }).hash;
}

/** All signed statements anew, by another key and with the chain as it stands. */
function resignHeads(lines: string[]): void {
  const hashes = new Map(
    lines.map((text) => JSON.parse(text) as Line).map((line) => [line['no'] as number, line['hash'] as string]),
  );
  let previous = ZEROS;
  for (let n = find(lines, 'signed'); lines[n]?.startsWith('{"kind":"signed"'); n += 1) {
    const old = JSON.parse((JSON.parse(lines[n] as string) as { statement: string }).statement) as Line;
    const follows = { no: old['no'] as number, previous, at: Date.parse(old['at'] as string) };
    const end = { ...(old as never as Parameters<typeof headStatement>[2]) };
    end.hash = hashes.get(end.through) ?? end.hash;
    const statement = old['kind'] === 'key' ? keyStatement(follows, FORGER) : headStatement(follows, FORGER, end);
    previous = hashOfStatement(statement);
    lines[n] = JSON.stringify({ kind: 'signed', statement, signatures: signaturesOf(statement, [FORGER]) });
  }
}

const A0 = 'p/a/reward/1/a-c0/1';
const STATEMENT: Omit<Sabotage, 'resigned'>[] = [
  { what: 'a deleted entry', change: without('transfer', `${A0}#pay`), named: /link \d+ comes after link/ },
  {
    what: 'an entry of which one side is gone',
    change: ({ lines }) => edit(lines, find(lines, 'transfer'), (line) => (line['transfer'] as Chained)[5].pop()),
    named: /not one debit and one credit/,
  },
  {
    what: 'an edited amount',
    change: ({ lines }) => edit(lines, find(lines, 'transfer', `${A0}#pay`), (line) => setAmount(line, '5001')),
    named: /link \d+ does not follow/,
  },
  {
    what: 'an edited amount with every later link computed anew',
    change({ lines }) {
      const n = find(lines, 'transfer', `${A0}#pay`);
      edit(lines, n, (line) => setAmount(line, '5001'));
      rechain(lines, n);
    },
    named: /link \d+ was signed with another hash/,
  },
  {
    what: 'a chain re-signed with another key',
    change({ lines }) {
      const n = find(lines, 'transfer', `${A0}#pay`);
      edit(lines, n, (line) => setAmount(line, '5001'));
      rechain(lines, n);
      resignHeads(lines);
    },
    named: /line 2: the first key is not the one that was given/,
  },
  {
    what: 'a reordered chain',
    change({ lines }) {
      const n = find(lines, 'transfer', '', 3);
      lines.splice(n, 2, lines[n + 1] as string, lines[n] as string);
    },
    named: /link 6 comes after link 4/,
  },
  {
    what: 'a transfer that is there twice',
    change: ({ lines }) => lines.splice(find(lines, 'transfer'), 0, lines[find(lines, 'transfer')] as string),
    named: /is there twice/,
  },
  {
    what: 'a transfer moved into another month',
    change: edited('transfer', `${A0}#pay`, { postedOn: '2026-04-01' }),
    named: /the day of posting is 2026-03-05/,
  },
  { what: 'a head that is gone', change: without('signed', '"no\\":3'), named: /not signed statement 3/ },
  {
    what: 'a closing with another person',
    change: ({ lines }) =>
      edit(lines, find(lines, 'closing', '2026-03'), (line) => ((line['closing'] as unknown[])[6] = 'nobody')),
    named: /the closings until here are not those/,
  },
  { what: 'a closing that is gone', change: without('closing', '2026-03'), named: /closing 2 was signed and is not/ },
  {
    what: 'a swapped reference',
    change: edited('payout', A0, { reference: 'ref-1-pay-a' }),
    named: /2026-03-05\.csv line 2: payout .* has the reference/,
  },
  {
    what: 'a payout of another amount',
    change: edited('payout', A0, { amount: '9' }),
    named: /its payout is of 9 KRW/,
  },
  {
    what: 'a payout of another budget',
    change: edited('payout', A0, { budget: 'main' }),
    named: /accounts of its payout/,
  },
  {
    what: 'a payout in another state',
    change: edited('payout', A0, { state: 'held' }),
    named: /is held, but has a transfer pay/,
  },
  {
    what: 'a payout that is gone',
    change: without('payout', A0),
    named: /of a payout that the statement does not have/,
  },
  {
    what: 'an edited opening',
    change: edited('opening', 'budget:main', { debits: '1' }),
    named: /opening debits and credits/,
  },
  {
    what: 'an edited balance',
    change: edited('balance', 'clearing:pay-a', { debits: '1' }),
    named: /the balance of clearing:pay-a/,
  },
  {
    what: 'a balance that is gone',
    change: without('balance', 'clearing:pay-b'),
    named: /no balance of clearing:pay-b/,
  },
  { what: 'an edited total', change: edited('total', '"pay"', { amount: '1' }), named: /the total says \d+ of 1;/ },
  { what: 'a total that is gone', change: without('total', '"reverse"'), named: /no total of/ },
  {
    what: 'a late payment that is not told',
    change: without('elsewhere', 'pay-a'),
    named: /pay-a\/2026-03-31\.csv line 2: the books of the month have no payment/,
  },
  {
    what: 'a late reversal that is not told',
    change: without('elsewhere', '"reverse"'),
    named: /pay-b\/2026-03-31\.csv line 3: the books of the month have no payment/,
  },
  {
    what: 'another month',
    change: edited('statement', '', { month: '2026-02' }),
    named: /payout .* has no transfer in this month/,
  },
  {
    what: 'a line of no kind in its place',
    change: ({ lines }) => lines.splice(1, 0, '{"kind":"total"}'),
    named: /not in its place/,
  },
];

const SETTLEMENT: Omit<Sabotage, 'resigned'>[] = [
  {
    what: 'a doubled payment in the provider’s settlement',
    change: (parts) => rowsOf(parts, 'pay-a/2026-03-07.csv').push(`${A0},again,5000,KRW,2026-03-07T01:00:00.000Z`),
    named: /2026-03-07\.csv line 2: payout .* is paid again/,
  },
  {
    what: 'a late payment that the settlement has twice',
    change: (parts) =>
      rowsOf(parts, 'pay-a/2026-03-31.csv').push(parts.settlements.get('pay-a/2026-03-31.csv')?.[0] ?? ''),
    named: /pay-a\/2026-03-31\.csv line 3: the books of the month have no payment/,
  },
  {
    what: 'a settlement row removed',
    change: (parts) => rowsOf(parts, 'pay-a/2026-03-05.csv').shift(),
    named: /line \d+: payout p\/a\/reward\/1\/a-c0\/1 is in no settlement/,
  },
  {
    what: 'references swapped in a settlement',
    change(parts) {
      const rows = rowsOf(parts, 'pay-a/2026-03-05.csv');
      const swap: Record<string, string> = { 'ref-0-pay-a': 'ref-1-pay-a', 'ref-1-pay-a': 'ref-0-pay-a' };
      rows.forEach((row, n) => (rows[n] = row.replace(/ref-\d-pay-a/, (reference) => swap[reference] ?? '')));
    },
    named: /2026-03-05\.csv line 3: payout .* has the reference/,
  },
  {
    what: 'another amount in a settlement',
    change(parts) {
      const rows = rowsOf(parts, 'pay-b/2026-03-20.csv');
      rows[0] = rows[0]?.replace(',5000,', ',5001,') as string;
    },
    named: /2026-03-20\.csv line 2: payout .* has 5001 KRW, and the books 5000 KRW/,
  },
  {
    what: 'another currency in a settlement',
    change(parts) {
      const rows = rowsOf(parts, 'pay-b/2026-03-20.csv');
      rows[0] = rows[0]?.replace('KRW', 'JPY') as string;
    },
    named: /has 5000 JPY, and the books 5000 KRW/,
  },
  {
    what: 'a payment that we do not know',
    change: (parts) => rowsOf(parts, 'pay-b/2026-03-09.csv').push('stranger,r,1,KRW,2026-03-09T01:00:00.000Z'),
    named: /2026-03-09\.csv line 2: the books of the month have no payment stranger/,
  },
  {
    what: 'a payment hidden in another day',
    change: (parts) => rowsOf(parts, 'pay-b/2026-03-09.csv').push('stranger,r,1,KRW,2026-05-09T01:00:00.000Z'),
    named: /which is not of this day/,
  },
  {
    what: 'a payment taken back that we do not know',
    change: (parts) => rowsOf(parts, 'pay-a/2026-03-06.csv').push(`${A0},b,-5000,KRW,2026-03-06T01:00:00.000Z`),
    named: /is taken back, and the books do not know/,
  },
  {
    what: 'a reversal that the provider does not have',
    change: (parts) => rowsOf(parts, 'pay-a/2026-03-25.csv').shift(),
    named: /is reversed, and no settlement takes it back/,
  },
  {
    what: 'a day without its settlement',
    change: ({ settlements }) => void settlements.delete('pay-a/2026-03-09.csv'),
    named: /pay-a\/2026-03-09\.csv: there is no settlement of this day/,
  },
  {
    what: 'a row that is none',
    change: (parts) => rowsOf(parts, 'pay-a/2026-03-06.csv').push('x,y,5.5,KRW,2026-03-06T01:00:00.000Z'),
    named: /2026-03-06\.csv line 2: no row of a settlement/,
  },
];

export const SABOTAGES: Sabotage[] = [
  ...STATEMENT.map((one) => ({ ...one, resigned: !/head|key/.test(one.what) })),
  ...SETTLEMENT.map((one) => ({ ...one, resigned: false })),
];
