/**
 * The folder that a partner and we share: `payouts` is ours to write, `results` is the partner's. A file appears whole or not at all, and none takes the place
 * of another.
 */
import { randomUUID } from 'node:crypto';
import { access, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK']);
const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

export class PartnerFolder {
  constructor(private readonly path: string) {}

  /** Under a temporary name first. `taken`: other bytes are there under its name, and stay. Errors: those of the file system. */
  async write(name: string, bytes: Buffer): Promise<'written' | 'taken'> {
    const folder = join(this.path, 'payouts');
    await mkdir(folder, { recursive: true });
    // of this writer alone: another worker may be writing the same file
    const unfinished = join(folder, `.${name}.${randomUUID()}.part`);
    try {
      await writeWhole(unfinished, bytes);
      await giveName(unfinished, join(folder, name));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (!(await readFile(join(folder, name))).equals(bytes)) return 'taken';
    } finally {
      await rm(unfinished, { force: true });
    }
    await syncFolder(folder);
    return 'written';
  }

  /** What stands among the payouts, whoever wrote it. */
  async payouts(): Promise<string[]> {
    const folder = join(this.path, 'payouts');
    await mkdir(folder, { recursive: true });
    return readdir(folder);
  }

  /** Names of finished files, in order, each with a mark that changes when the file does. */
  async results(): Promise<{ name: string; mark: string }[]> {
    const folder = join(this.path, 'results');
    await mkdir(folder, { recursive: true });
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
    return Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs, ino } = await stat(join(folder, name));
        return { name, mark: `${size}/${mtimeMs}/${ino}` };
      }),
    );
  }

  read(name: string): Promise<Buffer> {
    return readFile(join(this.path, 'results', name));
  }
}

async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Errors: EEXIST where something has that name. */
async function giveName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error))) throw error;
    // a file system without links has no name that is given to one alone: it is looked for before
    const isThere = await access(to).then(
      () => true,
      () => false,
    );
    if (isThere) throw Object.assign(new Error('its name is taken'), { code: 'EEXIST' });
    await rename(from, to);
  }
}

/** So that a crash of the machine does not take the new name back. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
