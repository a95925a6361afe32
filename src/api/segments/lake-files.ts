/**
 * How the files of a lake stand: how many, how large, and when the newest was changed, which is what a count over them is as of.
 */
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../../domain/segment/source.js';

export interface LakeFiles {
  files: number;
  bytes: number;
  /** Null: there is none. */
  newestAt: Date | null;
}

export interface LakeStanding {
  name: string;
  customers: LakeFiles;
  events: LakeFiles;
}

export async function standingOf({ name, folder, customers, events }: SourceConfig): Promise<LakeStanding> {
  return {
    name,
    customers: await filesOf(folder, [customers.files]),
    events: await filesOf(
      folder,
      events.map(({ files }) => files),
    ),
  };
}

/** What cannot be read is not there: a question to it says so by itself. */
async function filesOf(folder: string, patterns: string[]): Promise<LakeFiles> {
  const paths = new Set<string>();
  for await (const path of glob(patterns, { cwd: folder })) paths.add(path);
  const known: LakeFiles = { files: 0, bytes: 0, newestAt: null };
  for (const path of paths) {
    const found = await stat(join(folder, path)).catch(() => null);
    if (!found?.isFile()) continue;
    known.files += 1;
    known.bytes += found.size;
    if (known.newestAt === null || found.mtime > known.newestAt) known.newestAt = found.mtime;
  }
  return known;
}
