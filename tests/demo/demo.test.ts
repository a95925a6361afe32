/**
 * The whole of `pado demo` as a child process on the servers of the test run: it must leave nothing but its database and its books behind, and takes
 * nothing of the installation that the environment describes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const CLI = join(import.meta.dirname, '../../dist/src/cli.js');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function pado(state: string, args: string[], installation: Record<string, string> = {}): Promise<Ended> {
  const env = { ...process.env, ...installation, PADO_STATE: state, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [CLI, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('pado demo', () => {
  const state = mkdtempSync(join(tmpdir(), 'pado-demo-'));
  const real = mkdtempSync(join(tmpdir(), 'pado-real-'));
  const webhook = createServer((_request, response) => {
    told += 1;
    response.end();
  });
  let told = 0;
  let ended: Ended;

  /** As somebody has it in their shell who operates one. */
  function installation(): Record<string, string> {
    const key = join(real, 'ledger-key');
    writeFileSync(key, `${Buffer.alloc(32, 7).toString('base64')}\n`);
    const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/heads`;
    return {
      PADO_LEDGER_KEYS_FILE: key,
      PADO_HEADS_FILE: join(real, 'heads.jsonl'),
      PADO_HEADS_WEBHOOK: JSON.stringify({ url, secret: Buffer.alloc(32, 8).toString('base64') }),
      PADO_DEPLOYMENT: 'real',
      PADO_BUILD: 'real-7',
      PADO_DESTINATIONS: 'public,loopback',
      PADO_OIDC_ISSUER: 'https://people.example', // without the rest it is refused
    };
  }

  beforeAll(async () => {
    webhook.listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    ended = await pado(state, ['--customers', '300', '--seed', 'core', '--json'], installation());
  });
  afterAll(() => {
    webhook.close();
    for (const folder of [state, real]) rmSync(folder, { recursive: true, force: true });
  });

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

  it('signs nothing by the key of the installation, and tells nothing where that tells its heads', () => {
    expect(existsSync(join(real, 'heads.jsonl'))).toBe(false);
    expect(told).toBe(0);
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
