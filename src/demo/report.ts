/**
 * A run as it is now (`GET /v1/runs/{run}`) as lines of text: the stages, the funnel per wave, payouts by state, what is still under
 * way. Pure.
 */
import type picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;
export type ByReason = Readonly<Record<string, number>>;

export interface WaveReport {
  wave: number;
  entered: number;
  suppressed: ByReason;
  sent: number;
  responded: number;
  /** Answers of the wave's window that came after it had closed: not among `responded`, and paid like them. */
  late: number;
  paid: number;
}

export interface RunReport {
  id: string;
  state: 'opening' | 'running' | 'closed';
  waves: WaveReport[];
  /** By state. */
  payouts: ByReason;
  open: { participants: number; failed: number; messages: number; payouts: number };
}

/** What the systems of others saw and did, by their own count. */
export interface OutsideFigures {
  payments: number;
  /** Replies that the provider lost after it had paid. */
  repliesLost: number;
  /** Answered from memory, because the same key came again. */
  repeats: number;
  /** Requests that the provider refused for now (429). */
  pushedBack: number;
  /** Messages that the gateway left out of its answer. */
  answersMissing: number;
}

/** design.md, section 4: the same seven words everywhere. */
export const STAGES = ['trigger', 'audience', 'eligibility', 'offer', 'ledger', 'response', 'branch'] as const;
export type Stage = (typeof STAGES)[number];

const REASONS: Readonly<Record<string, string>> = {
  no_consent: 'never gave consent',
  consent_refused: 'refused consent',
  incident: 'incident reported',
  withdrawn: 'withdrawn',
  no_address: 'no address',
  quiet_hours: 'quiet hours',
  capped: 'at the cap',
  yielded: 'yielded to a higher priority',
  render_failed: 'template failed',
};

const BAR_WIDTH = 48;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const INDENT_WIDTH = 10;
const LABEL_WIDTH = 10;
const NUMBER_WIDTH = 8;
const LEFT = ' '.repeat(INDENT_WIDTH + LABEL_WIDTH + NUMBER_WIDTH + 2);

export const grouped = (n: number): string => n.toLocaleString('en-US');

/** `n` of `whole` as a bar of at most `width` columns; something is never nothing. */
export function bar(n: number, whole: number, width = BAR_WIDTH): string {
  if (n <= 0 || whole <= 0) return '';
  const eighths = Math.max(1, Math.round((Math.min(n, whole) / whole) * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** `name n`, largest first, nothing that is 0. */
export function counted(counts: ByReason, names: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${names[name] ?? name} ${grouped(n)}`);
}

export function total(counts: ByReason): number {
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

/** Which stages have done something between two reports. */
export function stagesBetween(before: RunReport | null, now: RunReport): Set<Stage> {
  if (!before) return new Set(['trigger']);
  const sum = (report: RunReport, of: (wave: WaveReport) => number) =>
    report.waves.reduce((n, wave) => n + of(wave), 0);
  const grew = (of: (wave: WaveReport) => number) => sum(now, of) > sum(before, of);
  const later = (report: RunReport) => sum(report, (wave) => (wave.wave > 1 ? wave.entered : 0));
  const active: Record<Stage, boolean> = {
    trigger: false,
    audience: before.state === 'opening',
    eligibility: grew((wave) => wave.entered),
    offer: grew((wave) => wave.sent),
    ledger: JSON.stringify(now.payouts) !== JSON.stringify(before.payouts),
    response: grew((wave) => wave.responded),
    branch: later(now) > later(before) || total(now.payouts) > total(before.payouts),
  };
  return new Set(STAGES.filter((stage) => active[stage]));
}

/** The seven stages in order, those at work now in bold; `seconds` since the launch. */
export function stageLine(active: ReadonlySet<Stage>, seconds: number, colors: Colors): string {
  const words = STAGES.map((stage) => (active.has(stage) ? colors.bold(colors.cyan(stage)) : colors.dim(stage)));
  return `${words.join(colors.dim(' → '))}   ${colors.dim(`${seconds.toFixed(0)} s`)}`;
}

/** The funnel of every wave, payouts by state, what is open. */
export function reportLines(report: RunReport, colors: Colors): string[] {
  const whole = Math.max(1, ...report.waves.map((wave) => wave.entered));
  return [
    ...report.waves.flatMap((wave) => [...waveLines(wave, whole, colors), '']),
    ...payoutLines(report.payouts, colors),
    row('open', openOf(report).join(' · ') || 'nothing', colors),
  ];
}

/** What the other side did meanwhile. */
export function outsideLines(seen: OutsideFigures, colors: Colors): string[] {
  const lost = colors.magenta(`${grouped(seen.repliesLost)} replies lost after paying`);
  return [
    row(
      'provider',
      `${grouped(seen.payments)} payments in its book · ${lost} · ${grouped(seen.pushedBack)} refused for now (429)`,
      colors,
    ),
    row('gateway', `${grouped(seen.answersMissing)} messages left out of its answers`, colors),
  ];
}

const row = (label: string, text: string, colors: Colors) => `${colors.bold(label.padEnd(INDENT_WIDTH))}${text}`;

function figure(label: string, n: number, right: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${grouped(n).padStart(NUMBER_WIDTH)}  ${right}`;
}

function waveLines(wave: WaveReport, whole: number, colors: Colors): string[] {
  const line = (label: string, n: number, paint: (text: string) => string) => figure(label, n, paint(bar(n, whole)));
  const under = (text: string) => ' '.repeat(INDENT_WIDTH) + text;
  const reasons = counted(wave.suppressed, REASONS);
  const late = wave.late > 0 ? colors.dim(` ${grouped(wave.late)} more came late`) : '';
  return [
    row(`wave ${wave.wave}`, line('entered', wave.entered, colors.blue), colors),
    under(line('sent', wave.sent, colors.cyan)),
    under(line('responded', wave.responded, colors.yellow) + late),
    under(line('paid', wave.paid, colors.green)),
    under(figure('not sent', total(wave.suppressed), colors.dim(reasons.slice(0, 3).join(' · ')))),
    ...(reasons.length > 3 ? [LEFT + colors.dim(reasons.slice(3).join(' · '))] : []),
  ];
}

type Paint = (text: string) => string;
const plain: Paint = (text) => text;

/** In the order in which a payout moves. */
const PAYOUT_PAINTS: readonly [state: string, paint: (colors: Colors) => Paint][] = [
  ['paid', (colors) => colors.green],
  ['settled', (colors) => colors.green],
  ['accepted', (colors) => colors.cyan],
  ['ambiguous', (colors) => colors.magenta],
  ['submitting', (colors) => colors.yellow],
  ['intended', (colors) => colors.gray],
];

/** One bar in which every state has its share, and the states by name. */
function payoutLines(payouts: ByReason, colors: Colors): string[] {
  const all = total(payouts);
  if (all === 0) return [row('payouts', '-', colors)];
  const known = PAYOUT_PAINTS.map(([state, paint]) => ({ state, n: payouts[state] ?? 0, paint: paint(colors) }));
  const others = Object.keys(payouts).filter((state) => !known.some((one) => one.state === state));
  const states = [...known, ...others.map((state) => ({ state, n: payouts[state] ?? 0, paint: plain }))];
  const seen = states.filter(({ n }) => n > 0);
  const names = seen.map(({ state, n, paint }) => paint(`${state} ${grouped(n)}`)).join(' · ');
  const stacked = shares(seen.map(({ n }) => n)).map((width, k) => (seen[k]?.paint ?? plain)('█'.repeat(width)));
  return [row('payouts', figure('earned', all, stacked.join('')), colors), LEFT + names];
}

/** Widths that add up to the bar, none of them 0. */
function shares(counts: readonly number[], width = BAR_WIDTH): number[] {
  const all = counts.reduce((sum, n) => sum + n, 0);
  const widths = counts.map((n) => Math.max(1, Math.floor((n / all) * width)));
  const rest = width - widths.reduce((sum, n) => sum + n, 0);
  const largest = counts.indexOf(Math.max(...counts));
  return widths.map((n, k) => (k === largest ? Math.max(1, n + rest) : n));
}

/** The same in one line, for output that is not a terminal. */
export function reportLine(report: RunReport): string {
  const waves = report.waves
    .filter((wave) => wave.entered > 0)
    .map(
      ({ wave, entered, sent, responded, late, paid }) =>
        `wave ${wave}: entered ${grouped(entered)}, sent ${grouped(sent)}, responded ${grouped(responded)}${late > 0 ? ` and ${grouped(late)} late` : ''}, paid ${grouped(paid)}`,
    );
  const payouts = counted(report.payouts);
  return [...waves, ...(payouts.length > 0 ? [`payouts: ${payouts.join(', ')}`] : [])].join(' | ');
}
