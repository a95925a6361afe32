/**
 * The whole of `pado demo` as a child process on the servers of the test run: it must leave nothing but its database and its books behind.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const CLI = join(import.meta.dirname, '../../dist/src/cli.js');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function pado(state: string, args: string[]): Promise<Ended> {
  const env = { ...process.env, PADO_STATE: state, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [CLI, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('pado demo', () => {
  const state = mkdtempSync(join(tmpdir(), 'pado-demo-'));
  let ended: Ended;

  beforeAll(async () => {
    ended = await pado(state, ['--customers', '300', '--seed', 'core', '--json']);
  });
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  it('ends clean, with its figures as one line of JSON on standard output', () => {
    expect(ended.stderr).toContain('Clean');
    expect(ended.code).toBe(0);
    const lines = ended.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const figures = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(figures).toMatchObject({ clean: true, seconds: expect.any(Number), run: expect.any(String) });
    const wave = {
      entered: expect.any(Number),
      suppressed: expect.any(Object),
      sent: expect.any(Number),
      responded: expect.any(Number),
      late: expect.any(Number),
      paid: expect.any(Number),
    };
    expect(figures['waves']).toEqual([wave, wave]);
  });

  it('sends both waves, caps some, and pays everybody who answered', () => {
    const { waves, payouts } = JSON.parse(ended.stdout) as {
      waves: {
        entered: number;
        suppressed: Record<string, number>;
        sent: number;
        responded: number;
        late: number;
        paid: number;
      }[];
      payouts: Record<string, number>;
    };
    for (const { sent, responded, late, paid } of waves) {
      expect(sent).toBeGreaterThan(100);
      expect(responded).toBeGreaterThan(0);
      expect(paid).toBeLessThanOrEqual(responded + late);
    }
    // a busy machine may hear of an answer when its window has closed: who then answers the second wave, too, is paid for one of them
    const total = (of: 'responded' | 'paid') => waves.reduce((n, wave) => n + wave[of], 0);
    expect(total('paid')).toBeGreaterThanOrEqual(total('responded'));
    expect(waves[1]?.suppressed['capped']).toBeGreaterThan(waves[0]?.suppressed['capped'] ?? 0);
    expect(payouts).toEqual({ paid: total('paid') });
  });

  it('leaves books and logs, and nothing running', () => {
    expect(readdirSync(join(state, 'demo')).sort()).toEqual([
      expect.stringMatching(/^demo-gate.*\.jsonl$/),
      expect.stringMatching(/^demo-pay.*\.jsonl$/),
    ]);
    expect(readdirSync(join(state, 'run')).filter((name) => /\.(process|user)$/.test(name))).toEqual([]);
  });

  it.each([[['--customers', '0']], [['--customers', 'many']], [['--nonsense']]])(
    'refuses %j as wrong usage',
    async (args) => {
      const { code, stdout } = await pado(state, args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
    },
  );
});
