/**
 * A guide as its reader follows it: the `sh` blocks of a document in order, in one bash; a `text` block that follows one is what the reader
 * sees then, standard error included, with `…` for what differs (a line of its own stands for any lines).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/sources.js';

export interface Block {
  document: string;
  section: string;
  /** Of the opening fence, from 1. */
  line: number;
  commands: string;
  /** Null where the document shows no answer; an answer's last line `exit code N` says that the command ends so. */
  shown: string | null;
}

export interface Outcome {
  output: string;
  /** Of the last command that failed, 0 where none did. */
  code: number;
}

/** An end for what hangs, such as a loop that waits for what never comes. */
const BLOCK_MS = 120_000;
const FENCE = /^```(\w*)$/;

/** Errors: a fence that is not closed, or an answer that follows no command. */
export function blocksOf(document: string): Block[] {
  const lines = readFileSync(join(ROOT, 'docs', document), 'utf8').split('\n');
  const blocks: Block[] = [];
  let section = '';
  for (let n = 0; n < lines.length; n += 1) {
    section = /^## (.*)$/.exec(lines[n] ?? '')?.[1] ?? section;
    const language = FENCE.exec(lines[n] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', n + 1);
    if (end < 0) throw new Error(`${document}:${n + 1}: this block has no end`);
    const text = lines.slice(n + 1, end).join('\n');
    if (language === 'sh') blocks.push({ document, section, line: n + 1, commands: text, shown: null });
    if (language === 'text') {
      const last = blocks.at(-1);
      if (!last || last.shown !== null) throw new Error(`${document}:${n + 1}: an answer, but to which command?`);
      last.shown = text;
    }
    n = end;
  }
  return blocks;
}

/** What a block's outcome lacks of what the document says; null where it is as shown. */
export function mismatch({ shown }: Block, { output, code }: Outcome): string | null {
  const [, answer, wanted] = /^([^]*?)(?:\n?exit code (\d+))?$/.exec(shown ?? '') ?? [];
  if (code !== Number(wanted ?? 0)) return `exit code ${code}`;
  if (shown === null || answer === undefined) return null;
  return patternOf(answer).test(`${output.trimEnd()}\n`) ? null : 'another answer';
}

function patternOf(answer: string): RegExp {
  const lines = answer.split('\n').map((line) => {
    if (line === '…') return '(?:.*\n)*?';
    return `${line.split('…').map(escaped).join('.*?')}\n`;
  });
  return new RegExp(`^${lines.join('')}$`);
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** One terminal: what a block sets is there for the next one. */
export class Terminal {
  private output = '';
  private heard: (() => void) | null = null;

  private constructor(private readonly shell: ChildProcess) {
    for (const stream of [shell.stdout, shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (some: string) => {
        this.output += some;
        this.heard?.();
      });
    }
    shell.once('close', () => this.heard?.());
  }

  static open(env: NodeJS.ProcessEnv): Terminal {
    const shell = spawn('bash', ['--noprofile', '--norc'], {
      cwd: ROOT,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const terminal = new Terminal(shell);
    // a failure in the middle of a block counts too; both streams are one, as on a screen
    shell.stdin?.write("exec 2>&1; set -uE -o pipefail; trap 'FAILED=$?' ERR\n");
    return terminal;
  }

  /** A block that hangs is ended together with its terminal; its code is 1. */
  async run({ commands }: Block): Promise<Outcome> {
    const end = setTimeout(() => this.kill(), BLOCK_MS);
    try {
      return await this.outcome(commands);
    } finally {
      clearTimeout(end);
    }
  }

  private async outcome(commands: string): Promise<Outcome> {
    const mark = `block-${process.hrtime.bigint()}`;
    const quoted = `'${commands.replaceAll("'", `'\\''`)}'`;
    this.output = '';
    this.shell.stdin?.write(`FAILED=0; eval ${quoted} </dev/null; printf '\\n${mark} %d\\n' "$FAILED"\n`);
    for (;;) {
      const over = new RegExp(`\\n${mark} (\\d+)\\n`).exec(this.output);
      if (over) return { output: this.output.slice(0, over.index).replaceAll('\r\n', '\n'), code: Number(over[1]) };
      if (this.shell.exitCode !== null || this.shell.signalCode !== null) return { output: this.output, code: 1 };
      await new Promise<void>((resolve) => {
        this.heard = resolve;
      });
    }
  }

  close(): void {
    this.shell.stdin?.end();
  }

  /** With what it has in the foreground; what was put into the background goes on. */
  private kill(): void {
    if (this.shell.pid !== undefined) process.kill(-this.shell.pid, 'SIGKILL');
  }
}
