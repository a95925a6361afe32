/**
 * Generated files: what the code makes must be what is in the repository, so that a change of it shows in review. PADO_UPDATE=1 writes
 * instead of comparing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { ROOT } from './sources.js';

export function expectGenerated(path: string, text: string): void {
  const file = join(ROOT, path);
  if (process.env['PADO_UPDATE'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text);
}
