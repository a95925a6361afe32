/**
 * The one folder that holds all that an installation keeps: tools, data, secrets, logs, ports, who runs. Secrets are readable by their
 * owner alone; a file is replaced whole or not at all.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { EnvironmentLack } from './report.js';

export class StateFolder {
  private constructor(
    readonly dir: string,
    /** Downloaded programs: the part that several states may share. */
    readonly toolsDir: string,
  ) {}

  /** `toolsDir`: `tools` of this folder where left out. Errors: EnvironmentLack where a folder cannot be made or written. */
  static open(dir: string, toolsDir = join(dir, 'tools')): StateFolder {
    const state = new StateFolder(resolve(dir), resolve(toolsDir));
    try {
      mkdirSync(state.dir, { recursive: true });
      // As root, Postgres runs as another user, who has to pass through but not to look around.
      chmodSync(state.dir, process.getuid?.() === 0 ? 0o711 : 0o700);
      for (const folder of ['run', 'logs', 'secrets']) mkdirSync(state.path(folder), { recursive: true });
      mkdirSync(state.toolsDir, { recursive: true });
      chmodSync(state.path('secrets'), 0o700);
      state.write('run/writable', '');
    } catch (error) {
      throw new EnvironmentLack(
        `The state folder ${state.dir} cannot be written.`,
        'Give this user the right to write there, or set PADO_STATE to a folder of yours.',
        { cause: error },
      );
    }
    return state;
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** null where the file is missing. */
  read(name: string): string | null {
    const file = this.path(name);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  }

  write(name: string, text: string, mode = 0o600): void {
    const file = this.path(name);
    const draft = `${file}.${process.pid}.draft`;
    writeFileSync(draft, text, { mode });
    renameSync(draft, file);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  /** The secret of this name, made up at the first call: 32 bytes as base64url. Two callers at once get the same. */
  secret(name: string): string {
    const file = join('secrets', name);
    const kept = this.read(file);
    if (kept) return kept.trim();
    const draft = this.path(`${file}.${process.pid}.draft`);
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    try {
      linkSync(draft, this.path(file));
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    return readFileSync(this.path(file), 'utf8').trim();
  }

  /** The port that was used last for this purpose. */
  rememberedPort(purpose: string): number | undefined {
    return this.ports()[purpose];
  }

  rememberPort(purpose: string, port: number): void {
    this.write('ports.json', `${JSON.stringify({ ...this.ports(), [purpose]: port }, null, 2)}\n`);
  }

  /** All of them, by purpose. */
  rememberedPorts(): [purpose: string, port: number][] {
    return Object.entries(this.ports());
  }

  private ports(): Record<string, number> {
    const text = this.read('ports.json');
    const parsed = z.record(z.string(), z.int()).safeParse(text === null ? {} : parseJson(text));
    return parsed.success ? parsed.data : {};
  }
}

/** undefined where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By its code alone: an error of Node's core is no `Error` of this realm where tests load modules into one of their own. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
