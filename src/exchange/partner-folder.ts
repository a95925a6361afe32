/**
 * The folder that a partner and we share: `payouts` is ours to write, `results` is the partner's. A file appears whole or not at all.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

export class PartnerFolder {
  constructor(private readonly path: string) {}

  /** Under a temporary name first; the same bytes again where it is there already. Errors: those of the file system. */
  async write(name: string, bytes: Buffer): Promise<void> {
    const folder = join(this.path, 'payouts');
    await mkdir(folder, { recursive: true });
    // of this writer alone: another worker may be writing the same file
    const unfinished = join(folder, `.${name}.${randomUUID()}.part`);
    const file = await open(unfinished, 'wx', 0o640);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(folder, name));
    await syncFolder(folder);
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

/** So that a crash of the machine does not take the new name back. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
