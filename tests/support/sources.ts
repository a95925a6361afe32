/**
 * The project's own source files as text, for tests that judge the house itself.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export interface Source {
  /** From the project's root, with slashes. */
  path: string;
  text: string;
  lines: string[];
}

export const source = (path: string, text: string): Source => ({
  path,
  text,
  lines: text.replace(/\n$/, '').split('\n'),
});

/** Globs from the project's root; folders that are made by tools are left out. */
export function sources(...patterns: string[]): Source[] {
  const skipped = /^(node_modules|dist|\.pado|coverage|\.git)(\/|$)/;
  return globSync(patterns, { cwd: ROOT, exclude: (path) => skipped.test(path) })
    .sort()
    .map((path) => source(path, readFileSync(join(ROOT, path), 'utf8')));
}
