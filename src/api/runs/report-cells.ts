/**
 * The report cut by arm, label and offer: what it asks of the database, and its form as a table for a spreadsheet. Pure.
 */
import { stringify } from 'csv-stringify/sync';
import { spanMs } from '../../domain/base/time.js';
import type { LaunchedCampaign } from '../../domain/journey/definition.js';
import type { Goal, ReportCell, ReportCells, ReportSection, SendOffer } from '../../storage/run-report.store.js';
import { listensToCustomer } from './run-figures.js';

function offersOf({ templates, waves }: LaunchedCampaign): SendOffer[] {
  return Object.entries(templates).map(([node, { key, version }]) => ({
    node,
    wave: waves[node] ?? 0,
    offer: `${key}@${version}`,
  }));
}

export function waitsOf(definition: LaunchedCampaign): string[] {
  return Object.keys(definition.campaign.journey.nodes).filter((node) => listensToCustomer(definition, node));
}

function goalOf({ campaign }: LaunchedCampaign): Goal | null {
  return campaign.goal ? { event: campaign.goal.event, spanMs: spanMs(campaign.goal.window) } : null;
}

export function sectionOf(version: number, definition: LaunchedCampaign): ReportSection {
  const { key: campaign } = definition.campaign;
  return {
    campaign,
    version,
    offers: offersOf(definition),
    waits: waitsOf(definition),
    goal: goalOf(definition),
  };
}

/** Why the campaign was made, as its marketer wrote it: to be read beside what came of it. */
export function purposeOf({ campaign }: LaunchedCampaign) {
  const { purpose, product, review, goal, kpiTarget, hypothesis } = campaign;
  return {
    purpose,
    product: product ?? null,
    review: review ?? null,
    goal: goal ?? null,
    kpiTarget: kpiTarget ?? null,
    hypothesis: hypothesis ?? null,
  };
}

/** Of one wave, what only its cells tell. */
export function totalsOf({ cells }: ReportCells, wave: number): { delivered: number; goal: number } {
  const own = cells.filter((cell) => cell.wave === wave);
  const sum = (count: 'delivered' | 'goal') => own.reduce((total, cell) => total + cell[count], 0);
  return { delivered: sum('delivered'), goal: sum('goal') };
}

export const COUNTS = ['entered', 'sent', 'delivered', 'responded', 'late', 'paid', 'goal'] as const;

export const reasonsOf = (cells: readonly ReportCell[]): string[] =>
  [...new Set(cells.flatMap(({ suppressed }) => Object.keys(suppressed)))].sort();

/** By the names of its columns. */
export function cellRow(cell: ReportCell, reasons: readonly string[]): Record<string, string | number | null> {
  const { wave, arm, label, offer, suppressed } = cell;
  const counts = Object.fromEntries(COUNTS.map((count) => [count, cell[count]]));
  const why = Object.fromEntries(reasons.map((reason) => [`suppressed ${reason}`, suppressed[reason] ?? 0]));
  return { wave, arm, label, offer, ...counts, ...why };
}

/** For Excel: with a byte order mark, formulas disarmed. */
export function sheet(rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify([...rows], {
    bom: true,
    escape_formulas: true,
    quoted_string: true, // a lone line break inside a text would end its line
    record_delimiter: 'windows',
  });
}

/** One row per cell, one column per reason of suppression, and at the end the people treated and held out. */
export function toCsv({ cells, treated, holdout }: ReportCells): string {
  const reasons = reasonsOf(cells);
  const header = [
    'group',
    'wave',
    'arm',
    'label',
    'offer',
    ...COUNTS,
    ...reasons.map((reason) => `suppressed ${reason}`),
  ];
  const rows = cells.map((cell) => {
    const values: Record<string, string | number | null> = { group: 'wave', ...cellRow(cell, reasons) };
    return header.map((name) => values[name] ?? null);
  });
  const people = Object.entries({ treated, holdout }).map(([group, reach]) => {
    const blank = COUNTS.slice(1, -1).map(() => '');
    return [group, '', '', '', '', reach.people, ...blank, reach.goal, ...reasons.map(() => '')];
  });
  return sheet([header, ...rows, ...people]);
}
