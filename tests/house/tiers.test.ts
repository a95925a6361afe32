/**
 * What a machine lacks is skipped and named, or fails where nothing may be skipped; and no suite that could not run is lost.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainLine, readReport, type TestOutcome } from '../../src/cli/test-results.js';
import { ROOT } from '../support/sources.js';

const SUITES: Record<string, string> = {
  'needs.extended.test.ts': `
    import { expect, it } from '@jest/globals';
    import { needs } from '../../tests/support/tiers.js';
    needs('chromium', 'go')('a suite with needs', () => {
      it('has one test', () => expect(1).toBe(1));
      it('and another', () => expect(1).toBe(1));
    });`,
  'plain.test.ts': `
    import { expect, it } from '@jest/globals';
    it('passes', () => expect(1).toBe(1));
    it('fails', () => expect(1).toBe(2));`,
  'blocked-for-long.test.ts': `
    import { spawnSync } from 'node:child_process';
    import { it } from '@jest/globals';
    it('waits', () => void spawnSync(process.execPath, ['-e', 'setTimeout(() => {}, 30_000)']));`,
  'blocked-not.test.ts': `
    import { expect, it } from '@jest/globals';
    it('passes', () => expect(1).toBe(1));`,
  'broken.test.ts': `import { nothing } from './nowhere.js'; nothing();`,
};

describe('the outcome of a test run', () => {
  let folder: string;
  beforeAll(() => {
    mkdirSync(join(ROOT, '.pado'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.pado/house-'));
    for (const [name, text] of Object.entries(SUITES)) writeFileSync(join(folder, name), text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Jest over one suite, on a machine whose PATH is empty. */
  async function outcomeOf(suite: string, env: NodeJS.ProcessEnv = {}): Promise<TestOutcome> {
    const report = join(folder, `${suite}.json`);
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    const matching = ['--roots', folder, '--testMatch', `${folder}/*.test.ts`];
    const args = ['--experimental-vm-modules', jest, ...matching, '--json', `--outputFile=${report}`, suite];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: '', ...env },
      stdio: 'ignore',
    });
    await once(child, 'exit');
    return readReport(report);
  }

  it('names the needs of what was skipped', async () => {
    const outcome = await outcomeOf('needs.extended', { PADO_TEST_NO_SKIP: '' });
    expect(plainLine(outcome)).toBe('0 passed, 0 failed, 2 skipped');
    expect([...outcome.missing]).toEqual([['chromium, go are missing', 2]]);
  });

  it('fails instead where nothing may be skipped', async () => {
    const outcome = await outcomeOf('needs.extended', { PADO_TEST_NO_SKIP: '1' });
    expect(plainLine(outcome)).toBe('0 passed, 1 failed, 0 skipped');
  });

  it('counts what passed and failed', async () => {
    const outcome = await outcomeOf('plain');
    expect(plainLine(outcome)).toBe('1 passed, 1 failed, 0 skipped');
    expect(outcome.failures).toEqual([
      {
        test: expect.stringMatching(/plain\.test\.ts › fails$/),
        why: [expect.stringMatching(/Expected: 2\s+Received: 1$/)],
      },
    ]);
  });

  it('counts a suite that could not run as failed', async () => {
    const outcome = await outcomeOf('broken');
    expect(plainLine(outcome)).toBe('0 passed, 1 failed, 0 skipped');
    expect(outcome.failures).toEqual([
      { test: expect.stringMatching(/broken\.test\.ts$/), why: [expect.stringContaining('nowhere.js')] },
    ]);
  });

  it('counts a suite that blocks its process as failed, and runs the others', async () => {
    const outcome = await outcomeOf('blocked', { PADO_SUITE_END_MS: '5000' });
    expect(plainLine(outcome)).toBe('1 passed, 1 failed, 0 skipped');
    expect(outcome.failures).toEqual([
      { test: expect.stringMatching(/blocked-for-long\.test\.ts$/), why: [expect.stringContaining('SIGKILL')] },
    ]);
  });
});
