/**
 * Turns what a command wrote to a terminal into a picture of its last screen: `node tests/support/terminal-svg.ts <typescript> <svg>`. It
 * knows the few control sequences that our own commands write; columns are kept whatever font the reader has.
 *
 * docs/pictures/demo.svg:
 *   script -qec 'stty cols 110 rows 60; FORCE_COLOR=1 ./pado demo --seed pado' screen.txt
 *   node tests/support/terminal-svg.ts screen.txt docs/pictures/demo.svg
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

interface Style {
  color: string;
  bold: boolean;
  dim: boolean;
}
interface Cell extends Style {
  sign: string;
  /** In columns; 0 where the sign before it covers this one. */
  width: 0 | 1 | 2;
}

const FOREGROUND = '#d7dae0';
const BACKGROUND = '#16181d';
const COLORS: Readonly<Record<string, string>> = {
  31: '#ff6b6b',
  32: '#5fd38d',
  33: '#f2c55c',
  34: '#6ea8fe',
  35: '#d68cf5',
  36: '#56c8d8',
  90: '#7a808c',
};
const COLUMN_PX = 8.4;
const ROW_PX = 19;
const FONT_PX = 14;
const MARGIN_PX = 18;

const plain: Style = { color: FOREGROUND, bold: false, dim: false };

function styled(style: Style, codes: string): Style {
  return (codes === '' ? '0' : codes).split(';').reduce((now, code): Style => {
    if (code === '0') return plain;
    if (code === '1') return { ...now, bold: true };
    if (code === '2') return { ...now, dim: true };
    if (code === '22') return { ...now, bold: false, dim: false };
    if (code === '39') return { ...now, color: FOREGROUND };
    return { ...now, color: COLORS[code] ?? now.color };
  }, style);
}

const WIDE = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFF00-\uFF60]/u;

/** A control sequence, or one sign. */
const TOKENS = new RegExp(`${String.fromCodePoint(27)}\\[([?\\d;]*)([A-Za-z])|[^]`, 'gu');

/** The rows that are left on the screen, those scrolled out included. */
export function screenOf(written: string): Cell[][] {
  const rows: Cell[][] = [[]];
  let [row, column, style] = [0, 0, plain];
  for (const [token, parameters, end] of written.matchAll(TOKENS)) {
    if (end === 'm') style = styled(style, parameters ?? '');
    else if (end === 'A') row = Math.max(0, row - Number(parameters || 1));
    else if (end === 'J' || end === 'K') {
      rows[row] = (rows[row] ?? []).slice(0, column);
      if (end === 'J') rows.splice(row + 1);
    } else if (end !== undefined) continue;
    else if (token === '\n') row += 1;
    else if (token === '\r') column = 0;
    else {
      const line = (rows[row] ??= []);
      const width = WIDE.test(token) ? 2 : 1;
      line[column] = { sign: token, width, ...style };
      if (width === 2) line[column + 1] = { sign: '', width: 0, ...style };
      column += width;
    }
    rows[row] ??= [];
  }
  return rows;
}

/** `rows` as an SVG file; each run of one style keeps its place by an x of its own. */
export function toSvg(rows: readonly Cell[][], columns: number): string {
  const width = Math.ceil(columns * COLUMN_PX + 2 * MARGIN_PX);
  const height = rows.length * ROW_PX + 2 * MARGIN_PX;
  const lines = rows.map((row, n) =>
    runs(row)
      .map((run) => textOf(run, MARGIN_PX + (n + 0.75) * ROW_PX))
      .join(''),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_PX}" xml:space="preserve">`,
    ...lines.filter((line) => line !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

interface Run extends Style {
  from: number;
  columns: number;
  text: string;
}

/** Words of one style; what is two columns or more apart is placed by itself. */
function runs(row: readonly (Cell | undefined)[]): Run[] {
  const all: Run[] = [];
  let run: Run | null = null;
  for (const [column, cell] of Array.from(row).entries()) {
    if (!cell || cell.width === 0 || cell.sign === ' ') continue;
    const { color, bold, dim, sign, width } = cell;
    const gap: number = run ? column - run.from - run.columns : 2;
    if (run && gap < 2 && run.color === color && run.bold === bold && run.dim === dim) {
      run.text += ' '.repeat(gap) + sign;
      run.columns += gap + width;
    } else {
      run = { color, bold, dim, from: column, columns: width, text: sign };
      all.push(run);
    }
  }
  return all;
}

/** A bar is drawn as a rectangle: block signs leave gaps in many fonts. */
function textOf({ from, columns, text, color, bold, dim }: Run, baseline: number): string {
  const x = MARGIN_PX + from * COLUMN_PX;
  const opacity = dim ? ' opacity="0.6"' : '';
  const bar = /^([█]*)([▏▎▍▌▋▊▉]?)\s*$/u.exec(text);
  if (bar) {
    const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'].indexOf(bar[2] ?? '');
    const width = ((bar[1] ?? '').length + eighths / 8) * COLUMN_PX;
    const top = baseline - ROW_PX * 0.65;
    return `<rect x="${x.toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${ROW_PX * 0.72}" fill="${color}"/>\n`;
  }
  const weight = bold ? ' font-weight="700"' : '';
  const length = ` textLength="${(columns * COLUMN_PX).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${x.toFixed(1)}" y="${baseline.toFixed(1)}" fill="${color}"${weight}${opacity}${length}>${escaped(text)}</text>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What `script` adds of its own at both ends. */
function withoutFrame(written: string): string {
  return written.replace(/^Script started[^\n]*\n/, '').replace(/\n?Script done[^]*$/, '');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , from = '', to = '', columns = '110'] = process.argv;
  const rows = screenOf(withoutFrame(readFileSync(from, 'utf8')));
  while (rows.at(-1)?.length === 0) rows.pop();
  writeFileSync(to, toSvg(rows, Number(columns)));
}
