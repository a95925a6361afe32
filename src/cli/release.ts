/**
 * Which Pado this is, as a person tells another: the release, and the build, by when it was built.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnDisk } from './supervisor.js';
import { ROOT } from './tools.js';

/** `pado 0.1.0, the build of 2026-11-30T03:22:26Z` */
export function release(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return `pado ${version}, ${buildOnDisk()}`;
}
