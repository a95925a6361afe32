/**
 * The steps of `pado check`: each judges one side of the house without a running system, and says how to cure what it found.
 */
import { globSync } from 'node:fs';
import { auditPackages, judgePackages, type Unjudged } from './check-packages.js';
import { ROOT, runCommand, runTool, type Ended } from './tools.js';

export interface CheckStep {
  name: string;
  what: string;
  cure: string;
  /** `update`: bring what can be made (formatting, generated files) up to date instead of judging it. */
  run(update: boolean): Promise<Ended & Partial<Unjudged>>;
}

const FOLDERS = ['src', 'workflows', 'activities', 'console', 'tests'];

const jest = (path: string, update = false): Promise<Ended> =>
  runTool('jest', [path, '--silent'], { env: { PADO_UPDATE: update ? '1' : '' } });

export const CHECK_STEPS: CheckStep[] = [
  {
    name: 'format',
    what: 'formatted by prettier',
    cure: './pado check --only format --update',
    run: (update) => runTool('prettier', [update ? '--write' : '--check', '--log-level', 'warn', '.']),
  },
  {
    name: 'lint',
    what: 'linted by oxlint with types',
    cure: 'see .oxlintrc.json; a rule is switched off there, for everybody, or not at all',
    run: () => runTool('oxlint', ['--type-aware', '--deny-warnings', ...FOLDERS, 'jest.config.js']),
  },
  {
    name: 'types',
    what: 'TypeScript, strict',
    cure: 'npx tsc --noEmit, npx tsc --project console',
    run: () => types(),
  },
  {
    name: 'imports',
    what: 'who may import whom',
    cure: 'each rule of .dependency-cruiser.cjs says why it is there',
    run: () => runTool('depcruise', ['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', ...FOLDERS]),
  },
  {
    name: 'tidy',
    what: 'taste, as rules',
    cure: 'the rules are in tests/support/taste.ts',
    run: () => jest('tests/tidy.test.ts'),
  },
  {
    name: 'histories',
    what: 'recorded workflow histories replay',
    cure: 'running workflows would break: patch the change and list it in workflows/patches.ts',
    run: () => jest('tests/replay'),
  },
  {
    name: 'generated',
    what: 'generated files are up to date',
    cure: './pado check --only generated --update, then read the diff',
    run: (update) => jest('tests/generated', update),
  },
  {
    name: 'scripts',
    what: 'shell scripts parse',
    cure: 'bash -n FILE names the line',
    run: () => shellScripts(),
  },
  {
    name: 'packages',
    what: 'packages are exact, hashed, of licences that fit',
    cure: 'an exact version in package.json, npm install; a licence is judged in src/cli/check-packages.ts',
    run: async () => judgePackages(),
  },
  {
    name: 'audit',
    what: 'packages have no known faults',
    cure: 'take the version that cures it; or say in src/cli/check-packages.ts why it does not reach us',
    run: () => auditPackages(),
  },
];

/** The console has a configuration of its own: it runs in browsers. */
async function types(): Promise<Ended> {
  const server = await runTool('tsc', ['--noEmit']);
  const console = await runTool('tsc', ['--project', 'console']);
  return { code: Math.max(server.code, console.code), output: server.output + console.output };
}

async function shellScripts(): Promise<Ended> {
  const files = globSync(['pado', '.ci/*'], { cwd: ROOT });
  const ended = await Promise.all(files.map((file) => runCommand('bash', ['-n', file])));
  return { code: Math.max(...ended.map(({ code }) => code)), output: ended.map(({ output }) => output).join('') };
}
