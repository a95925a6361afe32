/**
 * A small file system of its own in memory, which a test fills to the last byte and frees again: whoever writes to it gets the ENOSPC of a full disk.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unprivileged } from '../../src/services/postgres-user.js';

const CHUNKS = [1_048_576, 4_096, 1];

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

export class SmallDisk {
  private constructor(private readonly mounted: string) {}

  /** Errors: whoever runs this may not mount. */
  static mount(mib: number): SmallDisk {
    const dir = mkdtempSync(join(tmpdir(), 'pado-disk-'));
    try {
      run('mount', '-t', 'tmpfs', '-o', `size=${mib}m`, 'pado-test', dir);
    } catch (error) {
      rmSync(dir, { recursive: true });
      throw error;
    }
    return new SmallDisk(dir);
  }

  /** A folder on it that belongs to Postgres' account. */
  folderOfPostgres(name = 'tablespace'): string {
    const user = unprivileged([]);
    user.passThrough(this.mounted);
    const folder = join(this.mounted, name);
    mkdirSync(folder, { mode: 0o700 });
    user.own(folder);
    return folder;
  }

  fill(): void {
    const file = openSync(join(this.mounted, 'filler'), 'a');
    try {
      for (const chunk of CHUNKS) fillBy(file, Buffer.alloc(chunk));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.mounted, 'filler'), { force: true });
  }

  /** Nobody may have it open any more, or it goes when they have let it go. */
  unmount(): void {
    run('umount', '--lazy', this.mounted);
    rmSync(this.mounted, { recursive: true, force: true });
  }
}

function fillBy(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) === chunk.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

export const mayMount = (): boolean => {
  try {
    SmallDisk.mount(1).unmount();
    return true;
  } catch {
    return false;
  }
};
