/**
 * A test build of the engine with a guard taken out: a copy of dist in which one source file or a few are compiled again with a textual
 * change. A change that does not fit exactly once is an error, so that no proof goes on with the guard in place.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { bundleWorkflowCode } from '@temporalio/worker';
import { ROOT } from './sources.js';

export interface Change {
  /** From the project's root, such as `src/storage/advisory.ts`. */
  file: string;
  /** Text that stands there exactly once. */
  from: string;
  to: string;
}

export interface BrokenBuild {
  /** For `StackOptions.build`. */
  folder: string;
  remove(): void;
}

export class ChangeDoesNotFit extends Error {
  override readonly name = 'ChangeDoesNotFit';

  constructor({ file, from }: Change, times: number) {
    super(`${file} has ${times} times, not once: ${from}`);
  }
}

/** The text with the change made. Errors: ChangeDoesNotFit. */
export function changed(text: string, change: Change): string {
  const parts = text.split(change.from);
  const [before, after] = parts;
  if (parts.length !== 2 || before === undefined || after === undefined)
    throw new ChangeDoesNotFit(change, parts.length - 1);
  return before + change.to + after;
}

/** Errors: ChangeDoesNotFit. */
export async function breakBuild(changes: readonly Change[]): Promise<BrokenBuild> {
  const texts = new Map<string, string>();
  for (const change of changes) {
    const text = texts.get(change.file) ?? readFileSync(join(ROOT, change.file), 'utf8');
    texts.set(change.file, changed(text, change));
  }
  mkdirSync(join(ROOT, '.pado'), { recursive: true });
  // below the project's root, so that packages are found
  const folder = mkdtempSync(join(ROOT, '.pado/broken-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    cpSync(join(ROOT, 'dist'), folder, { recursive: true, filter: (path) => !path.endsWith('.map') });
    for (const [file, text] of texts) writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), compiled(file, text));
    if ([...texts.keys()].some((file) => file.startsWith('workflows/'))) await bundleAgain(folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}

function compiled(file: string, text: string): string {
  const { $schema: _schema, ...settings } = JSON.parse(readFileSync(join(ROOT, '.swcrc'), 'utf8')) as Record<
    string,
    unknown
  >;
  return transformSync(text, { ...settings, filename: file, swcrc: false, sourceMaps: false }).code;
}

/** The worker runs workflows from a bundle beside the rest. */
async function bundleAgain(folder: string): Promise<void> {
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(folder, 'workflows/index.js'), logger: silent });
  writeFileSync(join(folder, 'workflow-bundle.js'), code);
}
