/**
 * What a person sees while something starts: a tick list on standard error, with a spinner where that is a terminal and plain lines where
 * it is not. Standard output stays the command's own.
 */
import colors from 'picocolors';
import { EnvironmentLack, type Report, type Step } from '../services/report.js';

export const USAGE = 2;
/** Exit code where the machine lacks something that only a person can bring. */
export const LACKING = 3;

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const TITLE_WIDTH = 10;

/** A failed step is told by its own line; what carries it further must not tell it again. */
const told = new WeakSet<Error>();

interface Line {
  title: string;
  note: string;
  begin: number;
}

/** Steps may overlap: those under way share the lines at the end. */
export function tickList(out: NodeJS.WriteStream = process.stderr): Report {
  const live = out.isTTY ? new LiveLines(out) : null;
  const settled = (line: Line, text: string) => {
    live?.remove(line);
    out.write(text);
    live?.draw();
  };
  return {
    step(title): Step {
      const line: Line = { title, note: '', begin: performance.now() };
      live?.add(line);
      const since = () => `${((performance.now() - line.begin) / 1000).toFixed(1)} s`;
      return {
        note(text) {
          line.note = text;
        },
        lasts(text) {
          line.note = text;
          if (!live) out.write(`· ${padded(title)} ${text}\n`);
        },
        done: (detail) => settled(line, `${colors.green('✔')} ${padded(title)} ${detail}  ${colors.dim(since())}\n`),
        warned: (text, cure) =>
          settled(line, `${colors.yellow('!')} ${padded(title)} ${text}\n${colors.yellow(`  cure: ${cure}`)}\n`),
        dropped: () => settled(line, ''),
        failed(error) {
          if (error instanceof Error) told.add(error);
          if (isAbort(error)) settled(line, `${colors.yellow('–')} ${padded(title)} given up\n`);
          else settled(line, `${colors.red('✖')} ${padded(title)} ${failureText(error)}\n`);
        },
      };
    },
  };
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

const padded = (title: string): string => title.padEnd(TITLE_WIDTH);

/** The spinner lines below what is settled; cleared and drawn again around every settled line. */
class LiveLines {
  private readonly lines: Line[] = [];
  private drawn = 0;
  private frame = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly out: NodeJS.WriteStream) {}

  add(line: Line): void {
    this.lines.push(line);
    this.timer ??= setInterval(() => {
      this.frame += 1;
      this.clear();
      this.draw();
    }, FRAME_MS).unref();
  }

  remove(line: Line): void {
    this.clear();
    this.lines.splice(this.lines.indexOf(line), 1);
    if (this.lines.length > 0 || !this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  clear(): void {
    if (this.drawn > 0) this.out.write(`\u001b[${this.drawn}A\u001b[J`);
    this.drawn = 0;
  }

  draw(): void {
    const mark = colors.cyan(FRAMES[this.frame % FRAMES.length] ?? '');
    for (const { title, note } of this.lines) this.out.write(`${mark} ${padded(title)} ${colors.dim(note)}\n`);
    this.drawn = this.lines.length;
  }
}

function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof EnvironmentLack ? `${message}\n${colors.yellow(`  cure: ${error.cure}`)}` : message;
}

/** Say once why a command failed, with the cure where there is one. */
export function tellFailure(error: unknown): void {
  if (error instanceof Error && told.has(error)) return;
  process.stderr.write(`${colors.red('✖')} ${failureText(error)}\n`);
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
