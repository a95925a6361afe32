/**
 * The report over a chain from what one snapshot read: a section per campaign version with the figures of a run's report, the seams between them, the
 * chain's own totals; and its form as a table for a spreadsheet. Pure.
 */
import type { ChainCount, ChainSnapshot } from '../../storage/chain-report.store.js';
import type { ReportCells } from '../../storage/run-report.store.js';
import { cellRow, COUNTS, purposeOf, reasonsOf, sheet, totalsOf } from './report-cells.js';
import { PAYOUT_OPEN } from './run-figures.js';

type ByReason = Record<string, number>;

const sumOf = (counts: readonly ChainCount[], is: (count: ChainCount) => boolean) =>
  counts.reduce((total, count) => (is(count) ? total + count.n : total), 0);
const byReason = (counts: readonly ChainCount[], state: string): ByReason =>
  Object.fromEntries(counts.flatMap((count) => (count.state === state ? [[count.reason ?? '', count.n]] : [])));

const MESSAGE_OPEN = new Set(['queued', 'submitting', 'ambiguous']);

/** entered = open + sent + rejected + withheld + suppressed. */
function waveOf(cells: ReportCells, messages: readonly ChainCount[], at: { wave: number; node: string }) {
  const own = cells.cells.filter(({ wave }) => wave === at.wave);
  const sum = (count: (typeof COUNTS)[number]) => own.reduce((total, cell) => total + cell[count], 0);
  const suppressed: ByReason = {};
  for (const cell of own)
    for (const [reason, n] of Object.entries(cell.suppressed)) suppressed[reason] = (suppressed[reason] ?? 0) + n;
  const sent = messages.filter(({ node }) => node === at.node);
  return {
    ...at,
    entered: sum('entered'),
    open: sumOf(sent, ({ state }) => MESSAGE_OPEN.has(state)),
    sent: sumOf(sent, ({ state }) => state === 'accepted'),
    rejected: byReason(sent, 'rejected'),
    withheld: byReason(sent, 'withheld'),
    suppressed,
    responded: sum('responded'),
    late: sum('late'),
    paid: sum('paid'),
    ...totalsOf(cells, at.wave),
  };
}

export type ChainReport = ReturnType<typeof chainReportOf>;

export function chainReportOf({ legs, cells, counts, seams, treated, holdout, businessEpoch }: ChainSnapshot) {
  const campaigns = legs.map(({ campaign, version, definition, runs, expired, people, begins }, section) => {
    const own = counts.filter((count) => count.section === section);
    const of = (kind: ChainCount['kind']) => own.filter((count) => count.kind === kind);
    const [participants, messages, payouts] = [of('participant'), of('message'), of('payout')];
    const figures = cells[section] as ReportCells;
    const waves = Object.entries(definition.waves).flatMap(([node, wave]) =>
      definition.campaign.journey.nodes[node]?.type === 'send' ? [waveOf(figures, messages, { wave, node })] : [],
    );
    return {
      campaign,
      version,
      begins,
      runs,
      expired,
      people,
      why: purposeOf(definition),
      waves: waves.sort((a, b) => a.wave - b.wave),
      payouts: Object.fromEntries(payouts.map(({ state, n }) => [state, n])),
      open: {
        participants: sumOf(participants, ({ state }) => state === 'active'),
        failed: sumOf(participants, ({ state }) => state === 'failed'),
        messages: sumOf(messages, ({ state }) => MESSAGE_OPEN.has(state)),
        payouts: sumOf(payouts, ({ state }) => PAYOUT_OPEN.has(state)),
      },
      ...figures,
    };
  });
  const { amounts, ...people } = treated;
  return {
    businessEpoch,
    campaigns,
    seams: seams.map(({ section, ...seam }) => {
      const { campaign = '', version = 0 } = legs[section] ?? {};
      return { campaign, version, ...seam };
    }),
    treated: { ...people, amounts: Object.entries(amounts).map(([currency, value]) => ({ value, currency })) },
    holdout,
  };
}

const SEAM_COUNTS = ['links', 'told', 'entered', 'notOpen', 'waiting', 'failed'] as const;

/**
 * One row per cell (`wave`), per campaign's people (`treated`, `holdout`), per seam (`seam`), and for the chain (`chain treated`, `chain holdout`), where
 * `entered`, `sent`, `responded` and `goal` count customers and `paid` payouts. What a kind of row does not tell is empty.
 */
export function chainTable({ campaigns, seams, treated, holdout }: ChainReport): string {
  const reasons = reasonsOf(campaigns.flatMap(({ cells }) => cells));
  const refusals = [...new Set(seams.flatMap(({ refused }) => Object.keys(refused)))].sort();
  const header = [
    'group',
    'campaign',
    'version',
    'node',
    'to',
    'wave',
    'arm',
    'label',
    'offer',
    ...COUNTS,
    ...reasons.map((reason) => `suppressed ${reason}`),
    ...SEAM_COUNTS.map((count) => `link ${count}`),
    ...refusals.map((reason) => `link refused ${reason}`),
    ...treated.amounts.map(({ currency }) => `amount ${currency}`),
  ];
  const row = (values: Record<string, string | number | null>) => header.map((name) => values[name] ?? '');
  const prefixed = (prefix: string, counts: Record<string, number>) =>
    Object.fromEntries(Object.entries(counts).map(([name, n]) => [`${prefix} ${name}`, n]));
  const rows = campaigns.flatMap(({ campaign, version, cells, ...people }) => [
    ...cells.map((cell) => row({ group: 'wave', campaign, version, ...cellRow(cell, reasons) })),
    ...(['treated', 'holdout'] as const).map((group) =>
      row({ group, campaign, version, entered: people[group].people, goal: people[group].goal }),
    ),
  ]);
  const seamRows = seams.map(({ campaign, version, node, to, refused, ...counts }) =>
    row({
      group: 'seam',
      campaign,
      version,
      node,
      to,
      ...prefixed('link', counts),
      ...Object.fromEntries(refusals.map((reason) => [`link refused ${reason}`, refused[reason] ?? 0])),
    }),
  );
  const { people, sent, responded, payouts, goal } = treated;
  const amounts = Object.fromEntries(treated.amounts.map(({ currency, value }) => [`amount ${currency}`, value]));
  const chain = [
    row({ group: 'chain treated', entered: people, sent, responded, paid: payouts, goal, ...amounts }),
    row({ group: 'chain holdout', entered: holdout.people, goal: holdout.goal }),
  ];
  return sheet([header, ...rows, ...seamRows, ...chain]);
}
