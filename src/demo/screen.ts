/**
 * What the demo writes: steps with ticks and times, and a block of lines that is redrawn in place on a terminal and printed as a plain
 * line now and then elsewhere. Nothing is written twice to a pipe.
 */
import { stripVTControlCharacters } from 'node:util';
import { createColors } from 'picocolors';
import type { Colors } from 'picocolors/types.js';

export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Steps that end well or not; the shape in which the services report their start. */
export interface TickList {
  step(title: string): { note(text: string): void; done(detail: string): void; failed(error: unknown): void };
  end(): void;
}

class Tick {
  private readonly beginMs = performance.now();
  private seconds = '';
  private mark: string;
  private detail = '';

  constructor(
    private readonly title: string,
    private readonly colors: Colors,
    private readonly changed: (ended: boolean) => void,
  ) {
    this.mark = colors.cyan('◌');
  }

  line(): string {
    const { bold, dim } = this.colors;
    const parts = [`${this.mark} ${bold(this.title)}`, this.detail, dim(this.seconds)];
    return parts.filter((part) => part !== '').join('  ');
  }

  note(text: string): void {
    this.detail = text;
    this.changed(false);
  }

  done(detail: string): void {
    this.end(this.colors.green('✓'), detail);
  }

  failed(error: unknown): void {
    this.end(this.colors.red('✗'), error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'failed');
  }

  private end(mark: string, detail: string): void {
    this.mark = mark;
    this.detail = detail;
    this.seconds = `${((performance.now() - this.beginMs) / 1_000).toFixed(1)} s`;
    this.changed(true);
  }
}

const PLAIN_EVERY_MS = 5_000;
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';

export class Screen {
  readonly colors: Colors;
  private readonly live: boolean;
  private drawnRows = 0;
  private plain = { text: '', atMs: Number.NEGATIVE_INFINITY };

  /** `colored`: FORCE_COLOR and NO_COLOR are for the caller to judge. */
  constructor(
    private readonly out: Output,
    colored: boolean,
  ) {
    this.live = out.isTTY === true;
    this.colors = createColors(colored);
  }

  line(text = ''): void {
    this.settle();
    this.out.write(`${text}\n`);
  }

  /** One step: its name while it runs, a tick, what came of it and its seconds when done; below it, what is being seen. */
  async step<T>(
    name: string,
    seen: string,
    work: () => Promise<T>,
    outcome: (result: T) => string = () => '',
  ): Promise<T> {
    const list = this.ticks(seen);
    const tick = list.step(name);
    try {
      const result = await work();
      tick.done(outcome(result));
      return result;
    } catch (error) {
      tick.failed(error);
      throw error;
    } finally {
      list.end();
    }
  }

  /** A list of steps that may run side by side, each with a tick of its own; below them, what is being seen. */
  ticks(seen: string): TickList {
    this.settle();
    const ticks: Tick[] = [];
    const below = `  ${this.colors.dim(seen)}`;
    const draw = () => {
      if (this.live) this.draw([...ticks.map((tick) => tick.line()), below]);
    };
    return {
      step: (title) => {
        const tick = new Tick(title, this.colors, (ended) => {
          if (ended && !this.live) this.out.write(`${tick.line()}\n`);
          draw();
        });
        ticks.push(tick);
        draw();
        return tick;
      },
      end: () => {
        if (!this.live) this.out.write(`${below}\n`);
        this.settle();
      },
    };
  }

  /** Redraw the block; where nothing can be redrawn, write `plain` when it has changed and the last one is a while ago. */
  frame(lines: readonly string[], plain: string): void {
    if (this.live) return this.draw(lines);
    const now = performance.now();
    if (plain === '' || plain === this.plain.text || now - this.plain.atMs < PLAIN_EVERY_MS) return;
    this.plain = { text: plain, atMs: now };
    this.out.write(`  ${plain}\n`);
  }

  /** The last state of a block, which stays. */
  last(lines: readonly string[]): void {
    this.draw(lines);
    this.settle();
  }

  /** What is drawn stays as it is; the next line goes below it. */
  settle(): void {
    if (this.drawnRows > 0 && this.live) this.out.write(SHOW_CURSOR);
    this.drawnRows = 0;
    this.plain = { text: '', atMs: Number.NEGATIVE_INFINITY };
  }

  private draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join('');
    if (!this.live) {
      this.out.write(text);
      return;
    }
    const back = this.drawnRows > 0 ? `\u001B[${this.drawnRows}A\u001B[0J` : '';
    this.out.write(HIDE_CURSOR + back + text);
    this.drawnRows = lines.reduce((rows, line) => rows + this.rowsOf(line), 0);
  }

  /** Rows a line takes on the terminal. The demo's lines have no wide characters. */
  private rowsOf(line: string): number {
    const width = stripVTControlCharacters(line).length;
    return Math.max(1, Math.ceil(width / Math.max(1, this.out.columns ?? 80)));
  }
}
