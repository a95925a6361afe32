/**
 * The extended tier: a suite in `*.extended.test.ts` names what it needs beyond a fresh machine, or needs nothing but more minutes than
 * the core tier has, as the benchmarks do (`*.bench.test.ts`). What is missing is skipped with the reason in its title, or fails where nothing may be skipped (PADO_TEST_NO_SKIP=1).
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from '@jest/globals';
import { commitBefore } from './earlier-build.js';
import { mayMount } from './small-disk.js';
import { ROOT } from './sources.js';

export type Need =
  'curl' | 'libfaketime' | 'root' | 'chromium' | 'java' | 'go' | 'schemathesis' | 'proc' | 'mount' | 'history';

const FAKETIME_PLACES = [
  '/usr/lib/*/faketime/libfaketimeMT.so.1',
  '/usr/lib{,64}/faketime/libfaketimeMT.so.1',
  '/usr/local/lib/faketime/libfaketimeMT.so.1',
];

function onPath(...names: string[]): string | undefined {
  const candidates = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** 7.82 or newer, which knows `--json`. */
function curl(): string | undefined {
  const file = onPath('curl');
  const [, major, minor] =
    (file && /^curl (\d+)\.(\d+)/.exec(spawnSync(file, ['--version']).stdout?.toString() ?? '')) || [];
  return Number(major) * 1_000 + Number(minor) >= 7_082 ? file : undefined;
}

const FINDERS: Record<Need, () => string | undefined> = {
  curl,
  libfaketime: () =>
    [process.env['PADO_LIBFAKETIME'], ...FAKETIME_PLACES.flatMap((pattern) => globSync(pattern))].find(
      (file) => file !== undefined && existsSync(file),
    ),
  // Linux's, which tells the CPU and memory of other processes
  proc: () => (existsSync('/proc/self/stat') ? '/proc' : undefined),
  root: () => (process.getuid?.() === 0 ? 'uid 0' : undefined),
  // file systems of our own
  mount: () => (mayMount() ? 'mount' : undefined),
  // the repository with its commits, of which an earlier build is made
  history: () => commitBefore('20261126000400_index_event_names'),
  // the shell is the same engine without what draws windows, and takes two thirds of the CPU
  chromium: () =>
    [process.env['PADO_CHROMIUM']].find((file) => file !== undefined && existsSync(file)) ??
    onPath('chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'),
  java: () => onPath('java'),
  go: () => onPath('go'),
  schemathesis: () =>
    [process.env['PADO_SCHEMATHESIS'], join(ROOT, '.pado/tools/schemathesis/bin/schemathesis')].find(
      (file) => file !== undefined && existsSync(file),
    ) ?? onPath('schemathesis'),
};

/** Where the need is met: a file's path (for `root`, a word). Errors: throws where it is missing; ask inside a suite of `needs`. */
export function found(need: Need): string {
  const place = FINDERS[need]();
  if (place === undefined) throw new Error(`${need} is missing`);
  return place;
}

/** `needs('libfaketime')('title', () => { … })`: `describe` where everything is there. */
export function needs(...list: [Need, ...Need[]]): (title: string, body: () => void) => void {
  const missing = list.filter((need) => FINDERS[need]() === undefined);
  if (missing.length === 0) return describe;
  const reason = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  if (process.env['PADO_TEST_NO_SKIP'] !== '1')
    return (title, body) => describe.skip(`${title} [skipped: ${reason}]`, body);
  return (title) =>
    describe(title, () => {
      it('has what it needs', () => {
        throw new Error(reason);
      });
    });
}
