/**
 * The live part of what the demo writes: a block of lines that is redrawn in place on a terminal and printed as a plain line now and then
 * elsewhere. A block that does not fit the terminal is cut, so that what is above it stays whole.
 */
import { stripVTControlCharacters } from 'node:util';

export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const PLAIN_EVERY_MS = 5_000;
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';

export class Screen {
  private readonly live: boolean;
  private drawn = 0;
  private plain = { text: '', atMs: Number.NEGATIVE_INFINITY };

  constructor(private readonly out: Output) {
    this.live = out.isTTY === true;
  }

  line(text = ''): void {
    this.settle();
    this.out.write(`${text}\n`);
  }

  /** Redraw the block; where nothing can be redrawn, write `plain` when it has changed and the last one is a while ago. */
  frame(lines: readonly string[], plain: string): void {
    if (this.live) {
      this.draw(lines.slice(0, Math.max(1, (this.out.rows ?? 24) - 1)));
      return;
    }
    const now = performance.now();
    if (plain === '' || plain === this.plain.text || now - this.plain.atMs < PLAIN_EVERY_MS) return;
    this.plain = { text: plain, atMs: now };
    this.out.write(`  ${plain}\n`);
  }

  /** The last state of the block, which stays, whole. */
  last(lines: readonly string[]): void {
    this.draw(lines);
    this.settle();
  }

  /** What is drawn stays as it is; the next line goes below it. */
  settle(): void {
    if (this.drawn > 0 && this.live) this.out.write(SHOW_CURSOR);
    this.drawn = 0;
  }

  private draw(lines: readonly string[]): void {
    const back = this.live && this.drawn > 0 ? `\u001B[${this.drawn}A\u001B[0J` : '';
    const text = lines.map((line) => `${line}\n`).join('');
    this.out.write((this.live ? HIDE_CURSOR : '') + back + text);
    this.drawn = this.live ? lines.reduce((rows, line) => rows + this.rowsOf(line), 0) : 0;
  }

  /** Rows a line takes on the terminal. */
  private rowsOf(line: string): number {
    return Math.max(1, Math.ceil(widthOf(line) / Math.max(1, this.out.columns ?? 80)));
  }
}

/** Columns of a line, colours aside. */
export function widthOf(line: string): number {
  return Array.from(stripVTControlCharacters(line)).reduce((width, sign) => width + (isFullWidth(sign) ? 2 : 1), 0);
}

/** Hangul, and the other East Asian wide signs that a Korean text may have (Unicode, UAX #11), roughly. */
function isFullWidth(sign: string): boolean {
  return /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{1F300}-\u{1FAFF}]/u.test(
    sign,
  );
}
