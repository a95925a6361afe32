/**
 * The program as it was before a migration came to it, built from the history of this repository, to be run on the tables that it knew.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync, type Options } from '@swc/core';
import { ROOT } from './sources.js';

const PARTS = ['src', 'workflows', 'activities', 'prisma', 'package.json', '.swcrc'];

export interface EarlierBuild {
  /** For `StackOptions.build`. */
  dist: string;
  /** The folder of its migrations. */
  migrations: string;
  remove(): void;
}

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8', maxBuffer: 1024 ** 2 }).trim();

/** The commit before the one that brought this migration; undefined where the history does not go back as far. */
export function commitBefore(migration: string): string | undefined {
  const { status, stdout } = spawnSync(
    'git',
    ['-C', ROOT, 'log', '--diff-filter=A', '--format=%P', '--', `prisma/migrations/${migration}/migration.sql`],
    { encoding: 'utf8' },
  );
  const parents = status === 0 ? stdout.trim().split('\n').at(-1) : '';
  return parents?.split(' ')[0] || undefined;
}

/** Errors: those of git and of the compiler. */
export async function buildBefore(migration: string): Promise<EarlierBuild> {
  const commit = commitBefore(migration);
  if (commit === undefined) throw new Error(`the history does not tell what was before ${migration}`);
  mkdirSync(join(ROOT, '.pado'), { recursive: true });
  // below the project's root, so that packages are found
  const folder = mkdtempSync(join(ROOT, '.pado/earlier-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const archive = join(folder, 'sources.tar');
    git('archive', '--format=tar', `--output=${archive}`, commit, ...PARTS);
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    rmSync(archive);
    await compile(folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { dist: join(folder, 'dist'), migrations: join(folder, 'prisma/migrations'), remove };
}

/** As `npm run build` does. */
async function compile(folder: string): Promise<void> {
  const { $schema: _schema, ...settings } = JSON.parse(readFileSync(join(folder, '.swcrc'), 'utf8')) as Options & {
    $schema?: string;
  };
  for (const file of globSync('{src,workflows,activities}/**/*.*', { cwd: folder })) {
    const [from, to] = [join(folder, file), join(folder, 'dist', file)];
    mkdirSync(dirname(to), { recursive: true });
    if (!file.endsWith('.ts')) cpSync(from, to);
    else {
      const { code } = transformSync(readFileSync(from, 'utf8'), {
        ...settings,
        filename: file,
        swcrc: false,
        sourceMaps: false,
      });
      writeFileSync(to.replace(/\.ts$/, '.js'), code);
    }
  }
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  // by whoever builds: the suites that ask which commit it was need no worker
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(folder, 'dist/workflows/index.js'),
    logger: silent,
  });
  writeFileSync(join(folder, 'dist/workflow-bundle.js'), code);
}
