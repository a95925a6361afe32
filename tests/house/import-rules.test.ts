/**
 * The import rules find what they are for: a small house in which each of them is broken once.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/sources.js';

const CONFIG = join(ROOT, '.dependency-cruiser.cjs');
const rules = (createRequire(import.meta.url)(CONFIG) as { forbidden: { name: string }[] }).forbidden.map(
  ({ name }) => name,
);

/** One file per rule that breaks it. */
const BROKEN: Record<string, [path: string, text: string]> = {
  'domain-is-pure': [
    'src/domain/wave/a.ts',
    `import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n`,
  ],
  'workflows-are-a-sandbox': [
    'workflows/a.workflow.ts',
    `import { createHash } from 'node:crypto';\nexport const a = createHash;\n`,
  ],
  'workflows-are-a-sandbox-types': [
    'workflows/b.workflow.ts',
    `import { a } from '../activities/ok.js';\nexport const b = a;\n`,
  ],
  'workflow-ids-are-plain': ['workflows/ids.ts', `import { a } from './ok.js';\nexport const b = a;\n`],
  'activities-declare-ports': [
    'activities/a.activities.ts',
    `import { a } from '../src/storage/ok.js';\nexport const b = a;\n`,
  ],
  'storage-talks-to-stores': [
    'src/storage/a.store.ts',
    `import { request } from 'undici';\nexport const a = request;\n`,
  ],
  'stores-alone-reach-databases': ['src/api/runs/a.ts', `import pg from 'pg';\nexport const a = pg;\n`],
  'temporal-is-one-door': ['src/temporal/a.ts', `import { a } from '../storage/ok.js';\nexport const b = a;\n`],
  'temporal-is-one-door-types': [
    'src/temporal/b.ts',
    `import { a } from '../../workflows/ok.js';\nexport const b = a;\n`,
  ],
  'only-temporal-calls-temporal': [
    'src/api/runs/b.ts',
    `import { Client } from '@temporalio/client';\nexport const a = Client;\n`,
  ],
  'edges-know-protocols': [
    'src/providers/a.provider.ts',
    `import { a } from '../storage/ok.js';\nexport const b = a;\n`,
  ],
  'edges-know-protocols-types': [
    'src/channels/a.channel.ts',
    `import { a } from '../config.js';\nexport const b = a;\n`,
  ],
  'exchange-carries-files': ['src/exchange/a.ts', `import { a } from '../storage/ok.js';\nexport const b = a;\n`],
  'notary-writes-down': ['src/notary/a.ts', `import { a } from '../storage/ok.js';\nexport const b = a;\n`],
  'notary-writes-down-types': [
    'src/notary/b.ts',
    `import { a } from '../channels/signed-http.js';\nexport const b = a;\n`,
  ],
  'auditor-shares-no-code': ['src/auditor/a.ts', `import { a } from '../domain/ok.js';\nexport const b = a;\n`],
  'verifier-shares-no-code': ['src/verifier/a.ts', `import { a } from '../domain/ok.js';\nexport const b = a;\n`],
  'nothing-uses-the-verifier': [
    'src/api/runs/j.ts',
    `import { a } from '../../verifier/ok.js';\nexport const b = a;\n`,
  ],
  'nothing-uses-the-auditor': ['src/api/runs/c.ts', `import { a } from '../../auditor/ok.js';\nexport const b = a;\n`],
  'simulator-knows-protocols-only': [
    'src/simulator/a.ts',
    `import { a } from '../domain/ok.js';\nexport const b = a;\n`,
  ],
  'simulator-is-for-commands': [
    'src/channels/b.channel.ts',
    `import { a } from '../simulator/ok.js';\nexport const b = a;\n`,
  ],
  'api-asks-stores-and-temporal': [
    'src/api/runs/d.ts',
    `import { a } from '../../providers/ok.js';\nexport const b = a;\n`,
  ],
  'api-has-no-activities-or-workflows': [
    'src/cli/a.command.ts',
    `import { a } from '../../activities/ok.js';\nexport const b = a;\n`,
  ],
  'generator-is-alone': ['src/generator/a.ts', `import { a } from '../storage/ok.js';\nexport const b = a;\n`],
  'services-know-no-engine': ['src/services/a.ts', `import { a } from '../storage/ok.js';\nexport const b = a;\n`],
  'console-knows-its-client-only': [
    'console/src/a.tsx',
    `import { a } from '../../src/domain/ok.js';\nexport const b = a;\n`,
  ],
  'nothing-uses-the-console': [
    'src/api/runs/k.ts',
    `import { a } from '../../../console/ok.js';\nexport const b = a;\n`,
  ],
  'nothing-imports-an-entrypoint': ['src/api/runs/e.ts', `import { a } from '../../main.js';\nexport const b = a;\n`],
  'nothing-imports-tests': ['src/api/runs/f.ts', `import { a } from '../../../tests/ok.js';\nexport const b = a;\n`],
  'no-circles': ['src/domain/circle.ts', `import { b } from './way-back.js';\nexport const a = () => b;\n`],
  'no-unresolvable': ['src/api/runs/g.ts', `import { a } from './nowhere.js';\nexport const b = a;\n`],
  'no-dev-dependencies-in-the-program': ['src/api/runs/h.ts', `import fc from 'fast-check';\nexport const a = fc;\n`],
  'no-undeclared-packages': ['src/api/runs/i.ts', `import { parse } from 'acorn';\nexport const a = parse;\n`],
};

/** What the broken files import, and what keeps to the rules. */
const WHOLE: Record<string, string> = {
  'src/domain/way-back.ts': `import { a } from './circle.js';\nexport const b = () => a;\n`,
  'workflows/types.workflow.ts': `import type { a } from '../activities/ok.js';\nexport type B = typeof a;\n`,
  'src/domain/pure.ts': `import { DateTime } from 'luxon';\nimport { createHash } from 'node:crypto';\nexport const a = [DateTime, createHash];\n`,
  'src/storage/rows.store.ts': `import pg from 'pg';\nimport { a } from '../domain/ok.js';\nexport const b = [pg, a];\n`,
};
for (const folder of [
  'activities',
  'workflows',
  'console',
  'tests',
  'src/storage',
  'src/domain',
  'src/auditor',
  'src/verifier',
  'src/simulator',
  'src/providers',
])
  WHOLE[`${folder}/ok.ts`] = 'export const a = 1;\n';
for (const file of ['src/config.ts', 'src/main.ts', 'src/channels/signed-http.ts'])
  WHOLE[file] = 'export const a = 1;\n';

describe('the import rules', () => {
  let house: string;
  let violations: { rule: string; from: string }[] = [];

  beforeAll(async () => {
    house = mkdtempSync(join(tmpdir(), 'pado-imports-'));
    for (const [path, text] of [...Object.values(BROKEN), ...Object.entries(WHOLE)]) {
      mkdirSync(dirname(join(house, path)), { recursive: true });
      writeFileSync(join(house, path), text);
    }
    for (const file of ['package.json', 'tsconfig.json']) copyFileSync(join(ROOT, file), join(house, file));
    symlinkSync(join(ROOT, 'node_modules'), join(house, 'node_modules'));
    const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const args = [
      cruiser,
      '--config',
      CONFIG,
      '--output-type',
      'json',
      'src',
      'workflows',
      'activities',
      'console',
      'tests',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: house, maxBuffer: 64 << 20 }).catch(
      (error: { stdout: string }) => error, // it exits with 1 where anything is broken
    );
    const report = JSON.parse(stdout) as { summary: { violations: { rule: { name: string }; from: string }[] } };
    violations = report.summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
  });
  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it('each have a file here that breaks them', () => {
    expect(Object.keys(BROKEN).sort()).toEqual([...rules].sort());
  });

  it.each(Object.entries(BROKEN).map(([rule, [path]]) => [rule, path] as const))(
    '%s is noticed in %s',
    (rule, path) => {
      expect(violations).toContainEqual({ rule, from: path });
    },
  );

  it('let pass what keeps to them', () => {
    const innocent = Object.keys(WHOLE).filter((path) => path !== 'src/domain/way-back.ts');
    expect(violations.filter(({ from }) => innocent.includes(from))).toEqual([]);
  });
});
