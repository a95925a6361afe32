/**
 * A run's report (`GET /v1/runs/{run}/report`) as lines of text: the funnel per wave, payouts by state, what is still under way. Pure.
 */
import type { Colors } from 'picocolors/types.js';

type ByReason = Readonly<Record<string, number>>;

export interface WaveReport {
  wave: number;
  entered: number;
  suppressed: ByReason;
  sent: number;
  responded: number;
  paid: number;
}

export interface RunReport {
  run: string;
  state: 'opening' | 'running' | 'closed';
  waves: WaveReport[];
  /** By state. */
  payouts: ByReason;
  open: { participants: number; failed: number; messages: number; payouts: number };
}

const REASONS: Readonly<Record<string, string>> = {
  no_consent: 'never gave consent',
  consent_refused: 'refused consent',
  incident: 'incident reported',
  withdrawn: 'withdrawn',
  no_address: 'no address',
  quiet_hours: 'quiet hours',
  capped: 'at the contact cap',
  render_failed: 'template failed',
};

const BAR_WIDTH = 44;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LABEL_WIDTH = 10;
const INDENT = ' '.repeat(9);

export const grouped = (n: number): string => n.toLocaleString('en-US');

/** `n` of `whole` as a bar of at most `width` columns; something is never nothing. */
export function bar(n: number, whole: number, width = BAR_WIDTH): string {
  if (n <= 0 || whole <= 0) return '';
  const eighths = Math.max(1, Math.round((Math.min(n, whole) / whole) * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** `name n · name n`, largest first, nothing that is 0. */
export function counted(counts: ByReason, names: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${names[name] ?? name} ${grouped(n)}`);
}

function total(counts: ByReason): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** Everything has come to its end: nobody under way, nobody failed, no message or payout undecided. */
export function isSettled(report: RunReport): boolean {
  return report.state === 'closed' && openOf(report).length === 0;
}

/** What keeps the run from being settled, in words. */
export function openOf({ open }: RunReport): string[] {
  const { participants, failed, messages, payouts } = open;
  return counted({ 'people under way': participants, 'people failed': failed, messages, payouts });
}

/** The whole report; `wholes` is who could enter, the length of the longest bar. */
export function reportLines(report: RunReport, colors: Colors): string[] {
  const whole = Math.max(1, ...report.waves.map((wave) => wave.entered));
  const waves = report.waves.flatMap((wave) => [...waveLines(wave, whole, colors), '']);
  const payouts = counted(report.payouts);
  const open = openOf(report);
  return [
    ...waves,
    row('payouts', payouts.length > 0 ? payouts.map((text) => payoutColor(text, colors)).join(' · ') : '-', colors),
    row('open', open.length > 0 ? open.join(' · ') : 'nothing', colors),
  ];
}

const row = (label: string, text: string, colors: Colors) => `${colors.bold(label.padEnd(INDENT.length))}${text}`;

function payoutColor(text: string, colors: Colors): string {
  if (text.startsWith('paid') || text.startsWith('settled')) return colors.green(text);
  return text.startsWith('ambiguous') ? colors.magenta(text) : text;
}

function waveLines(wave: WaveReport, whole: number, colors: Colors): string[] {
  const figure = (label: string, n: number, paint: (text: string) => string) =>
    `${label.padEnd(LABEL_WIDTH)}${grouped(n).padStart(8)}  ${paint(bar(n, whole))}`;
  const reasons = counted(wave.suppressed, REASONS).join(' · ');
  return [
    row(`wave ${wave.wave}`, figure('entered', wave.entered, colors.blue), colors),
    INDENT + figure('sent', wave.sent, colors.cyan),
    INDENT + figure('responded', wave.responded, colors.yellow),
    INDENT + figure('paid', wave.paid, colors.green),
    `${INDENT}${'not sent'.padEnd(LABEL_WIDTH)}${grouped(total(wave.suppressed)).padStart(8)}  ${colors.dim(reasons)}`,
  ];
}

/** The same in one line, for output that is not a terminal. */
export function reportLine(report: RunReport): string {
  const waves = report.waves
    .filter((wave) => wave.entered > 0)
    .map(
      ({ wave, entered, sent, responded, paid }) =>
        `wave ${wave}: entered ${grouped(entered)}, sent ${grouped(sent)}, responded ${grouped(responded)}, paid ${grouped(paid)}`,
    );
  const payouts = counted(report.payouts);
  return [...waves, ...(payouts.length > 0 ? [`payouts: ${payouts.join(', ')}`] : [])].join(' | ');
}
