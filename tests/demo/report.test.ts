/** What the demo shows of a run: every figure is there, bars tell something from nothing, and nothing open is passed over. */
import { describe, expect, it } from '@jest/globals';
import picocolors from 'picocolors';
import {
  bar,
  isSettled,
  openOf,
  outsideLines,
  reportLine,
  reportLines,
  stageLine,
  stagesBetween,
  type RunReport,
} from '../../src/demo/report.js';
import { openItems, verdictLines, type LawVerdict } from '../../src/demo/verdict.js';

const plain = picocolors.createColors(false);
const NOTHING_OPEN = { participants: 0, failed: 0, messages: 0, payouts: 0 };

function report(over: Partial<RunReport> = {}): RunReport {
  return {
    id: 'r1',
    state: 'closed',
    waves: [
      {
        wave: 1,
        entered: 1_000,
        suppressed: { capped: 30, no_consent: 70, no_address: 9, withdrawn: 4 },
        sent: 887,
        responded: 160,
        late: 0,
        paid: 160,
      },
      { wave: 2, entered: 840, suppressed: { capped: 120 }, sent: 720, responded: 70, late: 2, paid: 69 },
    ],
    payouts: { paid: 229, ambiguous: 1 },
    open: NOTHING_OPEN,
    ...over,
  };
}

describe('a bar', () => {
  it('is as long as its share, in eighths of a column', () => {
    expect(bar(50, 100, 10)).toBe('█████');
    expect(bar(100, 100, 10)).toBe('█'.repeat(10));
    expect(bar(5, 100, 10)).toBe('▌');
  });

  it('shows something where there is little, nothing where there is nothing, and never more than the whole', () => {
    expect(bar(1, 1_000_000, 10)).toBe('▏');
    expect(bar(0, 100)).toBe('');
    expect(bar(1, 0)).toBe('');
    expect(bar(300, 100, 10)).toBe('█'.repeat(10));
  });
});

describe('the report of a run', () => {
  it('has the funnel of both waves, the reasons in words, and payouts by state', () => {
    const text = reportLines(report(), plain).join('\n');
    expect(text).toMatch(/wave 1 +entered +1,000 +█+/);
    expect(text).toMatch(/sent +887 .*\n +responded +160 .*\n +paid +160 /);
    expect(text).toMatch(/not sent +113 +never gave consent 70 · at the cap 30 · no address 9\n +withdrawn 4/);
    expect(text).toMatch(/wave 2 +entered +840 /);
    expect(text).toMatch(/responded +70 .* 2 more came late\n/);
    expect(text).not.toContain(' 0 more');
    expect(text).toMatch(/payouts +earned +230 .*\n +paid 229 · ambiguous 1/);
    expect(text).toMatch(/open +nothing$/);
  });

  it('gives every payout state its share of one bar, however small', () => {
    const line = reportLines(report({ payouts: { paid: 10_000, ambiguous: 1, odd_state: 1 } }), plain).find((one) =>
      one.startsWith('payouts'),
    );
    expect(line?.match(/█/g)).toHaveLength(48);
  });

  it('fits 110 columns with a million customers', () => {
    const wave = {
      wave: 1,
      entered: 1_000_000,
      suppressed: { no_consent: 999_999, consent_refused: 999_999, capped: 999_999, render_failed: 5 },
      sent: 900_000,
      responded: 800_000,
      late: 800_000,
      paid: 700_000,
    };
    const seen = { payments: 999_999, repliesLost: 99_999, repeats: 1, pushedBack: 99_999, answersMissing: 99_999 };
    const lines = [...reportLines(report({ waves: [wave] }), plain), ...outsideLines(seen, plain)];
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(110);
  });

  it('says in one line what a pipe can take', () => {
    expect(reportLine(report())).toBe(
      'wave 1: entered 1,000, sent 887, responded 160, paid 160 | wave 2: entered 840, sent 720, responded 70 and 2 late, paid 69 | payouts: paid 229, ambiguous 1',
    );
  });
});

describe('the end of a run', () => {
  it('is reached when it is closed and nothing is open', () => {
    expect(isSettled(report())).toBe(true);
    expect(isSettled(report({ state: 'running' }))).toBe(false);
  });

  it.each([
    ['people under way 3', { participants: 3 }],
    ['people failed 1', { failed: 1 }],
    ['messages 2', { messages: 2 }],
    ['payouts 4', { payouts: 4 }],
  ])('is not reached with %s', (words, open) => {
    const unfinished = report({ open: { ...NOTHING_OPEN, ...open } });
    expect(isSettled(unfinished)).toBe(false);
    expect(openOf(unfinished)).toEqual([words]);
  });
});

describe('the seven stages', () => {
  it('are those that have done something between two looks', () => {
    const [first, second] = report().waves;
    if (!first || !second) throw new Error('two waves are needed');
    const before = report({
      state: 'opening',
      waves: [
        { ...first, entered: 0, sent: 0, responded: 0 },
        { ...second, entered: 0 },
      ],
    });
    expect([...stagesBetween(null, before)]).toEqual(['trigger']);
    expect([...stagesBetween(before, report())]).toEqual(['audience', 'eligibility', 'offer', 'response', 'branch']);
    expect([...stagesBetween(report({ payouts: {} }), report())]).toEqual(['ledger', 'branch']);
    expect(stagesBetween(report(), report()).size).toBe(0);
  });

  it('are shown in order', () => {
    const line = stageLine(new Set(['offer']), 12.4, plain);
    expect(line).toBe('trigger → audience → eligibility → offer → ledger → response → branch   12 s');
  });
});

describe('the verdict', () => {
  const law = (over: Partial<LawVerdict>): LawVerdict => ({
    law: 1,
    title: 'Payouts exactly once',
    checked: 1_234,
    open: 0,
    found: 0,
    violations: [],
    ...over,
  });

  it('ticks a law that holds, with what was checked', () => {
    expect(verdictLines({ clean: true, laws: [law({})] }, plain).join('\n')).toMatch(
      /^✔ {2}1 {2}Payouts exactly once +1,234 checked$/,
    );
  });

  it('shows the first violations of one that does not, and counts all', () => {
    const violations = [1, 2, 3, 4].map((n) => ({ what: 'paid twice', keys: { payout: `p${n}` } }));
    const lines = verdictLines({ clean: false, laws: [law({ found: 400, violations })] }, plain);
    expect(lines[0]).toMatch(/^✖.*400 violations$/);
    expect(lines.slice(1).map((line) => line.trim())).toEqual([
      'paid twice: payout=p1',
      'paid twice: payout=p2',
      'paid twice: payout=p3',
    ]);
  });

  it('adds up what is open', () => {
    expect(openItems({ clean: true, laws: [law({ open: 2 }), law({ open: 1 })] })).toBe(3);
  });
});
