/**
 * The migrations of this program, from its sources as from dist.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Their folder. */
export const MIGRATIONS = join(programFolder(), 'prisma/migrations');

/** In their order. */
export function migrationNames(folder = MIGRATIONS): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/** The folder of package.json, from the sources as from dist. */
function programFolder(from = import.meta.dirname): string {
  if (existsSync(join(from, 'package.json'))) return from;
  if (dirname(from) === from) throw new Error('package.json is not found above the program');
  return programFolder(dirname(from));
}
